"""A package of somebody else's, used from a config outside the repository."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import layout_vkitti2
import numpy as np
import pytest
from PIL import Image

from mtlbench.leaderboard import ResultRecord

HERE = Path(__file__).parent
PLUGIN = HERE / 'toy_plugin'
BASES = """
_base_ = [
    '{bases}/default_runtime.py', '{bases}/{data}.py', '{bases}/tasks/{tasks}.py',
    '{bases}/methods/learner.py', '{bases}/schedules/adam_40k.py']
{first_line}
method = 'Toy'
balancer = dict(_delete_=True, type='ToyBalancer')
objectives = dict(small=dict(type='ToyObjective', weight=0.01))
__network = dict(
    encoder=dict(_delete_=True, type='ToyEncoder', width=8),
    decoder=dict(type='SkipDecoder', channels=(8, 8, 8, 8, 8), aspp_channels=8))
train_cfg = dict(max_iters=2, val_interval=2, dynamic_intervals=None)
custom_hooks = [dict(type='ToyHook')]
__loader = dict(num_workers=0, persistent_workers=False)
"""
CONFIG = (
    BASES
    + """
model = dict(
    network=dict(**__network, exchange=dict(type='ToyExchange'), exchange_levels=(1,), head_levels=(0,)))
__pipeline = [dict(type='Resize', size=(32, 64)), dict(type='PackSample')]
train_dataloader = dict(labeled=dict(**__loader, dataset=dict(pipeline=__pipeline)))
val_dataloader = dict(**__loader, dataset=dict(pipeline=__pipeline))
"""
)
OWN_DATA = (
    BASES
    + """
dataset_name = 'toy_depth'
model = dict(network=dict(**__network, head_levels=(0,)))
__dataset = dict(type='ToyDepthDataset', data_root='data/toy', pipeline=[dict(type='PackSample')])
train_dataloader = dict(labeled=dict(**__loader, dataset=__dataset))
val_dataloader = dict(**__loader, dataset=__dataset)
"""
)


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
    return install(shutil.copytree(PLUGIN, folder / 'source'), folder)


def install(source: Path, folder: Path) -> Path:
    """Install a package by pip into a folder; returns the folder to put on Python's path."""
    options = ['--no-deps', '--no-build-isolation', '--no-index', '--quiet', '--disable-pip-version-check']
    command = [sys.executable, '-m', 'pip', 'install', *options, '--target', str(folder / 'installed'), str(source)]
    subprocess.run(command, check=True)
    return folder / 'installed'


def write_toy(root: Path) -> None:
    draw = np.random.default_rng(0)
    for folder in ('images', 'depth'):
        (root / folder).mkdir(parents=True)
    for split in ('train', 'val'):
        names = [f'{split}{number}' for number in range(4)]
        (root / f'{split}.txt').write_text('\n'.join(names))
        for name in names:
            Image.fromarray(draw.integers(0, 256, (32, 64, 3)).astype(np.uint8)).save(root / f'images/{name}.png')
            np.save(root / f'depth/{name}.npy', draw.uniform(2, 40, (32, 64)).astype(np.float32))


def train(tmp_path: Path, data_root: Path, path: Path, text: str, name: str = 'toy/sd_vkitti2', **words: str) -> Path:
    from mtlbench.config import config_dir

    config = tmp_path / f'{name}.py'
    config.parent.mkdir()
    given = {'data': 'datasets/vkitti2', 'tasks': 'sd', 'first_line': '', **words}
    config.write_text(text.format(bases=config_dir() / '_base_', **given))
    work_dir = tmp_path / 'work'
    options = ['--data-root', str(data_root), '--work-dir', str(work_dir), '--seed', '1']
    run('-m', 'mtlbench', 'train', str(config), *options, path=path, cwd=tmp_path)
    return work_dir


def check(work_dir: Path, name: str, tasks: tuple[str, ...]) -> ResultRecord:
    record = ResultRecord.read(work_dir / 'result.json')
    assert (record.method, record.name, record.iterations, record.seed) == ('Toy', name, 2, 1)
    assert record.tasks == tasks
    assert record.config['model']['balancer']['type'] == 'ToyBalancer'
    assert record.config['model']['objectives']['small']['type'] == 'ToyObjective'
    assert (work_dir / 'toy_hook.txt').read_text().split() == ['0', '1']
    return record


def test_through_custom_imports(tmp_path, data_root):
    first_line = "custom_imports = dict(imports=['mtlbench_toy'])"
    record = check(
        train(tmp_path, data_root, PLUGIN, CONFIG, first_line=first_line), 'toy/sd_vkitti2', ('semseg', 'depth')
    )
    assert record.config['model']['network']['exchange']['type'] == 'ToyExchange'


def test_through_the_entry_point_on_data_of_its_own(tmp_path, site):
    write_toy(tmp_path / 'toy_data')
    work_dir = train(tmp_path, tmp_path / 'toy_data', site, OWN_DATA, 'toy/d_toy', data='loaders', tasks='d')
    record = check(work_dir, 'toy/d_toy', ('depth',))
    assert 0 < record.metrics['depth/rmse_m'] < 100


def test_its_own_tests_pass_where_it_is_installed(tmp_path, site):
    """Without a checkout, in a folder of their own; nothing is skipped but comparisons without a reference."""
    options = ('-q', '-p', 'no:cacheprovider', '--tb=short')
    shown = run('-m', 'pytest', *options, str(site.parent / 'source/tests'), path=site, cwd=tmp_path)
    passed = re.search(r'^(\d+) passed', shown.splitlines()[-1])
    assert passed and int(passed[1]) > 100


def test_without_the_plugin_the_type_is_unknown(tmp_path, data_root):
    with pytest.raises(AssertionError, match=r"'Toy\w+' is not in the registry"):
        train(tmp_path, data_root, tmp_path, CONFIG)


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
