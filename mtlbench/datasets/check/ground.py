"""What the ground tells of a depth map: it is near at the bottom of an image taken from a car."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mtlbench.datasets.consistency import Doubt

NEAR = (1.5, 30.0)
"""Meters between which the ground in the lower part of a split's images lies; in another unit it does not."""
INVERTED = 1.5
"""How much further away the lower part is, at least, where near and far are swapped."""
SURELY_INVERTED = 2.5
"""Up to here it may be a bus, a bridge or a tree above in a single frame, but not in all."""
ODD_ONE = 8.0
"""A frame so much nearer or farther than the others has another unit: theirs differ by tens."""


def near_depth(depth: NDArray, ground_below: bool) -> float:
    """Median depth of the valid pixels, with the ground below of the lowest third of them; NaN where there are none."""
    rows = _by_row(depth)
    part = rows[-(len(rows) // 3 or 1) :] if ground_below else rows
    return float(np.median(part)) if part.size else float('nan')


def ground_doubt(depth: NDArray) -> Doubt | None:
    """Depth that grows towards the bottom, as where a disparity was taken for a depth, or a depth for a disparity."""
    rows = _by_row(depth)
    third = len(rows) // 3
    if not third:
        return None
    upper, lower = np.median(rows[:third]), np.median(rows[-third:])
    if lower <= INVERTED * upper:
        return None
    return Doubt(
        'the lower part is farther away than the upper part; is it a depth map in place of a disparity, or the other '
        'way round?',
        shared=lower <= SURELY_INVERTED * upper,
    )


def _by_row(depth: NDArray) -> NDArray:
    """The valid depths, from the top row to the bottom row."""
    return depth[(depth > 0) & np.isfinite(depth)]
