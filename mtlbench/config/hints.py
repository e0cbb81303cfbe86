"""Suggestions of near misses for messages about unknown names."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return ``; did you mean x or y?`` with the nearest names, or an empty string if none is near."""
    near = difflib.get_close_matches(name, list(known), n=3, cutoff=0.6)
    return f'; did you mean {" or ".join(near)}?' if near else ''
