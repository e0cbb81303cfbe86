"""Checks of depth against the ground, which is near at the bottom of an image taken from a car."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mtlbench.datasets.consistency import Doubt

NEAR = (1.5, 30.0)
"""Plausible depths in meters of the lower part of a split's images; in another unit they are out of range."""
INVERTED = 1.5
"""Smallest ratio of lower to upper depth at which near and far are swapped."""
SURELY_INVERTED = 2.5
"""Ratio up to which a bus, a bridge or a tree above may explain a single frame, but not all frames."""
ODD_ONE = 8.0
"""Ratio to the depth of the other frames that reveals another unit; correct frames differ by less."""


def near_depth(depth: NDArray, ground_below: bool) -> float:
    """Return the median depth of the valid pixels, or NaN without any; with the ground below, of their lowest third."""
    rows = _by_row(depth)
    part = rows[-(len(rows) // 3 or 1) :] if ground_below else rows
    return float(np.median(part)) if part.size else float('nan')


def ground_doubt(depth: NDArray) -> Doubt | None:
    """Return a doubt if depth grows towards the bottom, as when disparity and depth are confused."""
    rows = _by_row(depth)
    third = len(rows) // 3
    if not third:
        return None
    upper, lower = np.median(rows[:third]), np.median(rows[-third:])
    if lower <= INVERTED * upper:
        return None
    return Doubt(
        'the lower part is farther away than the upper part; is it a depth map instead of a disparity map, or vice '
        'versa?',
        shared=lower <= SURELY_INVERTED * upper,
    )


def _by_row(depth: NDArray) -> NDArray:
    """Return the valid depths, from the top row to the bottom row."""
    return depth[(depth > 0) & np.isfinite(depth)]
