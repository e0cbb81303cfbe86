from __future__ import annotations

import pytest

from mtlbench.engine.hooks.draw import evenly_spread


@pytest.mark.parametrize(
    ('most', 'total', 'expected'), [(3, 12, {2, 6, 10}), (1, 7, {3}), (3, 2, {0, 1}), (None, 4, {0, 1, 2, 3})]
)
def test_images_are_spread_over_the_dataset(most, total, expected):
    assert set(evenly_spread(total, most)) == expected
