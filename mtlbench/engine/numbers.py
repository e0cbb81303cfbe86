"""Checks of whole numbers in a config."""

from __future__ import annotations

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
