"""Configs on a tiny data set that a test changes."""

import pytest
from tiny_runs import write_overlay, write_tiny_vkitti2

from mtlbench.config import config_dir
from mtlbench.engine.launch import RunRequest, configure
from mtlbench.preflight import check_training


@pytest.fixture(scope='session')
def tiny_vkitti2(tmp_path_factory):
    return write_tiny_vkitti2(tmp_path_factory.mktemp('data') / 'vkitti2')


@pytest.fixture(scope='session')
def overlay(tmp_path_factory):
    return write_overlay(tmp_path_factory.mktemp('overlay') / 'tiny.py')


@pytest.fixture
def bases(tmp_path):
    """Writes a config of its own from bases and further lines; gives its path."""

    def write(*names, lines=''):
        path = tmp_path / 'own' / 'config.py'
        path.parent.mkdir(exist_ok=True)
        path.write_text(f'_base_ = {[str(config_dir() / f"{name}.py") for name in names]}\n{lines}\n')
        return path

    return write


@pytest.fixture
def prepare(tmp_path, tiny_vkitti2, overlay):
    """Does what a training does before anything is built."""

    def run(config, options=None, **request):
        asked = dict(profile=str(overlay), data_root=str(tiny_vkitti2), work_dir=str(tmp_path / 'run'))
        cfg = configure(RunRequest(str(config), options=options or {}, **{**asked, **request}))
        check_training(cfg)
        assert not (tmp_path / 'run').exists(), 'a check leaves nothing behind'
        return cfg

    return run
