"""Messages about a name or value that is none of those known."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import Any

from mtlbench.errors import ConfigError

MOST_NEAR = 3


def nearest(name: object, known: Iterable[str], cutoff: float = 0.6) -> list[str]:
    """Return the known names that are most like a name, the best first."""
    return difflib.get_close_matches(str(name), list(known), n=MOST_NEAR, cutoff=cutoff)


def did_you_mean(name: object, known: Iterable[str]) -> str:
    """Return ``; did you mean x or y?`` with the nearest names, or nothing where none is near."""
    near = nearest(name, known)
    return f'; did you mean {" or ".join(near)}?' if near else ''


def choices(name: object, known: Iterable[str]) -> str:
    """Return the nearest names as :func:`did_you_mean` does, or all known ones where none is near."""
    known = list(known)
    return did_you_mean(name, known) or f'; known are: {", ".join(known) or "none"}'


def require_known(place: str, value: Any, known: Iterable[Any]) -> None:
    """Refuse a value that is none of the known ones.

    Args:
        place: The key or argument that has the value, for the message.
        value: The value.
        known: All values that are allowed.

    Raises:
        ConfigError: Naming the place, the value and the known ones.
    """
    known = list(known)
    if value not in known:
        raise ConfigError(f'{place} is {value!r:.80}; known are: {", ".join(map(str, known)) or "none"}')
