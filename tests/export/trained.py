"""Folders that look like those of finished runs, of small networks with random weights."""

import torch
from mmengine.registry import init_default_scope

from mtlbench.checkpoint import digest_of
from mtlbench.config import load_config
from mtlbench.engine.saved import run_note
from mtlbench.records.identity import without_per_run_keys
from mtlbench.records.record import ResultRecord
from mtlbench.registry import MODELS

RULES = """
rules = [
    dict(where=dict(type='Resize'), set=dict(size=(64, 96))),
    dict(where=dict(type='ResNetEncoder'), set=dict(depth=18, weights=None)),
    dict(where=dict(type='DeepLabDecoder'), set=dict(channels=8)),
]
"""
UPDATES, SEED = 4, 42


def write_run(folder, config, profile, **options):
    """Write the checkpoint and the record of a run that took four updates; return its learner."""
    cfg = load_config(config, str(profile), options=options)
    init_default_scope('mtlbench')
    torch.manual_seed(0)
    learner = MODELS.build(cfg.model).eval()
    for name, statistic in learner.named_buffers():  # as training leaves them
        if name.endswith(('running_mean', 'running_var')):
            statistic.uniform_(0.5, 1.5)
    folder.mkdir(parents=True)
    path = folder / f'iter_{UPDATES}.pth'
    meta = {'run': run_note(cfg), 'seed': SEED, 'iter': UPDATES}
    torch.save({'state_dict': learner.state_dict(), 'meta': meta, 'optimizer': {'state': {}}}, path)
    record_of(cfg, learner, path).write(folder / 'result.json')
    return learner


def record_of(cfg, learner, path):
    streams = {'train': ('vkitti2', 8), 'labeled': ('vkitti2', 8), 'val': ('vkitti2', 3)}
    of_record = {name: task.metric_of_record for name, task in learner.tasks.items()}
    return ResultRecord(
        name='mtl/sdn_vkitti2',
        method=cfg.method,
        task_set='sdn',
        dataset='vkitti2',
        rendered=True,
        profile=cfg.profile,
        recipe=cfg.recipe,
        seed=SEED,
        metrics={f'{task}/{metric}': 0.5 + place for place, (task, metric) in enumerate(of_record.items())},
        metrics_of_record=of_record,
        higher_is_better={
            f'{task}/{metric}': learner.tasks[task].higher_is_better[metric] for task, metric in of_record.items()
        },
        parameters=sum(one.numel() for one in learner.network.parameters()),
        iterations=UPDATES,
        resolution=[64, 96],
        data={
            stream: {'dataset': name, 'rendered': True, 'samples': count, 'split_digest': 'aa', 'root': '/home/me/data'}
            for stream, (name, count) in streams.items()
        },
        config=without_per_run_keys(cfg.to_dict()),
        versions={'mtlbench': '0.1.0', 'torch': '2.4.0'},
        created='2026-01-02T03:04:05+00:00',
        git_commit='abc1234',
        checkpoint_digest=digest_of(path),
    )
