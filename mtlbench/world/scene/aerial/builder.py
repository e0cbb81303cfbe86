"""Tools for building the blocks of a town: objects on the plan, and surfaces over it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from mtlbench.world.scene.aerial import plants
from mtlbench.world.scene.aerial.domains import Domain
from mtlbench.world.scene.aerial.plan import Plan
from mtlbench.world.scene.model import Color, Material, Part, Scene
from mtlbench.world.scene.shapes import ribbon
from mtlbench.world.scene.things import tint
from mtlbench.world.scene.vehicles import make_vehicle

IMPERVIOUS, BUILDING, LOW, TREE, CAR, CLUTTER = (
    'impervious surface', 'building', 'low vegetation', 'tree', 'car', 'clutter',
)  # fmt: skip
PAINT = Material('plain', ((0.62, 0.62, 0.6),))
STEP = 3.0
"""Largest edge length of a surface that follows the bends of the plan, in meters."""


@dataclass(frozen=True)
class Rect:
    """Rectangle of the plan, in meters."""

    p0: float
    p1: float
    q0: float
    q1: float

    @property
    def middle(self) -> tuple[float, float]:
        """Center of the rectangle."""
        return (self.p0 + self.p1) / 2, (self.q0 + self.q1) / 2

    @property
    def size(self) -> tuple[float, float]:
        """Lengths along p and q."""
        return self.p1 - self.p0, self.q1 - self.q0

    @property
    def corners(self) -> list[tuple[float, float]]:
        """Corners (p, q)."""
        return [(p, q) for p in (self.p0, self.p1) for q in (self.q0, self.q1)]

    def grown(self, margin: float) -> Rect:
        """Return the rectangle enlarged by a margin; a negative margin shrinks it."""
        return Rect(self.p0 - margin, self.p1 + margin, self.q0 - margin, self.q1 + margin)

    def place(self, rng: np.random.Generator) -> tuple[float, float]:
        """Return a random point in the rectangle."""
        return float(rng.uniform(self.p0, self.p1)), float(rng.uniform(self.q0, self.q1))


@dataclass(frozen=True)
class Builder:
    """Builder of a town.

    Args:
        scene: Scene that receives all objects.
        plan: Map from the plan to the world.
        domain: Style of the town.
        reach: Largest distances from the origin along world x and y, in meters; objects further away are omitted.
        rng: Generator of all random choices.
    """

    scene: Scene
    plan: Plan
    domain: Domain
    reach: tuple[float, float]
    rng: np.random.Generator

    def reaches(self, spots: ArrayLike) -> bool:
        """Return True if part of the area between points (N, 2) of the plan is within reach."""
        p, q = np.atleast_2d(np.asarray(spots, np.float64)).T
        world = self.plan.point(p, q)[:, :2]
        return bool((world.min(0) < self.reach).all() and (world.max(0) > -np.array(self.reach)).all())

    def color(self, surface: str) -> Color:
        """Return one of the domain's colors of a surface."""
        choices = self.domain.colors[surface]
        return choices[self.rng.integers(len(choices))]

    def material(self, surface: str, texture: str, params: tuple[float, ...] = ()) -> Material:
        """Return a material in a color near one of the domain's."""
        return Material(texture, (tint(self.color(surface), self.rng, 0.15),), params)

    @property
    def lawn(self) -> Material:
        """Grass, green and dry."""
        return Material('grass', self.domain.colors['lawn'])

    def put(self, category: str, parts: tuple[Part, ...], spot: tuple[float, float], turn: float = 0.0) -> None:
        """Place an object on the ground, if it is within reach."""
        if not self.reaches(spot):
            return
        pose = self.plan.stand(*spot, turn)
        self.scene.add(category, *(part.moved(pose) for part in parts))

    def lay(self, category: str, rect: Rect, lift: float, material: Material) -> None:
        """Cover a rectangle of the ground."""
        self.scene.add(category, self.sheet(rect, lift, material))

    def sheet(self, rect: Rect, lift: float, material: Material) -> Part:
        """Return a rectangle that follows the ground, with a texture in meters of the plan."""
        spans = ((rect.p0, rect.p1), (rect.q0, rect.q1))
        p, q = (np.linspace(low, high, int((high - low) / STEP) + 2) for low, high in spans)
        grid = np.stack(np.meshgrid(p, q), -1)
        points = self.plan.point(grid[..., 0], grid[..., 1], lift)
        return ribbon(points, np.concatenate([grid, np.zeros_like(grid[..., :1])], -1), material)

    def tree(self, spot: tuple[float, float], size: float = 1.0) -> None:
        """Add a tree, if it is within reach."""
        if self.reaches(spot):
            self.put(TREE, plants.tree(self.color('crown'), self.rng, size), spot)

    def trees(self, rect: Rect, count: float, size: float = 1.0) -> None:
        """Add trees at random positions in a rectangle, a few of them conifers.

        Args:
            rect: Rectangle of the trees.
            count: Expected number of trees, multiplied by the domain's factor.
            size: Relative size of the trees.
        """
        for _ in range(self.rng.poisson(count * self.domain.trees)):
            spot = rect.place(self.rng)
            if self.rng.random() < 0.15:
                self.put(TREE, plants.conifer(self.color('crown'), self.rng), spot)
            else:
                self.tree(spot, size)

    def shrubs(self, rect: Rect, count: float) -> None:
        """Add shrubs at random positions in a rectangle; ``count`` is their expected number."""
        for _ in range(self.rng.poisson(count)):
            self.put(LOW, plants.shrub(self.color('hedge'), self.rng), rect.place(self.rng))

    def hedge(self, start: tuple[float, float], length: float, turn: float) -> None:
        """Add a hedge that starts at a point and runs along p (``turn`` 0) or q (pi / 2)."""
        spot = (start[0] + np.cos(turn) * length / 2, start[1] + np.sin(turn) * length / 2)
        self.put(LOW, plants.hedge(length, self.color('hedge'), self.rng), spot, turn)

    def car(self, spot: tuple[float, float], turn: float) -> None:
        """Add a car, or rarely a van, if it is within reach."""
        if not self.reaches(spot):
            return
        kind = 'van' if self.rng.random() < 0.12 else 'car'
        flip = np.pi * self.rng.integers(2)
        self.put(CAR, make_vehicle(kind, self.rng), spot, turn + flip + self.rng.normal(0, 0.03))

    def car_park(self, rect: Rect, filled: float) -> None:
        """Add asphalt with rows of parking bays along p, a share ``filled`` of them occupied."""
        self.lay(IMPERVIOUS, rect, 0.03, self.material('asphalt', 'asphalt'))
        bay, deep = 2.6, 5.2
        wide, tall = rect.size
        rows = max(1, int((tall + 6.0) / (deep + 6.0)))
        for row in range(rows):
            q = rect.q0 + (row + 0.5) * tall / rows
            for number in range(int(wide / bay)):
                p = rect.p0 + (number + 0.5) * bay
                line = Rect(p - bay / 2 - 0.06, p - bay / 2 + 0.06, q - deep / 2, q + deep / 2)
                self.lay(IMPERVIOUS, line, 0.035, PAINT)
                if self.rng.random() < filled:
                    self.car((p, q + self.rng.normal(0, 0.2)), np.pi / 2)
