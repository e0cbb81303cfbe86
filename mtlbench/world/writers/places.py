"""Images of places that have nothing to do with each other, for datasets that are no video."""

from __future__ import annotations

from collections.abc import Sequence

from mtlbench.world.writers.base import Shot

_PLACES = 5
_APART = 12
_FIRST = 8  # at frame 0 every street has its vehicles at the same places

STREET_FRAMES = _FIRST + _PLACES * _APART
"""How many frames a street must be long."""


def scattered(stems: Sequence[str], street: str) -> list[Shot]:
    """One image a stem, five a street, so far apart that each shows another place.

    Args:
        stems: What tells the images apart.
        street: Beginning of the streets' names.
    """
    return [Shot(f'{street}{n // _PLACES:03d}', _FIRST + n % _PLACES * _APART, stem) for n, stem in enumerate(stems)]
