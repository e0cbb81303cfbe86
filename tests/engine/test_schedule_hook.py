"""Numbers that change during training."""

from types import SimpleNamespace

import pytest

from mtlbench.engine.hooks import ScheduledValueHook
from mtlbench.errors import ConfigError

DECAY = [(1, 1e-4), (10_000, 1e-5), (20_000, 1e-6), (30_000, 1e-7)]


def make_runner(done):
    model = SimpleNamespace(objectives={}, part=SimpleNamespace(weight=1.0))
    return SimpleNamespace(model=model, iter=done)


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
    with pytest.raises(ConfigError, match='rising'):
        ScheduledValueHook('part.weight', values)
