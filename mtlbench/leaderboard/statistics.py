"""Figures over seeds, and how they are printed."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass

DASH = '\N{EN DASH}'


@dataclass(frozen=True)
class Unit:
    """How a metric is printed: its value times ``factor``, with ``decimals`` digits."""

    symbol: str
    factor: float
    decimals: int


SHARE = Unit('%', 100.0, 2)
POINTS = Unit('%', 1.0, 2)
SUFFIXES = {'_m': Unit('m', 1.0, 3), '_deg': Unit('deg', 1.0, 2)}


def unit_of(metric: str) -> Unit:
    """The unit that a metric's name ends on; a share, printed in percent, where it names none."""
    return next((unit for suffix, unit in SUFFIXES.items() if metric.endswith(suffix)), SHARE)


def summary(values: Sequence[float], unit: Unit, sign: str = '') -> str:
    """``mean ± std (n)`` over seeds, with the sample standard deviation (n - 1); of one run ``value (1)``."""
    if not values:
        return DASH
    if any(map(math.isnan, values)):
        return f'nan ({len(values)})'
    scaled = [value * unit.factor for value in values]
    text = f'{statistics.fmean(scaled):{sign}.{unit.decimals}f}'
    if len(scaled) > 1:
        text += f' ± {statistics.stdev(scaled):.{unit.decimals}f}'
    return f'{text} ({len(scaled)})'
