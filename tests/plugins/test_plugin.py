"""A package of somebody else's, used from a config outside the repository."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import layout_vkitti2
import pytest

from mtlbench.leaderboard import ResultRecord

HERE = Path(__file__).parent
PLUGIN = HERE / 'toy_plugin'
CONFIG = """
_base_ = [
    '{bases}/default_runtime.py', '{bases}/datasets/vkitti2.py', '{bases}/tasks/sd.py',
    '{bases}/methods/learner.py', '{bases}/schedules/adam_40k.py']
{first_line}
method = 'Toy'
model = dict(
    network=dict(
        encoder=dict(_delete_=True, type='ToyEncoder', width=8),
        decoder=dict(type='SkipDecoder', channels=(8, 8, 8, 8, 8), aspp_channels=8),
        exchange=dict(type='ToyExchange'), exchange_levels=(1,), head_levels=(0,)))
__pipeline = [dict(type='Resize', size=(32, 64)), dict(type='PackSample')]
__loader = dict(num_workers=0, persistent_workers=False)
train_dataloader = dict(labeled=dict(**__loader, dataset=dict(pipeline=__pipeline)))
val_dataloader = dict(**__loader, dataset=dict(pipeline=__pipeline))
train_cfg = dict(max_iters=2, val_interval=2, dynamic_intervals=None)
custom_hooks = [dict(type='ToyHook')]
"""


def run(*command: str, path: Path, cwd: Path) -> str:
    paths = os.pathsep.join(filter(None, (str(path), os.environ.get('PYTHONPATH'))))
    environment = {**os.environ, 'PYTHONPATH': paths, 'OMP_NUM_THREADS': '1'}
    done = subprocess.run([sys.executable, *command], env=environment, cwd=cwd, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return done.stdout


@pytest.fixture(scope='module')
def data_root(tmp_path_factory):
    root = tmp_path_factory.mktemp('vkitti2')
    layout_vkitti2.write(root)
    return root


@pytest.fixture(scope='module')
def site(tmp_path_factory):
    """A folder with the plugin installed by pip; built from a copy, so that no files are left among the tests."""
    folder = tmp_path_factory.mktemp('site')
    source = shutil.copytree(PLUGIN, folder / 'source')
    options = ['--no-deps', '--no-build-isolation', '--no-index', '--quiet', '--disable-pip-version-check']
    command = [sys.executable, '-m', 'pip', 'install', *options, '--target', str(folder / 'installed'), str(source)]
    subprocess.run(command, check=True)
    return folder / 'installed'


def train(tmp_path: Path, data_root: Path, path: Path, first_line: str) -> Path:
    from mtlbench.config import config_dir

    config = tmp_path / 'toy/sd_vkitti2.py'
    config.parent.mkdir()
    config.write_text(CONFIG.format(bases=config_dir() / '_base_', first_line=first_line))
    work_dir = tmp_path / 'work'
    options = ['--data-root', str(data_root), '--work-dir', str(work_dir), '--seed', '1']
    run('-m', 'mtlbench.cli.train', str(config), *options, path=path, cwd=tmp_path)
    return work_dir


def check(work_dir: Path) -> None:
    record = ResultRecord.read(work_dir / 'result.json')
    assert (record.method, record.name, record.iterations, record.seed) == ('Toy', 'toy/sd_vkitti2', 2, 1)
    assert record.tasks == ('semseg', 'depth')
    assert record.config['model']['network']['exchange']['type'] == 'ToyExchange'
    assert (work_dir / 'toy_hook.txt').read_text().split() == ['0', '1']


def test_through_custom_imports(tmp_path, data_root):
    check(train(tmp_path, data_root, PLUGIN, "custom_imports = dict(imports=['mtlbench_toy'])"))


def test_through_the_entry_point(tmp_path, data_root, site):
    check(train(tmp_path, data_root, site, ''))


def test_without_the_plugin_the_type_is_unknown(tmp_path, data_root):
    with pytest.raises(AssertionError, match="'ToyEncoder' is not in the registry 'encoder'"):
        train(tmp_path, data_root, tmp_path, '')


def test_its_members_and_suites_are_listed(site, tmp_path):
    members = run('-m', 'mtlbench.cli.list_modules', '--registry', 'exchange', path=site, cwd=tmp_path)
    assert 'ToyExchange' in members
    assert "Adds a learned share of the other tasks' mean." in members
    assert 'mtlbench_toy.modules' in members
    assert 'ToyEncoder' not in members
    suites = run('-m', 'mtlbench.cli.benchmark', 'list', path=site, cwd=tmp_path)
    assert 'toy_vkitti2_sd' in suites
    rows = run('-m', 'mtlbench.cli.benchmark', 'list', 'toy_vkitti2_sd', path=site, cwd=tmp_path)
    assert 'toy/sd_vkitti2' in rows
