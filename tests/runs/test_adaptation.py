"""Runs with critics through the tools: two optimizers, interrupted, and in half precision."""

import json

import pytest
import torch
from tiny_runs import LONGER, equal, read_record, same_metrics

from mtlbench.config import config_dir

CONFIG = """
_base_ = [
    '{bases}/default_runtime.py', '{bases}/datasets/vkitti2.py', '{bases}/tasks/sd.py', '{bases}/methods/xtam.py',
    '{bases}/objectives/alignment.py', '{bases}/schedules/adam_90k_critics.py']
train_dataloader = dict(
    target=dict(
        batch_size=2,
        num_workers=1,
        sampler=dict(type='StreamSampler'),
        dataset=dict(
            type='VKITTI2Dataset',
            data_root='{{{{$MTLBENCH_DATA:data}}}}/vkitti2',
            class_set='vkitti2_14',
            split='all',
            tasks=[],
            pipeline=[dict(type='Resize', size=(320, 1024)), dict(type='RandomFlip'), dict(type='PackSample')])))
objectives = dict(alignment=dict(critic=dict(channels=(4, 8, 8, 8))))
"""


@pytest.fixture
def config(tmp_path):
    path = tmp_path / 'sd_vkitti2_adapted.py'
    path.write_text(CONFIG.format(bases=config_dir() / '_base_'))
    return path


def checkpoint(folder, iteration=6):
    return torch.load(folder / f'iter_{iteration}.pth', weights_only=True)


def test_resumed_runs_end_bit_for_bit_and_are_tested(tool, train_arguments, tmp_path, config):
    done = tool('train', *train_arguments(config, tmp_path / 'whole'))
    assert done.returncode == 0, done.stdout
    for limit in (4, 6):
        arguments = train_arguments(config, tmp_path / 'parts', *LONGER, train_cfg__max_iters=limit)
        assert tool('train', *arguments).returncode == 0
        if limit == 4:
            (tmp_path / 'parts' / 'result.json').unlink()
    one, other = checkpoint(tmp_path / 'whole'), checkpoint(tmp_path / 'parts')
    for key in ('state_dict', 'optimizer', 'param_schedulers'):
        assert equal(one[key], other[key]), key
    assert set(one['optimizer']) == set(one['param_schedulers']) == {'network', 'critics'}
    first = checkpoint(tmp_path / 'whole', 4)['state_dict']
    moved = {name.split('.')[0] for name, value in one['state_dict'].items() if not torch.equal(value, first[name])}
    assert moved == {'network', 'objectives'}

    record = read_record(tmp_path / 'whole')
    of_network = [name for name in one['state_dict'] if name.startswith('network')]
    assert 0 < record['parameters'] <= sum(one['state_dict'][name].numel() for name in of_network)
    assert list(record['data']) == ['train', 'labeled', 'target', 'val']
    arguments = train_arguments(config, tmp_path / 'whole')
    tested = tool('test', config, tmp_path / 'whole' / 'iter_6.pth', *arguments[1:5], '--out', 'metrics.json')
    assert tested.returncode == 0, tested.stdout
    assert same_metrics(json.loads((tmp_path / 'metrics.json').read_text()), record['metrics'], tolerance=1e-9)


def test_mixed_precision_and_accumulation(tool, train_arguments, tmp_path, config):
    arguments = train_arguments(
        config, tmp_path / 'run', '--amp', train_cfg__max_iters=4, optim_wrapper__accumulative_counts=2
    )
    done = tool('train', *arguments)
    assert done.returncode == 0, done.stdout
    state = checkpoint(tmp_path / 'run', 4)
    for name in ('network', 'critics'):
        steps = {int(entry['step']) for entry in state['optimizer'][name]['state'].values()}
        assert steps == {2}
    assert all(value.isfinite().all() for value in state['state_dict'].values())
