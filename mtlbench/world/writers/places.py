"""Images of unrelated places, for datasets without video."""

from __future__ import annotations

from collections.abc import Sequence

from mtlbench.world.writers.base import Shot

_PLACES = 5
_APART = 12
_FIRST = 8  # at frame 0 the vehicles of all streets have the same positions

STREET_FRAMES = _FIRST + _PLACES * _APART
"""Number of frames that a street must be long."""


def scattered(stems: Sequence[str], street: str) -> list[Shot]:
    """Return one image per stem, five per street, far enough apart to show different places.

    Args:
        stems: Unique keys of the images.
        street: Prefix of the names of the streets.
    """
    return [Shot(f'{street}{n // _PLACES:03d}', _FIRST + n % _PLACES * _APART, stem) for n, stem in enumerate(stems)]
