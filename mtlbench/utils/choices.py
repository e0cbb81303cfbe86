"""Messages about a name or value that is none of those known."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import Any

from mtlbench.errors import ConfigError

CUTOFF = 0.6
"""Likeness from which a name is suggested, between 0 and 1; that of difflib."""


def nearest(name: object, known: Iterable[str], cutoff: float = CUTOFF) -> list[str]:
    """Return the known names that are most like a name, at most three, the best first."""
    return difflib.get_close_matches(str(name), list(known), n=3, cutoff=cutoff)


def did_you_mean(name: object, known: Iterable[str], cutoff: float = CUTOFF) -> str:
    """Return ``; did you mean x or y?`` with the nearest names, or nothing if none is near."""
    near = nearest(name, known, cutoff)
    return f'; did you mean {" or ".join(near)}?' if near else ''


def nearest_or_all(name: object, known: Iterable[str]) -> str:
    """Return the nearest names as :func:`did_you_mean` does, or all known ones if none is near."""
    known = list(known)
    return did_you_mean(name, known) or f'; known are: {", ".join(known) or "none"}'


def require_known(place: str, value: Any, known: Iterable[Any]) -> None:
    """Reject a value that is none of the known ones.

    Args:
        place: Key or argument that has the value, for the message.
        value: The value.
        known: All values that are allowed.

    Raises:
        ConfigError: When the value is unknown; the message names the place, the value and the known ones.
    """
    known = list(known)
    if value not in known:
        choices = ', '.join(map(str, known)) or 'none'
        raise ConfigError(f'{place} is {value!r:.80}, expected one of {choices}{did_you_mean(value, map(str, known))}')
