"""Trees, shrubs and hedges as seen from above. The origin is on the ground."""

from __future__ import annotations

import numpy as np

from mtlbench.world.scene.model import Color, Material, Part
from mtlbench.world.scene.shapes import blob, tube
from mtlbench.world.scene.things import tint


def leaves(color: Color, rng: np.random.Generator) -> Material:
    """Return foliage of a color near a given one."""
    return Material('foliage', (tint(color, rng, 0.2),))


def tree(color: Color, rng: np.random.Generator, size: float = 1.0) -> tuple[Part, ...]:
    """A dome of many clumps of leaves, 2 to 5 m in radius at ``size`` 1."""
    radius = size * rng.uniform(1.8, 4.6)
    height = size * rng.uniform(3.5, 5.5) + 1.6 * radius
    crown = leaves(color, rng)
    count = int(9 + 4 * radius)
    share = np.sqrt((np.arange(count) + 0.5) / count)  # of the radius; even coverage seen from above
    angle = np.pi * (3 - np.sqrt(5)) * np.arange(count) + rng.normal(0, 0.25, count)
    way = radius * share * rng.uniform(0.75, 1.0, count)
    level = height * (0.9 - 0.45 * share**2) * rng.uniform(0.9, 1.0, count)
    sizes = np.clip(radius * rng.uniform(0.22, 0.4, count), 0.4, None)
    spots = zip(way * np.cos(angle), way * np.sin(angle), level, strict=True)
    clumps = [blob((s, s, 0.9 * s), spot, crown, rng, 1) for s, spot in zip(sizes, spots, strict=True)]
    core = blob((radius * 0.7, radius * 0.7, height * 0.25), (0, 0, height * 0.55), crown, rng, 1)
    return (core, *clumps)


def conifer(color: Color, rng: np.random.Generator) -> tuple[Part, ...]:
    """A narrow cone with whorls of branches, star-shaped from above."""
    height, radius = rng.uniform(7, 15), rng.uniform(1.3, 2.4)
    needles = leaves(tuple(0.7 * value for value in color), rng)  # type: ignore[arg-type]
    parts = []
    for level in np.linspace(0, 0.85, 6):
        wide = radius * (1 - level) * rng.uniform(0.9, 1.1)
        low = height * (0.1 + 0.9 * level)
        parts.append(tube([wide, wide * 0.5, 0.02], [low, low + 0.9, low + height * 0.2], needles, 7))
    return tuple(parts)


def shrub(color: Color, rng: np.random.Generator) -> tuple[Part, ...]:
    """A low clump of leaves."""
    size = rng.uniform(0.4, 0.9)
    material = leaves(color, rng)
    spots = rng.normal(0, size * 0.6, (int(rng.integers(2, 5)), 2))
    return tuple(blob((size, size, size * 0.7), (x, y, size * 0.4), material, rng, 1) for x, y in spots)


def hedge(length: float, color: Color, rng: np.random.Generator) -> tuple[Part, ...]:
    """A long row of leaves along x."""
    material = leaves(color, rng)
    height = rng.uniform(0.8, 1.2)
    steps = np.arange(-length / 2 + 0.4, length / 2, 0.8)
    return tuple(blob((0.7, 0.5, height * 0.55), (x, 0, height * 0.5), material, rng, 1) for x in steps)
