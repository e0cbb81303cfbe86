"""Runs that learn from two data sets and are evaluated on both, through the tools."""

import json
import os
import signal
import time

import pytest
import torch
from tiny_runs import equal, read_record, same_metrics

from mtlbench.config import config_dir

CONFIG = """
_base_ = ['{configs}/semimtl/sd_potsdam_vaihingen.py']
__crops = [
    dict(type='Resize', size=(64, 64)),
    dict(type='RandomScale'),
    dict(type='Pad', size=(48, 48)),
    dict(type='RandomCrop', size=(48, 48)),
    dict(type='PackSample'),
]
__stream = dict(batch_size=2, num_workers=1, dataset=dict(pipeline=__crops))
train_dataloader = dict(classes=__stream, distances=__stream)
train_cfg = dict(max_iters=2, val_interval=2)
model = dict(network=dict(decoder=dict(semseg=dict(channels=8), height=dict(channels=(8, 8, 8)))))
objectives = dict(alignment=dict(critic=dict(channels=(4, 8, 8, 8))))
"""


@pytest.fixture
def data(tmp_path):
    """Both sets; what is withheld from training cannot be read."""
    import layout_potsdam
    import layout_vaihingen

    for layout, kind in ((layout_potsdam, 'height'), (layout_vaihingen, 'label')):
        root = tmp_path / 'data' / layout.__name__.removeprefix('layout_')
        layout.write(root)
        train = ('2_10', '7_12') if kind == 'height' else ('area1', 'area37')
        broken = [path for path in root.glob(f'patches_512/{kind}/*.png') if path.name.startswith(train)]
        assert broken
        for path in broken:
            path.write_bytes(b'unreadable')
    return tmp_path / 'data'


def test_learns_from_both_and_is_evaluated_on_both(tool, overlay, data, tmp_path):
    config = tmp_path / 'sd_potsdam_vaihingen.py'
    config.write_text(CONFIG.format(configs=config_dir()))
    environment = dict(MTLBENCH_DATA=str(data))
    done = tool('train', config, '--profile', overlay, '--work-dir', tmp_path / 'run', env=environment)
    assert done.returncode == 0, done.stdout
    record = read_record(tmp_path / 'run')
    assert record['dataset'] == 'potsdam' and record['data']['val@vaihingen']['dataset'] == 'vaihingen'
    for metric in ('semseg/miou', 'height/rmse_m', 'height/delta1'):
        own, further = record['metrics'][metric], record['metrics'][f'{metric}@vaihingen']
        # The patches of both hold the same noise.
        assert own is not None and further == pytest.approx(own, rel=1e-6)
        assert record['higher_is_better'][metric] == record['higher_is_better'][f'{metric}@vaihingen']
    checkpoint = tmp_path / 'run' / 'iter_2.pth'
    out = tmp_path / 'metrics.json'
    tested = tool('test', config, checkpoint, '--profile', overlay, '--out', out, env=environment)
    assert tested.returncode == 0, tested.stdout
    assert same_metrics(json.loads(out.read_text()), record['metrics'], tolerance=1e-6)


def test_killed_in_the_middle_it_resumes_with_both_optimizers_and_all_critics(tool, overlay, data, tmp_path):
    config = tmp_path / 'sd_potsdam_vaihingen.py'
    config.write_text(CONFIG.format(configs=config_dir()).replace('max_iters=2', 'max_iters=8'))

    def train(work_dir, **options):
        arguments = ['--profile', overlay, '--work-dir', tmp_path / work_dir, '--resume']
        arguments += ['--cfg-options', 'default_hooks.checkpoint.interval=1']
        return tool('train', config, *arguments, env=dict(MTLBENCH_DATA=str(data)), **options)

    assert train('whole').returncode == 0
    process = train('killed', wait=False)
    while not (tmp_path / 'killed' / 'iter_2.pth').exists():
        assert process.poll() is None, process.stdout.read()
        time.sleep(0.02)
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    assert not (tmp_path / 'killed' / 'result.json').exists()
    assert train('killed').returncode == 0
    one, other = (torch.load(tmp_path / name / 'iter_8.pth', weights_only=True) for name in ('whole', 'killed'))
    for key in ('state_dict', 'optimizer', 'param_schedulers'):
        assert equal(one[key], other[key]), key
    critics = [name for name in one['state_dict'] if name.startswith('objectives.alignment.critics.')]
    assert {name.split('.')[3] for name in critics} == {'semseg', 'height'}
    assert set(one['optimizer']) == {'network', 'critics'}
