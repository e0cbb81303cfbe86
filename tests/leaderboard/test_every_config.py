"""Every config of every suite that exists, with the mini profile: one training step, one validation, one record."""

from __future__ import annotations

import importlib
from pathlib import Path

import pytest
from mmengine.runner import Runner

from mtlbench.config import load_config
from mtlbench.leaderboard import ResultRecord
from mtlbench.leaderboard.suites import all_suites

CONFIGS = sorted({name for suite in all_suites().values() for name in suite.configs})
ONE_STEP = {
    'train_cfg.max_iters': 1,
    'train_cfg.val_interval': 1,
    'train_cfg.dynamic_intervals': None,
}


@pytest.fixture(scope='session')
def data(tmp_path_factory):
    """Where the datasets lie."""
    return tmp_path_factory.mktemp('data')


def write_missing(loader):
    """Write a few frames of the loader's dataset in its genuine layout, once for all tests."""
    root = Path(loader.dataset.data_root)
    if not root.exists():
        root.mkdir(parents=True)
        importlib.import_module(f'layout_{root.name}').write(root)


@pytest.mark.slow
@pytest.mark.parametrize('name', CONFIGS)
def test_one_step_and_one_validation(name, data, tmp_path, monkeypatch):
    monkeypatch.setenv('MTLBENCH_DATA', str(data))
    cfg = load_config(name, 'mini', options=ONE_STEP)
    for loader in (*cfg.train_dataloader.values(), cfg.val_dataloader, *cfg.val_cfg.get('further', {}).values()):
        write_missing(loader)
        loader.update(num_workers=0, persistent_workers=False)
    cfg.work_dir, cfg.experiment_name = str(tmp_path), name.replace('/', '-')
    Runner.from_cfg(cfg).train()
    record = ResultRecord.read(tmp_path / 'result.json')
    assert (record.name, record.iterations, record.profile) == (name, 1, 'mini')
    assert {f'{task}/{metric}' for task, metric in record.metrics_of_record.items()} <= set(record.metrics)
