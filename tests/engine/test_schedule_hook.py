"""Numbers that change during training."""

from types import SimpleNamespace

import pytest
import torch

from mtlbench.engine.hooks import MeanTeacherHook, ScheduledValueHook
from mtlbench.errors import ConfigError

DECAY = [(1, 1e-4), (10_000, 1e-5), (20_000, 1e-6), (30_000, 1e-7)]


def make_runner(done, accumulated=None):
    model = SimpleNamespace(objectives={}, part=SimpleNamespace(weight=1.0))
    wrapper = accumulated and SimpleNamespace(_accumulative_counts=accumulated)
    return SimpleNamespace(model=model, iter=done, optim_wrapper=wrapper, max_iters=10)


@pytest.mark.parametrize(
    ('update', 'value'), [(1, 1e-4), (9_999, 1e-4), (10_000, 1e-5), (20_000, 1e-6), (30_000, 1e-7), (40_000, 1e-7)]
)
def test_the_value_follows_from_the_update_alone(update, value):
    hook, runner = ScheduledValueHook('part.weight', DECAY), make_runner(update - 1)
    hook.before_train(runner)
    hook.before_train_iter(runner, 0)
    assert runner.model.part.weight == value


def test_targets_that_are_not_there():
    for target in ('part.width', 'parts.weight'):
        with pytest.raises(ConfigError, match='target'):
            ScheduledValueHook(target, DECAY).before_train(make_runner(0))


@pytest.mark.parametrize('values', [[], [(2, 1.0)], [(1, 1.0), (1, 2.0)], [(1, 1.0), (5, 2.0), (3, 1.0)]])
def test_values_that_do_not_rise_from_the_first_update(values):
    with pytest.raises(ConfigError, match='that rise from 1'):
        ScheduledValueHook('part.weight', values)


def test_with_accumulated_gradients_it_counts_updates():
    hook, seen = ScheduledValueHook('part.weight', [(1, 0.5), (2, 0.25)]), []
    for done in range(8):
        runner = make_runner(done, accumulated=3)
        hook.before_train_iter(runner, done)
        seen.append(runner.model.part.weight)
    assert seen == [0.5] * 3 + [0.25] * 5


def test_with_accumulated_gradients_the_teacher_moves_at_updates():
    """Ten iterations, three an update: after 3, 6 and 9, and of the rest after 10."""
    teacher, network = torch.nn.Linear(1, 1, bias=False), torch.nn.Linear(1, 1, bias=False)
    objective = SimpleNamespace(teacher=teacher)
    model = SimpleNamespace(objectives={'pseudo_labels': objective}, network=network)
    hook, moved = MeanTeacherHook(momentum=0.99), []
    with torch.no_grad():
        teacher.weight.fill_(0.0)
        network.weight.fill_(1.0)
    for done in range(10):
        runner = make_runner(done, accumulated=3)
        runner.model = model
        before = teacher.weight.item()
        hook.after_train_iter(runner, done)
        if teacher.weight.item() != before:
            moved.append(done + 1)
    assert moved == [3, 6, 9, 10]
    # At updates 1 to 4 a half, two thirds, three quarters and four fifths stay.
    assert 1 - teacher.weight.item() == pytest.approx(1 / 2 * 2 / 3 * 3 / 4 * 4 / 5)
