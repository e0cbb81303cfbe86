"""The weights of a run's balancer in its record and its log."""

from __future__ import annotations

import json
import math
import shutil
import sys
from functools import partial

import cv2
import numpy as np
import pytest
import torch
from tiny_runs import die_alone_after_update, read_record

from mtlbench.balancers import GramianBalancer, SolverError
from mtlbench.registry import BALANCERS

CONFIG = """
_base_ = ['{base}']
balancer = dict(_delete_=True, type='{balancer}')
"""
QUICK = dict(
    default_hooks__logger__interval=1,
    default_hooks__checkpoint__keep=-1,
    train_dataloader__labeled__num_workers=0,
    val_dataloader__num_workers=0,
    test_dataloader__num_workers=0,
)
FAILS_AT = 1
"""Call without a solution, counted from 0."""


@BALANCERS.register_module()
class RecordedInverse(GramianBalancer):
    """Weights 1 / L, written with the Gramian to a file of the run's folder; fails once."""

    log = None

    def __init__(self, tasks):
        super().__init__(tasks)
        self.register_buffer('calls', torch.zeros((), dtype=torch.long))

    def weights(self, measured):
        self.calls += 1
        if self.log:
            with self.log.open('a') as file:
                product = measured.gramian[0, 1].item()
                file.write(
                    json.dumps([dict(zip(measured.tasks, measured.losses.tolist(), strict=True)), product]) + '\n'
                )
        if self.calls == FAILS_AT + 1:
            raise SolverError('as the test wants')
        return 1 / measured.losses


def prepare(log=None, die_after=None):
    """Let the process of a trainer, which imports this file for it, know the balancer."""
    RecordedInverse.log = log
    if die_after:
        die_alone_after_update(die_after)


@pytest.fixture(scope='module')
def partly_labeled(tiny_vkitti2, tmp_path_factory):
    """The tiny dataset; of the training images, 2 to 9, most have no valid depth."""
    root = tmp_path_factory.mktemp('partly') / 'vkitti2'
    shutil.copytree(tiny_vkitti2, root)
    for frame in range(2, 8):
        path = next(root.rglob(f'depth_{frame:05d}.png'))
        cv2.imwrite(str(path), np.full_like(cv2.imread(str(path), cv2.IMREAD_UNCHANGED), 0))
    return root


@pytest.fixture(scope='module')
def config_of(tmp_path_factory):
    """Path of a config with another balancer."""
    from mtlbench.config.files import find_config

    def write(balancer):
        path = tmp_path_factory.mktemp('configs') / 'mine' / 'sd_vkitti2.py'
        path.parent.mkdir()
        path.write_text(CONFIG.format(base=find_config('xtam/sd_vkitti2'), balancer=balancer))
        return path

    return write


@pytest.fixture(scope='module')
def runs(tool_of, train_arguments_of, tmp_path_factory, partly_labeled, config_of):
    """A run, and the same run killed and resumed."""
    folder, config = tmp_path_factory.mktemp('balanced'), config_of('RecordedInverse')
    tool = tool_of(folder)

    def run(name, *more, **options):
        arguments = train_arguments_of(config, folder / name, *more, data_root=partly_labeled, **QUICK)
        return tool('train', *arguments, before=partial(prepare, **options))

    done = run('whole', '--log', 'tensorboard', log=folder / 'calls')
    assert done.returncode == 0, done.stdout
    assert run('killed', '--resume', die_after=5).returncode == -9
    done = run('killed', '--resume')
    assert done.returncode == 0, done.stdout
    return folder


def calls_of(runs):
    return [json.loads(line) for line in (runs / 'calls').read_text().splitlines()]


def scalars_of(folder):
    lines = next(folder.glob('*/vis_data/scalars.json')).read_text().splitlines()
    return [entry for entry in map(json.loads, lines) if 'loss' in entry]


def test_the_record_has_the_weights_of_all_updates(runs):
    found, calls = read_record(runs / 'whole')['balancer'], calls_of(runs)
    assert (found['type'], found['gradients_on'], found['failures']) == ('RecordedInverse', 'maps', 1)
    assert FAILS_AT < len(calls) < 6, 'a failure, and updates without depth'
    weights = [{task: 1 / loss for task, loss in losses.items()} for losses, _ in calls]
    weights[FAILS_AT] = None
    with_depth = [one['depth'] for one in weights if one]
    depth = found['weights']['depth']
    # The failed update repeats the weight of the call before it: depth had no other update between.
    expected = np.mean([*with_depth, with_depth[FAILS_AT - 1]])
    assert depth['mean'] == pytest.approx(expected, rel=1e-9)
    assert depth['last'] == pytest.approx(with_depth[-1], rel=1e-9)
    assert depth['share'] == len(calls) / 6
    assert found['weights']['semseg']['share'] == 1
    # An update of a single task has no pair.
    assert found['conflict'] == np.mean([product < 0 for _, product in calls])


def test_a_resumed_run_has_the_same(runs):
    assert read_record(runs / 'killed')['balancer'] == read_record(runs / 'whole')['balancer']


def test_the_log_and_the_curves_show_the_weights_of_each_update(runs):
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    events = EventAccumulator(str(runs / 'whole' / 'tensorboard')).Reload()
    names = {tag for tag in events.Tags()['scalars'] if tag.startswith(('weight/', 'gradient/'))}
    assert names == {'weight/semseg', 'weight/depth', 'gradient/conflict', 'gradient/norm'}
    logged = scalars_of(runs / 'whole')
    curve = {event.step: event.value for event in events.Scalars('weight/semseg')}
    assert curve == pytest.approx({one['step']: one['weight_semseg'] for one in logged}, rel=1e-6)
    assert np.mean(list(curve.values())) == pytest.approx(
        read_record(runs / 'whole')['balancer']['weights']['semseg']['mean'], rel=1e-6
    )
    console = next((runs / 'whole').glob('*/*.log')).read_text()
    assert f'weight_semseg: {logged[-1]["weight_semseg"]:.4f}' in console


def test_accumulated_iterations_are_one_update(tool, train_arguments, tmp_path, config_of):
    config = config_of('UncertaintyWeights')
    more = dict(optim_wrapper__accumulative_counts=2, train_cfg__val_interval=6)
    done = tool('train', *train_arguments(config, tmp_path / 'run', **{**QUICK, **more}))
    assert done.returncode == 0, done.stdout
    hub = torch.load(tmp_path / 'run/iter_6.pth', weights_only=True)['message_hub']['log_scalars']
    assert len(hub['train/weight_depth']['log']) == 3
    found = read_record(tmp_path / 'run')['balancer']
    assert found.keys() == {'type', 'weights'}
    for task, one in found['weights'].items():
        assert one['share'] == 1
        assert one['last'] == weight_before(tmp_path / 'run', 4, task)


def weight_before(folder, update, task):
    """The weight that the next update used, from the checkpoint before it."""
    state = torch.load(folder / f'iter_{update}.pth', weights_only=True)['state_dict']
    return torch.exp(-state[f'balancer.log_variances.{task}']).item()


@pytest.mark.slow
@pytest.mark.ddp
def test_two_processes_record_the_weights_once(tool, train_arguments, tmp_path, config_of):
    config = config_of('UncertaintyWeights')
    arguments = train_arguments(
        config, tmp_path / 'two', '--launcher', 'pytorch', **QUICK, default_hooks__checkpoint__interval=1
    )
    launcher = [sys.executable, '-m', 'torch.distributed.run', '--standalone', '--nproc_per_node=2']
    done = tool('train', *arguments, launcher=launcher)
    assert done.returncode == 0, done.stdout
    for task, one in read_record(tmp_path / 'two')['balancer']['weights'].items():
        assert one['share'] == 1
        assert one['last'] == weight_before(tmp_path / 'two', 5, task)
        used = [weight_before(tmp_path / 'two', update, task) for update in range(1, 6)]
        assert one['mean'] == pytest.approx(math.fsum([1.0, *used]) / 6, rel=1e-12)
