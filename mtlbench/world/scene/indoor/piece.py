"""Pieces of furniture with their accessories, such as a table and the objects on it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mtlbench.world.scene.model import Instance, Lamp, Material, Part
from mtlbench.world.scene.shapes import box, shifted, tube


@dataclass
class Piece:
    """Objects that are placed together, in their own coordinates.

    x runs along the wall, y from the wall (0) into the room, z up from the floor (or from the lower edge of a hanging
    piece). The piece faces y.

    Args:
        things: Objects of the piece.
        lamps: Lit lamps.
    """

    things: list[Instance] = field(default_factory=list)
    lamps: list[Lamp] = field(default_factory=list)

    def add(self, category: str, *parts: Part) -> Piece:
        """Add one object."""
        self.things.append(Instance(category, parts))
        return self

    def join(self, other: Piece, offset: ArrayLike) -> Piece:
        """Add all objects of another piece, moved by an offset (3,)."""
        for thing in other.things:
            self.add(thing.category, *(shifted(part, offset) for part in thing.parts))
        shift = np.eye(4)
        shift[:3, 3] = offset
        self.lamps += other.moved(shift).lamps
        return self

    def moved(self, pose: NDArray[np.float64]) -> Piece:
        """Return the piece at a pose (4, 4) in the world."""
        things = [Instance(t.category, tuple(part.moved(pose) for part in t.parts)) for t in self.things]
        return Piece(things, [_moved(lamp, pose) for lamp in self.lamps])

    @property
    def bounds(self) -> NDArray[np.float64]:
        """Lowest and highest coordinates (2, 3)."""
        vertices = np.concatenate([part.vertices for thing in self.things for part in thing.parts])
        return np.stack([vertices.min(0), vertices.max(0)])


def _moved(lamp: Lamp, pose: NDArray[np.float64]) -> Lamp:
    x, y, z = (pose[:3, :3] @ lamp.position + pose[:3, 3]).tolist()
    return replace(lamp, position=(x, y, z))


Maker = Callable[[np.random.Generator], Piece]


def slab(low: ArrayLike, high: ArrayLike, material: Material) -> Part:
    """Return a box given by its lowest and highest corner."""
    first, last = np.asarray(low, float), np.asarray(high, float)
    return box(last - first, (first + last) / 2, material)


def legs(width: float, depth: float, height: float, material: Material, thick: float = 0.05) -> list[Part]:
    """Return four legs of a table or chair; the back ones are at y = 0."""
    x, y = width / 2 - thick / 2, depth - thick / 2
    return [
        box((thick, thick, height), (side * x, place, height / 2), material)
        for side in (-1, 1)
        for place in (thick / 2, y)
    ]


def round_post(radius: float, low: float, high: float, center: tuple[float, float], material: Material) -> Part:
    """Return an upright cylinder."""
    return shifted(tube([radius, radius], [low, high], material, 12), (*center, 0))


def spread(
    piece: Piece, makers: Iterable[Maker], width: float, depth: float, height: float, rng: np.random.Generator
) -> Piece:
    """Place small objects side by side on top of a piece, in a strip of ``width`` centered at (0, ``depth``)."""
    chosen = [maker(rng) for maker in makers]
    cell = width / max(len(chosen), 1)
    for number, thing in enumerate(chosen):
        low, high = thing.bounds
        room = cell - (high - low)[0] - 0.02
        if room < 0:
            continue
        x = (number - len(chosen) / 2) * cell - low[0] + 0.01 + room * rng.random()
        piece.join(thing, (x, depth - (low[1] + high[1]) / 2, height))
    return piece
