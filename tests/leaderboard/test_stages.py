"""A pretraining stage shared by two methods: real configs, real training."""

from __future__ import annotations

import json

import pytest
import torch
from tiny import TinyBenchmark

from mtlbench.config import find_config

HEIR = """
_base_ = '{base}'
starts_from = dict(config='stl/d_vkitti2', parts={{'network.encoder': 'network.encoder'}})
optim_wrapper = dict(optimizer=dict(lr=0.0), paramwise_cfg={{'network.encoder': dict(lr=0.0)}})
"""


@pytest.mark.slow
def test_two_methods_start_from_one_stage(tmp_path):
    benchmark = TinyBenchmark(tmp_path, iterations=2)
    configs = []
    for name in ('stl/s_vkitti2', 'xtam/sd_vkitti2'):
        configs.append(tmp_path / 'heirs' / f'{name.split("/")[1]}.py')
        configs[-1].parent.mkdir(exist_ok=True)
        configs[-1].write_text(HEIR.format(base=find_config(name)))
    arguments = ['run', *map(str, configs), '--seeds', '1', '--no-trivial']
    done = benchmark(*arguments)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count('stl/d_vkitti2 seed 1: finished') == 1

    def weights(name):
        state = torch.load(benchmark.folder_of(name, 1) / 'iter_2.pth', weights_only=True)['state_dict']
        return {key: value for key, value in state.items() if key.startswith('network.encoder.')}

    # Without a learning rate the heirs still have the stage's encoder; only the running statistics move on.
    stage = weights('stl/d_vkitti2')
    for config in configs:
        heir = weights(f'heirs/{config.stem}')
        trained = [key for key in heir if 'running' not in key and 'num_batches' not in key]
        assert trained
        assert all(torch.equal(heir[key], stage[key]) for key in trained)
        record = json.loads((benchmark.folder_of(f'heirs/{config.stem}', 1) / 'result.json').read_text())
        assert record['config']['starts_from']['config'] == 'stl/d_vkitti2'
        assert str(tmp_path / 'runs') not in json.dumps(record['config'])
