"""Numbers of a config that would do harm where they are too small."""

from __future__ import annotations

from typing import Any

from mtlbench.errors import ConfigError


def whole_number(key: str, value: Any, least: int, also: str = '') -> int:
    """The value, made sure to be a whole number.

    Args:
        key: Its place in the config, for the message.
        value: What the config has.
        least: The least that makes sense.
        also: What else goes, for the message.

    Raises:
        ConfigError: When it is none, or smaller.
    """
    if type(value) is not int or value < least:
        raise ConfigError(f'{key} must be a whole number, {least} or more{also}, got {value!r}')
    return value
