"""Progress over the validations of a run."""

from __future__ import annotations

import math
from types import SimpleNamespace

import pytest

from mtlbench.engine.hooks import EarlyStoppingHook
from mtlbench.engine.hooks.early_stopping import progress_over
from mtlbench.errors import ConfigError
from mtlbench.evaluation.criterion import Criterion

NAN = math.nan


def history(values):
    return [{'iter': 10 * number, 'a/b': value} for number, value in enumerate(values, 1)]


@pytest.mark.parametrize(
    ('values', 'least', 'expected'),
    [
        ([], 0, (NAN, 0, 0)),
        ([1, 2, 3], 0, (3, 30, 0)),
        ([3, 2, 1], 0, (3, 10, 2)),
        ([1, 1, 1], 0, (1, 10, 2)),
        ([1, 1.4, 1.8, 1.9], 0.5, (1.8, 30, 1)),  # 1.8 exceeds 1 by more than 0.5, 1.4 does not
        ([NAN, NAN, 1, NAN], 0, (1, 30, 1)),
        ([NAN, NAN], 0, (NAN, 0, 2)),
    ],
)
def test_progress(values, least, expected):
    found = progress_over(history(values), Criterion('a/b'), least)
    assert found == pytest.approx(expected, nan_ok=True)


def run(values, direction=True, max_iters=1000, resumed_at=None, **settings):
    """Updates at which a hook sees validations until it stops, and the note on the stop."""
    hub = SimpleNamespace(runtime_info={})
    hub.update_info = hub.runtime_info.__setitem__
    loop = SimpleNamespace(stop_training=False)
    runner = SimpleNamespace(
        iter=resumed_at or 0, max_iters=max_iters, message_hub=hub, train_loop=loop, logger=SimpleNamespace(info=print)
    )
    hook = EarlyStoppingHook('a/b', **settings)
    hook.criterion = Criterion('a/b', direction)
    made = history(values)
    for entry in made:
        runner.iter = entry['iter']
        hub.runtime_info['all_validations'] = [one for one in made if one['iter'] <= runner.iter]
        hook.after_val_epoch(runner)
        if loop.stop_training:
            break
    return runner.iter, hub.runtime_info.get('stopped_early')


def test_patience_counts_validations_in_a_row():
    values = [1, 2, 1, 1, 3, 1, 1, 1]
    stop = {'update': 80, 'criterion': 'a/b', 'best': 3, 'best_update': 50}
    assert run(values, patience=3) == (80, stop)
    assert run(values, patience=2)[0] == 40
    assert run(values, patience=4)[1] is None


def test_the_direction_counts():
    assert run([3, 2, 1, 2, 2], direction=False, patience=2)[0] == 50
    assert run([3, 2, 1, 2, 2], direction=True, patience=2)[0] == 30


def test_a_run_that_has_ended_is_not_stopped():
    assert run([2, 1, 1], patience=2, max_iters=30) == (30, None)


def test_a_run_without_any_value_is_stopped_without_a_best_one():
    stop = {'update': 20, 'criterion': 'a/b', 'best': None, 'best_update': 0}
    assert run([NAN, NAN, NAN], patience=2) == (20, stop)


@pytest.mark.parametrize('settings', [{'patience': 0}, {'patience': 1.5}, {'min_delta': -1}, {'min_delta': math.inf}])
def test_wrong_numbers_are_rejected(settings):
    with pytest.raises(ConfigError, match='EarlyStoppingHook'):
        EarlyStoppingHook('a/b', **settings)
