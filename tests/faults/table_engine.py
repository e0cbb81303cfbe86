"""What happens in a training loop: numbers that are none, checkpoints, gradients that are accumulated."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import torch
from campaign import LOST, WRONG, Action, Check, Fault, Outcome, Unmet, refused, right, same_end, train
from place import CONFIG, Output, Place, die_after_update, train_arguments

from mtlbench.engine.hooks.checkpoint import list_checkpoints

FOUR = 'optim_wrapper.accumulative_counts=4'
ALL = 'default_hooks.checkpoint.keep=-1'


def spoil(what: str, at: int) -> None:
    """Let the trainer of this process go wrong at an iteration, the first being 1."""
    from mtlbench.engine.loops import StreamTrainLoop

    go_on, validate = StreamTrainLoop.run_iter, StreamTrainLoop._validate

    def run_iter(self: Any, batch: dict) -> None:
        if self._iter + 1 == at:
            SPOILERS[what](self.runner)
        go_on(self, batch)

    def stop(self: Any) -> None:
        validate(self)
        self.stop_training = what == 'stopped' and self._iter >= at

    StreamTrainLoop.run_iter, StreamTrainLoop._validate = run_iter, stop


def _first(runner: Any) -> torch.nn.Parameter:
    return next(runner.model.network.parameters())


def _gradient(runner: Any, value: float = torch.nan) -> None:
    _first(runner).register_hook(lambda gradient: gradient * value)


def _weight(runner: Any) -> None:
    """A weight that no loss reaches any more."""
    weight = torch.nn.Parameter(torch.full((2,), torch.nan))
    runner.model.network.register_parameter('spare', weight)


def _buffer(runner: Any) -> None:
    runner.model.network.register_buffer('spare', torch.tensor([1.0, torch.inf]))


def _optimizer(runner: Any) -> None:
    optimizer = runner.optim_wrapper.optimizer
    next(one for one in optimizer.state[_first(runner)].values() if torch.is_tensor(one)).fill_(torch.inf)
    optimizer.param_groups[0]['lr'] = 0.0


def _labels(runner: Any) -> None:
    """No valid one in validation."""
    forward = runner.model._decoded

    def decoded(batch: Any, predictions: Any) -> Any:
        samples = forward(batch, predictions)
        for sample in samples:
            for name in runner.model.tasks:
                sample.set_label(name, sample.label(name) * 0)
        return samples

    runner.model._decoded = decoded


SPOILERS = {
    'gradient': _gradient,
    'infinite gradient': partial(_gradient, value=torch.inf),
    'weight': _weight,
    'buffer': _buffer,
    'optimizer': _optimizer,
    'labels': _labels,
    'stopped': lambda runner: None,
}


def spoiled(what: str, at: int, *options: str, args: Sequence[str] = (), config: str = CONFIG) -> Action:
    """A training that goes wrong."""
    chosen = (*args, '--cfg-options', ALL, *options)
    return lambda place: place.run('train', *train_arguments('run', config), *chosen, before=partial(spoil, what, at))


def gone_on(action: Action, *options: str) -> Action:
    """The same run afterwards, without what was wrong."""

    def act(place: Place) -> Output:
        action(place)
        return train(CONFIG, ALL, *options, args=('--resume',))(place)

    return act


def killed(after: int, *options: str) -> Action:
    """A run that is killed and goes on, beside one that was not."""

    def act(place: Place) -> Output:
        chosen = ('--cfg-options', ALL, *options)
        place.run('train', *train_arguments('whole'), *chosen)
        place.run('train', *train_arguments('run'), *chosen, before=partial(die_after_update, after))
        return place.run('train', *train_arguments('run'), '--resume', *chosen)

    return act


def stopped(*words: str, kept: Sequence[int]) -> Outcome:
    """One line, these checkpoints, all of them finite, and no record."""

    def outcome(place: Place, output: Output) -> None:
        refused(*words, leaves=('run/*',))(place, output)
        if (place.root / 'run/result.json').exists():
            raise Unmet(WRONG, 'there is a record')
        if not has(*kept)(place, output):
            raise Unmet(LOST, 'other checkpoints than were good')

    return outcome


def has(*expected: int) -> Check:
    """Whether these are the checkpoints of the run, and finite."""

    def holds(place: Place, output: Output) -> bool:
        found = list_checkpoints(place.root / 'run')
        states = [torch.load(path, weights_only=True)['state_dict'] for path in found]
        finite = all(value.isfinite().all() for state in states for value in state.values())
        return [path.name for path in found] == [f'iter_{number}.pth' for number in expected] and finite

    return holds


def both(*checks: Check) -> Check:
    """All of them."""
    return lambda place, output: all(check(place, output) for check in checks)


def number(option: str, *words: str) -> Fault:
    """A number that makes no sense."""
    return Fault(option, train(CONFIG, option), refused(*words or (option.partition('=')[0],)))


FAULTS = [
    *[number(f'default_hooks.checkpoint.keep={value}', 'checkpoint.keep', value) for value in ('0', '-2', '1.5')],
    *[number(f'default_hooks.checkpoint.interval={value}', 'checkpoint.interval', value) for value in ('0', '-3')],
    *[number(f'train_cfg.max_iters={value}', 'max_iters', value) for value in ('0', '-6', '2.5')],
    *[number(f'train_cfg.val_interval={value}', 'val_interval', value) for value in ('0', '-1')],
    number('train_cfg.val_begin=-1', 'val_begin', '-1'),
    number('train_cfg.dynamic_intervals=[(3,0)]', 'dynamic_intervals', '0'),
    number('train_cfg.dynamic_intervals=[(5,1),(3,2)]', 'dynamic_intervals', 'increasing'),
    *[number(f'optim_wrapper.accumulative_counts={value}', 'accumulative_counts', value) for value in ('0', '-2')],
    *[number(f'optim_wrapper.clip_grad.max_norm={value}', 'max_norm', value) for value in ('0', '-1')],
    number('default_hooks.draw.most=-1', 'most', '-1'),
    Fault('gradient', spoiled('gradient', 4), stopped('gradient', 'iteration 4', 'network.', kept=[2])),
    Fault('infinite gradient', spoiled('infinite gradient', 5), stopped('gradient', 'iteration 5', kept=[2, 4])),
    Fault('gradient of the first iteration', spoiled('gradient', 1), stopped('gradient', 'iteration 1', kept=[])),
    Fault('gradient of the last iteration', spoiled('gradient', 6), stopped('gradient', 'iteration 6', kept=[2, 4])),
    Fault('gradient, amp', spoiled('gradient', 4, args=['--amp']), stopped('gradient', 'iteration 4', kept=[2])),
    Fault(
        'gradient amid an update',
        spoiled('gradient', 5, 'optim_wrapper.accumulative_counts=2'),
        stopped('gradient', 'iteration 6', kept=[2, 4]),
    ),
    Fault('weight that no loss reads', spoiled('weight', 3), stopped('state', 'spare', 'iteration 4', kept=[2])),
    Fault('buffer', spoiled('buffer', 3), stopped('state', 'spare', 'iteration 4', kept=[2])),
    Fault('state of the optimizer', spoiled('optimizer', 4), stopped('state', 'iteration 4', kept=[2])),
    Fault(
        'no valid label in validation',
        spoiled('labels', 3, config='stl/d_vkitti2'),
        stopped('validation at iteration 3', 'no metric', kept=[2]),
    ),
    Fault(
        'no checkpoints',
        train(CONFIG, 'default_hooks.checkpoint=None'),
        refused('default_hooks', 'AtomicCheckpointHook'),
    ),
    Fault('gradient, then again', gone_on(spoiled('gradient', 4)), right(has(2, 4, 6))),
    Fault('keep=-1', train(CONFIG, ALL, 'default_hooks.checkpoint.interval=1'), right(has(*range(1, 7)))),
    Fault('keep=1', train(CONFIG, 'default_hooks.checkpoint.keep=1'), right(has(6))),
    Fault(
        'checkpoints rarer than the run is long', train(CONFIG, 'default_hooks.checkpoint.interval=99'), right(has(6))
    ),
    Fault(
        'validations rarer than the run is long', train(CONFIG, ALL, 'train_cfg.val_interval=99'), right(has(2, 4, 6))
    ),
    Fault('validation begins after the end', train(CONFIG, ALL, 'train_cfg.val_begin=99'), right(has(2, 4, 6))),
    Fault('stopped early', spoiled('stopped', 3), right(has(2, 3))),
    Fault(
        'stopped early amid an update',
        spoiled('stopped', 3, FOUR, 'train_cfg.max_iters=20', 'default_hooks.checkpoint.interval=50'),
        right(has(4)),
    ),
    Fault(
        'killed amid an update',
        killed(6, FOUR, 'train_cfg.max_iters=10'),
        right(both(has(4, 8, 10), same_end('whole', 'run'))),
    ),
    Fault(
        'killed amid the last update',
        killed(9, FOUR, 'train_cfg.max_iters=10', 'default_hooks.checkpoint.interval=1'),
        right(both(has(4, 8, 10), same_end('whole', 'run'))),
    ),
    Fault(
        'more iterations an update than the run has',
        train(CONFIG, 'optim_wrapper.accumulative_counts=50'),
        right(has(6)),
    ),
]
