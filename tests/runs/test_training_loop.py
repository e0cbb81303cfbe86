"""Real runs, in this process: numbers that are none, checkpoints, gradients that are accumulated."""

import pytest
import torch
from mmengine.hooks import Hook
from mmengine.model import is_model_wrapper
from tiny_runs import equal, read_record

from mtlbench.engine.launch import RunRequest, train
from mtlbench.errors import CheckpointError, TrainingError
from mtlbench.registry import HOOKS

CONFIG = 'stl/d_vkitti2'
QUICK = {
    'train_cfg.max_iters': 6,
    'train_cfg.val_interval': 3,
    'train_cfg.dynamic_intervals': None,
    'default_hooks.checkpoint.interval': 2,
    'default_hooks.checkpoint.keep': -1,
    'default_hooks.draw.most': 0,
    'train_dataloader.labeled.batch_size': 2,
    'train_dataloader.labeled.num_workers': 0,
    'train_dataloader.labeled.persistent_workers': False,
    'val_dataloader.num_workers': 0,
    'val_dataloader.persistent_workers': False,
}


@HOOKS.register_module(force=True)
class SpoilHook(Hook):
    """Spoils something at an iteration.

    Args:
        at: The iteration, the first being 1.
        what: ``'gradient'`` of one parameter, a ``'buffer'``, the ``'optimizer'`` or the ``'run'``.
    """

    priority = 'VERY_LOW'

    def __init__(self, at, what):
        self.at, self.what = at, what

    def before_train_iter(self, runner, batch_idx, data_batch=None):
        if runner.iter + 1 != self.at:
            return
        model = runner.model.module if is_model_wrapper(runner.model) else runner.model
        parameter = next(model.network.encoder.parameters())
        if self.what == 'gradient':
            parameter.register_hook(lambda gradient: gradient * torch.nan)
        if self.what == 'optimizer':
            state = runner.optim_wrapper.optimizer.state[parameter]
            next(one for one in state.values() if isinstance(one, torch.Tensor)).fill_(torch.inf)
            runner.optim_wrapper.optimizer.param_groups[0]['lr'] = 0.0

    def after_train_iter(self, runner, batch_idx, data_batch=None, outputs=None):
        if runner.iter + 1 != self.at:
            return
        if self.what == 'buffer':
            model = runner.model.module if is_model_wrapper(runner.model) else runner.model
            next(value for name, value in model.named_buffers() if name.endswith('running_var')).fill_(torch.nan)
        if self.what == 'run':
            raise InterruptedError('as if killed')

    def after_val_epoch(self, runner, metrics=None):
        if runner.iter == self.at and self.what == 'early':
            runner.train_loop.stop_training = True


@pytest.fixture
def run(tiny_vkitti2, overlay):
    """Trains in a folder; gives the checkpoints that are there afterwards."""

    def start(folder, spoil=None, resume=False, amp=False, **options):
        hooks = [dict(type='SpoilHook', at=spoil[0], what=spoil[1])] if spoil else []
        chosen = {**QUICK, **{key.replace('__', '.'): value for key, value in options.items()}}
        request = RunRequest(
            CONFIG,
            profile=str(overlay),
            work_dir=str(folder),
            data_root=str(tiny_vkitti2),
            amp=amp,
            options={**chosen, 'custom_hooks': hooks},
        )
        train(request, resume=resume)

    return start


def checkpoints(folder):
    return sorted(int(path.stem.removeprefix('iter_')) for path in folder.glob('iter_*.pth'))


def weights(folder, iteration):
    return torch.load(folder / f'iter_{iteration}.pth', weights_only=True)


def assert_equal(one, other):
    assert one['state_dict'].keys() == other['state_dict'].keys()
    assert all(torch.equal(value, other['state_dict'][name]) for name, value in one['state_dict'].items())
    assert equal(one['optimizer'], other['optimizer'])
    assert one['meta']['iter'] == other['meta']['iter']


@pytest.mark.parametrize(
    ('spoil', 'options', 'said', 'kept'),
    [
        ((4, 'gradient'), {}, r'the gradient .* at iteration 4 \(network\.encoder', [2]),
        ((4, 'gradient'), dict(amp=True), r'the gradient .* at iteration 4 \(network\.encoder', [2]),
        ((5, 'gradient'), dict(optim_wrapper__accumulative_counts=2), r'gradient .* at iteration 6 \(', [2, 4]),
        ((4, 'buffer'), {}, r'the state .* at iteration 4 \(network\..*running_var\)', [2]),
        ((4, 'optimizer'), {}, r'of network\.encoder', [2]),
    ],
)
def test_what_is_no_number_is_never_saved(run, tmp_path, spoil, options, said, kept):
    with pytest.raises(TrainingError, match=said) as caught:
        run(tmp_path, spoil, **options)
    assert len(str(caught.value).splitlines()) == 1
    assert checkpoints(tmp_path) == kept
    assert not (tmp_path / 'result.json').exists()
    assert all(value.isfinite().all() for value in weights(tmp_path, kept[-1])['state_dict'].values())


def test_a_run_goes_on_from_the_last_good_checkpoint(run, tmp_path):
    with pytest.raises(TrainingError):
        run(tmp_path, (4, 'gradient'))
    run(tmp_path, resume=True)
    assert checkpoints(tmp_path) == [2, 4, 6]
    assert read_record(tmp_path)['iterations'] == 6


def test_checkpoints_of_accumulated_gradients_are_of_whole_updates(run, tmp_path):
    """Ten iterations, four an update: updates after 4, 8, and of the rest after 10."""
    options = dict(optim_wrapper__accumulative_counts=4, train_cfg__max_iters=10, default_hooks__checkpoint__interval=3)
    run(tmp_path / 'whole', **options)
    assert checkpoints(tmp_path / 'whole') == [4, 8, 10]
    for moment in (6, 9):  # amid the gradients of an update; a validation was at 6 and one is at 9
        with pytest.raises(InterruptedError):
            run(tmp_path / 'killed', (moment, 'run'), resume=True, **options)
    run(tmp_path / 'killed', resume=True, **options)
    for iteration in (4, 8, 10):
        assert_equal(weights(tmp_path / 'whole', iteration), weights(tmp_path / 'killed', iteration))
    first, second = (read_record(tmp_path / name) for name in ('whole', 'killed'))
    assert (first['metrics'], first['best']) == (second['metrics'], second['best'])


def test_a_training_that_is_stopped_leaves_the_weights_of_its_record(run, tmp_path):
    run(tmp_path, (3, 'early'), default_hooks__checkpoint__interval=100)
    assert read_record(tmp_path)['iterations'] == 3
    assert checkpoints(tmp_path) == [3]
    assert weights(tmp_path, 3)['meta']['iter'] == 3


def test_a_run_can_not_be_resumed_amid_an_update(run, tmp_path):
    with pytest.raises(InterruptedError):
        run(tmp_path, (4, 'run'))
    with pytest.raises(CheckpointError, match='accumulative_counts=4'):
        run(tmp_path, resume=True, optim_wrapper__accumulative_counts=4)
