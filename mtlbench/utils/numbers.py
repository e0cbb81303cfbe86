"""Checks of numbers in a config."""

from __future__ import annotations

import math
from typing import Any

from mtlbench.errors import ConfigError


def whole_number(key: str, value: Any, least: int, also: str = '') -> int:
    """Return the value if it is a whole number of at least ``least``.

    Args:
        key: Place in the config, for the message.
        value: Value in the config.
        least: Smallest valid value.
        also: Further valid values, for the message.

    Raises:
        ConfigError: When the value is no whole number, or too small.
    """
    if type(value) is not int or value < least:
        raise ConfigError(f'{key} is {value!r}, expected a whole number of {least} or more{also}')
    return value


def number_from(place: str, value: Any, least: float, most: float = math.inf) -> float:
    """Return a finite number from ``least`` to ``most``.

    Args:
        place: Key of the value in the config, for the message.
        value: Value in the config.
        least: Smallest valid value.
        most: Largest valid value.

    Raises:
        ConfigError: When the value is no number, or out of range.
    """
    if not _is_finite(value) or not least <= value <= most:
        bounds = f'of {least:g} or more' if most == math.inf else f'from {least:g} to {most:g}'
        raise ConfigError(f'{place} is {value!r:.80}, expected a number {bounds}')
    return float(value)


def positive(place: str, value: Any) -> float:
    """Return a finite number above 0; see :func:`number_from`."""
    if not _is_finite(value) or not value > 0:
        raise ConfigError(f'{place} is {value!r:.80}, expected a number above 0')
    return float(value)


def _is_finite(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
