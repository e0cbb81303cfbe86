"""Units and formatting of means over seeds."""

from __future__ import annotations

import math
from dataclasses import dataclass

from mtlbench.leaderboard.estimate import Estimate

DASH = '\N{EN DASH}'


@dataclass(frozen=True)
class Unit:
    """Unit for printing a metric: its value times ``factor``, with ``decimals`` digits."""

    symbol: str
    factor: float
    decimals: int


SHARE = Unit('%', 100.0, 2)
POINTS = Unit('%', 1.0, 2)
RATIO = Unit('', 1.0, 3)
SUFFIXES = {
    '_m': Unit('m', 1.0, 3),
    '_deg': Unit('deg', 1.0, 2),
    '_db': Unit('dB', 1.0, 2),
    'abs_rel': RATIO,
    'rel_err': RATIO,
    'abs_err_inverse': Unit('', 1.0, 4),
    '_inverse': RATIO,
    'sq_rel': Unit('m', 1.0, 3),
    'rmse_log': RATIO,
    '_correlation': RATIO,
}
COSTS = {
    'parameters': Unit('M', 1e-6, 2),
    'gflops': Unit('GFLOP', 1.0, 1),
    'step_time_s': Unit('s', 1.0, 3),
    'peak_memory_mb': Unit('MB', 1.0, 0),
}


def unit_of(metric: str) -> Unit:
    """Return the unit of a cost or metric by the end of its name; by default a share, printed in percent."""
    name = metric.partition('@')[0]
    return COSTS.get(name) or next((unit for suffix, unit in SUFFIXES.items() if name.endswith(suffix)), SHARE)


def summary(estimate: Estimate | None, unit: Unit, sign: str = '') -> str:
    """Return ``mean ± std (n)`` over n seeds, without ``± std`` if a group of runs has a single run."""
    if estimate is None:
        return DASH
    n = len(estimate.values)
    if math.isnan(estimate.mean):
        return f'nan ({n})'
    text = f'{estimate.mean * unit.factor:{sign}.{unit.decimals}f}'
    if estimate.std is not None:
        text += f' ± {estimate.std * unit.factor:.{unit.decimals}f}'
    return f'{text} ({n})'
