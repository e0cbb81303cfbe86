"""Kinds of arguments that a scale shrinks, and the rule of each kind."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from mtlbench.errors import ConfigError
from mtlbench.utils.choices import require_known

SIDE = 32
"""Scaled sides of images are multiples of this, so that every network takes them whose multiple divides it."""
WIDTH = 8
"""Scaled channels are multiples of this, and at least as many."""


@dataclass(frozen=True)
class Factors:
    """Shares of the full size.

    Args:
        images: Share of the images' height and width.
        widths: Share of the channels.
        updates: Number of updates of the scaled run, and of the full one.
        frames: Number of frames that the full data set has; None where it is not known.
    """

    images: float
    widths: float
    updates: tuple[int, int] = (1, 1)
    frames: int | None = None


def _size(value: float, by: Factors) -> int:
    """Return the nearest multiple of 32, at least 32."""
    if by.images == 1:
        return int(value)
    return min(int(value), max(SIDE, math.ceil(value * by.images / SIDE - 0.5) * SIDE))


def _length(value: float, by: Factors) -> float:
    """Return the nearest whole number of pixels, at least 1; a fraction of a pixel stays one."""
    return max(1, round(value * by.images)) if isinstance(value, int) else value * by.images


def _width(value: float, by: Factors) -> int:
    """Return the next lower multiple of 8, at least 8."""
    if by.widths == 1:
        return int(value)
    return min(int(value), max(WIDTH, int(value * by.widths) // WIDTH * WIDTH))


def _updates(value: float, by: Factors) -> int:
    """Return the first update of the scaled run that is not before this one of the full run."""
    new, old = by.updates
    return -(-int(value) * new // old) if value > 0 else int(value)


def _decay(value: float, by: Factors) -> float:
    """Return the factor by which fewer updates decay as far."""
    new, old = by.updates
    return value ** (old / new)


def _frames(value: float, by: Factors) -> float:
    """Return a number of frames as a share of the data set."""
    return value / by.frames if value > 1 and by.frames else value


def _each(shrink: Callable[[float, Factors], float]) -> Callable[[Any, Factors], Any]:
    """Return what shrinks every number of a value: a number, or a list, tuple or dict of such."""

    def shrunk(value: Any, by: Factors) -> Any:
        if isinstance(value, list | tuple):
            return type(value)(shrunk(item, by) for item in value)
        if isinstance(value, Mapping):
            return {key: shrunk(item, by) for key, item in value.items()}
        return shrink(value, by) if isinstance(value, int | float) and not isinstance(value, bool) else value

    return shrunk


def _in_order(value: Any, by: Factors) -> Any:
    """Shrink updates. Those that follow one another in a list still do, where rounding would make them one."""
    shrunk = _each(_updates)(value, by)
    if not isinstance(value, list | tuple) or not all(isinstance(item, int) for item in value):
        return shrunk
    found: list[int] = []
    for before, old, new in zip([None, *value], value, shrunk, strict=False):
        found.append(max(new, found[-1] + 1) if before is not None and old > before else new)
    return type(value)(found)


def _starts(value: Any, by: Factors) -> Any:
    """Shrink the first number, an update, of each entry of a list."""
    updates = _in_order([entry[0] for entry in value], by)
    return type(value)(type(entry)([new, *entry[1:]]) for new, entry in zip(updates, value, strict=True))


def _intervals(value: Any, by: Factors) -> Any:
    """Shrink pairs of an update and an interval."""
    return _starts([(start, _updates(interval, by)) for start, interval in value], by) if value else value


KINDS: dict[str, Callable[[Any, Factors], Any]] = {
    'size': _each(_size),
    'length': _each(_length),
    'width': _each(_width),
    'updates': _in_order,
    'starts': _starts,
    'intervals': _intervals,
    'decay': _each(_decay),
    'frames': _each(_frames),
}
"""By the names that a class's ``scaled_arguments`` gives them."""

AS_IT_IS = ''
"""The kind of an argument that a base class scales and its class does not."""
UPDATES = ('updates', 'starts', 'intervals', 'decay')
"""Kinds that follow the number of updates."""

SCALED: dict[str, Mapping[str, str]] = {
    'IterBasedTrainLoop': {
        'max_iters': 'updates',
        'val_begin': 'updates',
        'val_interval': 'updates',
        'dynamic_intervals': 'intervals',
    },
    '_ParamScheduler': {'begin': 'updates', 'end': 'updates'},
    'MultiStepParamScheduler': {'milestones': 'updates'},
    'StepParamScheduler': {'step_size': 'updates'},
    'CosineAnnealingParamScheduler': {'T_max': 'updates'},
    'CosineRestartParamScheduler': {'periods': 'updates'},
    'OneCycleParamScheduler': {'total_steps': 'updates'},
    'ExponentialParamScheduler': {'gamma': 'decay'},
    # It counts validations, whose number stays; so does early stopping.
    'ReduceOnPlateauParamScheduler': {'begin': AS_IT_IS, 'end': AS_IT_IS},
    'EarlyStoppingHook': {},
    'CheckpointHook': {'interval': 'updates', 'save_begin': 'updates'},
    'EMAHook': {'begin_iter': 'updates'},
    # What is printed is no event of the training.
    'LoggerHook': {},
}
"""``scaled_arguments`` of the classes of mmengine, by their names."""


def scaled_by(member: Any) -> dict[str, str] | None:
    """Return which arguments of a class scale, and their kinds; None where neither it nor a base class says so.

    Raises:
        ConfigError: When ``scaled_arguments`` is no dict, or names a kind that does not exist.
    """
    said = [
        vars(base).get('scaled_arguments', SCALED.get(base.__name__))
        for base in reversed(getattr(member, '__mro__', ()))
    ]
    if all(one is None for one in said):
        return None
    name = getattr(member, '__name__', member)
    merged: dict[str, str] = {}
    for one in said:
        if one is not None and not isinstance(one, Mapping):
            raise ConfigError(
                f"{name}.scaled_arguments is {one!r:.80}, expected a dict such as {{'channels': 'width'}}"
            )
        merged |= one or {}
    for argument, kind in merged.items():
        require_known(f'{name}.scaled_arguments[{argument!r}]', kind, [*KINDS, AS_IT_IS])
    return {argument: kind for argument, kind in merged.items() if kind != AS_IT_IS}
