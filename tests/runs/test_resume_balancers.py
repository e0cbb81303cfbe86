"""A killed run of a balancer with a state goes on bit for bit."""

from pathlib import Path

import pytest
import torch
from test_training_loop import QUICK, SpoilHook
from tiny_runs import equal

from mtlbench.engine.launch import RunRequest, train
from mtlbench.engine.loops import StreamTrainLoop

# Five batches of two images are an epoch, so the kill after 4 updates is amid the first, and the end amid the third.
STATEFUL = {
    'DWA': {},
    'DWA-window': dict(window=3),
    'STCH': dict(warmup=0),
    'FAMO': {},
    'GradNorm': {},
    'GradVac': {},
    'IMTL': {},
    'UncertaintyWeights': {},
}
BASE = Path(__file__).parents[2] / 'configs/mtl/sd_vkitti2.py'
LONGER = {'train_cfg.max_iters': 12, 'train_cfg.val_interval': 12}


@pytest.mark.slow
@pytest.mark.parametrize('name', STATEFUL)
def test_a_killed_run_ends_as_one_that_was_not(name, tiny_vkitti2, overlay, tmp_path, monkeypatch):
    go = StreamTrainLoop.run
    config, balancer = tmp_path / 'balanced.py', dict(_delete_=True, type=name.split('-')[0], **STATEFUL[name])
    config.write_text(f'_base_ = ["{BASE}"]\nbalancer = {balancer!r}\n')

    def start(folder, kill=False, resume=False):
        def run(loop):
            if kill:
                loop.runner.register_hook(SpoilHook(5, 'run'))
            return go(loop)

        monkeypatch.setattr(StreamTrainLoop, 'run', run)
        options = {**QUICK, **LONGER}
        paths = dict(work_dir=str(folder), data_root=str(tiny_vkitti2))
        train(RunRequest(str(config), profile=str(overlay), options=options, **paths), resume=resume)

    start(tmp_path / 'whole')
    with pytest.raises(InterruptedError):
        start(tmp_path / 'killed', kill=True)
    start(tmp_path / 'killed', resume=True)
    whole, killed = (torch.load(tmp_path / folder / 'iter_12.pth', weights_only=True) for folder in ('whole', 'killed'))
    found = [name for name, value in whole['state_dict'].items() if not bits_equal(value, killed['state_dict'][name])]
    assert not found
    assert equal(whole['optimizer'], killed['optimizer'])
    assert any(name.startswith('balancer.') for name in whole['state_dict'])


def bits_equal(one, other):
    return torch.equal(one.nan_to_num(), other.nan_to_num()) and torch.equal(one.isnan(), other.isnan())
