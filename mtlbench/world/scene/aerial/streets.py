"""Streets with sidewalks, trees and cars."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from mtlbench.world.scene.aerial.builder import IMPERVIOUS, PAINT, Builder, Rect
from mtlbench.world.scene.model import Material

PAVEMENT = 2.2
HALF_WIDTHS = (2.8, 3.2, 4.4)
NARROW = 4.0
"""Half width above which a street has a dashed center line and moving traffic."""


@dataclass(frozen=True)
class Street:
    """A street of the plan.

    Args:
        axis: Direction of the street: 0 = along q, 1 = along p.
        at: Position of its center line on the other axis.
        half: Half its width, in meters.
    """

    axis: int
    at: float
    half: float

    @property
    def turn(self) -> float:
        """Angle of the street from the p axis, in radians."""
        return 0.0 if self.axis else np.pi / 2

    def stretch(self, left: float, right: float, start: float, stop: float) -> Rect:
        """Return the rectangle between two offsets from the center line and two positions along the street."""
        across, along = (self.at + left, self.at + right), (start, stop)
        return Rect(*along, *across) if self.axis else Rect(*across, *along)

    def spot(self, lateral: float, way: float) -> tuple[float, float]:
        """Return the point at an offset from the center line and a position along the street."""
        return (way, self.at + lateral) if self.axis else (self.at + lateral, way)


def draw_streets(axis: int, pitch: tuple[float, float], far: float, rng: np.random.Generator) -> list[Street]:
    """Return parallel streets from beyond ``-far`` to beyond ``far``, at random distances within ``pitch``."""
    found, at = [], -far - rng.uniform(0, pitch[1])
    while at < far + pitch[1]:
        found.append(Street(axis, float(at), float(rng.choice(HALF_WIDTHS))))
        at += rng.uniform(*pitch)
    return found


def build_street(town: Builder, street: Street, crossings: Sequence[Street], far: float) -> None:
    """Build a street with parked cars, trees and traffic, none of them at crossings."""
    rng, half = town.rng, street.half
    pavement = Material('slabs', (town.domain.colors['paving'][0],), (0.5,))
    town.lay(IMPERVIOUS, street.stretch(-half - PAVEMENT, half + PAVEMENT, -far, far), 0.02, pavement)
    asphalt = Material('asphalt', town.domain.colors['asphalt'])
    town.lay(IMPERVIOUS, street.stretch(-half, half, -far, far), 0.025, asphalt)
    for side in (-1, 1):
        for way in _ways(6.2, 0.45, far, crossings, rng):
            town.car(street.spot(side * (half - 1.05), way), street.turn)
        for way in _ways(11.0, 0.28 * town.domain.trees, far, crossings, rng):
            town.tree(street.spot(side * (half + 1.2), way), 0.75)
    if half > NARROW:
        for start in np.arange(-far, far, 6.0):
            town.lay(IMPERVIOUS, street.stretch(-0.08, 0.08, start, start + 3), 0.028, PAINT)
        for way in _ways(30.0, 0.6, far, crossings, rng):
            town.car(street.spot(float(rng.choice([-1.5, 1.5])), way), street.turn)


def _ways(
    spacing: float, share: float, far: float, crossings: Sequence[Street], rng: np.random.Generator
) -> Iterator[float]:
    """Yield positions along a street, away from crossings."""
    for start in np.arange(-far, far, spacing):
        way = float(start + rng.uniform(-0.08, 0.08) * spacing)
        if rng.random() < share and all(abs(way - crossing.at) > crossing.half + 4 for crossing in crossings):
            yield way


def crossing(first: Street, second: Street) -> Rect:
    """Return the rectangle where two streets meet."""
    return Rect(first.at - first.half, first.at + first.half, second.at - second.half, second.at + second.half)
