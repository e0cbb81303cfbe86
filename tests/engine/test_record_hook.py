"""What the record hook derives."""

import math

from mtlbench.engine.hooks.record import best_of, versions


def test_best_follows_the_direction_and_skips_nan():
    history = [{'iter': 1, 'a': 1.0, 'b': 1.0}, {'iter': 2, 'a': math.nan, 'b': 0.5}, {'iter': 3, 'a': 0.2, 'b': 0.7}]
    best = best_of(history, {'a': True, 'b': False, 'c': True})
    assert (best['a'], best['b']) == (1.0, 0.5)
    assert math.isnan(best['c'])


def test_versions_name_torch():
    assert {'python', 'torch', 'mmengine', 'mtlbench'} <= versions().keys()
