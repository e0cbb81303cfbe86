"""Placement of objects along a street."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from mtlbench.world.scene.model import Part, Scene, placement
from mtlbench.world.scene.path import Path
from mtlbench.world.scene.style import Style

KERB, VERGE = 0.13, -0.08
"""Height of the sidewalk and of the ground beyond it relative to the edge of the road, in meters."""


def put(scene: Scene, category: str, parts: tuple[Part, ...], pose: np.ndarray) -> None:
    """Add an object at a pose."""
    scene.add(category, *(part.moved(pose) for part in parts))


def stand(path: Path, s: float, lateral: float, turn: float = 0.0) -> np.ndarray:
    """Return a pose on the ground, at an angle of ``turn`` radians to the road."""
    return placement(path.on_ground(s, lateral), float(path.heading(s)) + turn)


def tread(path: Path, style: Style, s: float, lateral: float, turn: float = 0.0) -> np.ndarray:
    """Return a pose on the road, on the sidewalk, or beyond it. The sidewalk ends before crossings."""
    beside = abs(lateral) - style.half
    up = KERB if beside < style.pavement else VERGE
    if beside <= 0 or not style.free(s, -0.5):
        up = 0.0
    return placement(path.point(s, lateral, up), float(path.heading(s)) + turn)


def positions(path: Path, density: float, rng: np.random.Generator) -> np.ndarray:
    """Return positions along the road, ``density`` per 100 m, evenly spaced with some jitter."""
    if density <= 0:
        return np.empty(0)
    spacing = 100 / density
    grid = np.arange(path.start + rng.uniform(0, spacing), path.stop, spacing)
    return grid + rng.uniform(-0.35, 0.35, len(grid)) * spacing


def drawn(shares: Mapping[str, float], rng: np.random.Generator) -> str:
    """Return one of several kinds at random, by their shares."""
    return str(rng.choice(list(shares), p=list(shares.values())))
