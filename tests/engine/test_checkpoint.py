"""Checkpoints are read safely and must fit."""

import os
import pickle

import pytest
import torch
from torch import nn

from mtlbench.checkpoint import check_fit, read_checkpoint
from mtlbench.errors import CheckpointError


class Hostile:
    """Runs a command when unpickled."""

    def __init__(self, command):
        self.command = command

    def __reduce__(self):
        return os.system, (self.command,)


def test_plain_checkpoint_is_read(tmp_path):
    torch.save({'state_dict': {'w': torch.ones(2)}, 'meta': {'iter': 3}}, tmp_path / 'good.pth')
    assert read_checkpoint(tmp_path / 'good.pth')['meta'] == {'iter': 3}


def test_hostile_pickle_is_refused_and_not_run(tmp_path):
    trace = tmp_path / 'trace'
    for name, save in (('zip.pth', torch.save), ('raw.pth', lambda value, path: path.write_bytes(pickle.dumps(value)))):
        save({'state_dict': Hostile(f'touch {trace}')}, tmp_path / name)
        with pytest.raises(CheckpointError, match=f'{name} is rejected'):
            read_checkpoint(tmp_path / name)
    assert not trace.exists()


def test_truncated_file_is_named(tmp_path):
    path = tmp_path / 'cut.pth'
    torch.save({'w': torch.ones(1000)}, path)
    path.write_bytes(path.read_bytes()[:2000])
    with pytest.raises(CheckpointError, match=r'cut\.pth'):
        read_checkpoint(path)


def test_missing_file_is_named(tmp_path):
    with pytest.raises(CheckpointError, match=r'gone\.pth does not exist'):
        read_checkpoint(tmp_path / 'gone.pth')


def test_misfit_lists_the_keys():
    state = nn.Linear(2, 3).state_dict()
    check_fit(nn.Linear(2, 3), {f'module.{key}': value for key, value in state.items()}, 'weights')
    state['extra'] = torch.ones(1)
    state['weight'] = torch.ones(4, 4)
    del state['bias']
    with pytest.raises(
        CheckpointError,
        match=r'weights.*missing \(bias\).*unexpected \(extra\).*another shape \(weight \(4, 4\) for \(3, 2\)\)',
    ):
        check_fit(nn.Linear(2, 3), state, 'weights')
