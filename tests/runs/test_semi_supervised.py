"""Training with few labels: every part of CCAM at once, interrupted and resumed."""

from __future__ import annotations

import importlib

import pytest
import torch
from tiny_runs import equal

from mtlbench.engine.launch import RunRequest, train

OPTIONS = {
    'starts_from': None,
    'train_cfg.val_interval': 4,
    'train_cfg.dynamic_intervals': None,
    'default_hooks.checkpoint.interval': 2,
    'default_hooks.colors_start.values': [(1, 0.0), (2, 1.0)],
    'default_hooks.orthogonal_decay.values': [(1, 1e-4), (3, 1e-5)],
    **{f'train_dataloader.{stream}.num_workers': 0 for stream in ('labeled', 'unlabeled')},
    **{f'train_dataloader.{stream}.persistent_workers': False for stream in ('labeled', 'unlabeled')},
    **{
        f'{split}_dataloader.{key}': value
        for split in ('val', 'test')
        for key, value in (('num_workers', 0), ('persistent_workers', False))
    },
}


@pytest.fixture(scope='module')
def cityscapes(tmp_path_factory):
    root = tmp_path_factory.mktemp('data') / 'cityscapes'
    root.mkdir()
    importlib.import_module('layout_cityscapes').write(root)
    return root


def run(root, folder, updates, resume=False):
    options = {**OPTIONS, 'train_cfg.max_iters': updates}
    request = RunRequest(
        'ccam/sd_cityscapes_372_affinemix_or_coloraug',
        'mini',
        work_dir=str(folder),
        data_root=str(root),
        options=options,
    )
    train(request, resume, ('train_cfg.max_iters',) if resume else ())
    return torch.load(folder / f'iter_{updates}.pth', weights_only=True)


def test_a_resumed_run_ends_bit_for_bit_with_its_teacher(cityscapes, tmp_path):
    whole = run(cityscapes, tmp_path / 'whole', 4)
    run(cityscapes, tmp_path / 'parts', 2)
    (tmp_path / 'parts' / 'result.json').unlink()
    resumed = run(cityscapes, tmp_path / 'parts', 4, resume=True)
    for key in ('state_dict', 'optimizer'):
        assert equal(whole[key], resumed[key]), key
    weights = whole['state_dict']
    moved = [name for name in weights if name.startswith('network.') and weights[name].is_floating_point()]
    teacher = 'objectives.pseudo_labels.teacher.'
    assert any(not torch.equal(weights[name], weights[teacher + name.removeprefix('network.')]) for name in moved)
