"""Walls and fences along x. The origin is on the ground in the middle; z up."""

from __future__ import annotations

import numpy as np

from mtlbench.world.scene.model import Color, Material, Part
from mtlbench.world.scene.shapes import box
from mtlbench.world.scene.things import GREEN_STEEL, STEEL, tint

STONES: tuple[Color, ...] = ((0.35, 0.14, 0.09), (0.42, 0.4, 0.36), (0.5, 0.45, 0.35), (0.3, 0.29, 0.28))


def wall(rng: np.random.Generator) -> tuple[Part, ...]:
    """A garden wall with a coping."""
    length, height = rng.uniform(6, 12), rng.uniform(0.9, 2.2)
    stone = tint(STONES[rng.integers(len(STONES))], rng)
    size = (float(rng.uniform(0.25, 0.6)), float(rng.uniform(0.1, 0.3)))
    bricks = Material('bricks', (stone, (0.4, 0.38, 0.35)), size)
    coping = Material('plain', (tint((0.3, 0.29, 0.27), rng),))
    return (
        box((length, 0.28, height + 0.6), (0, 0, (height - 0.6) / 2), bricks),
        box((length + 0.1, 0.38, 0.1), (0, 0, height), coping),
    )


def fence(rng: np.random.Generator) -> tuple[Part, ...]:
    """Upright bars between two rails: iron bars or wooden pickets."""
    length, height = rng.uniform(5, 10), rng.uniform(1.0, 1.8)
    wooden = rng.random() < 0.4
    material = Material('plain', (tint((0.32, 0.22, 0.13), rng),)) if wooden else (STEEL, GREEN_STEEL)[rng.integers(2)]
    width, step = (0.1, 0.16) if wooden else (0.035, 0.14)
    bars = [box((width, 0.03, height + 0.2), (x, 0, (height - 0.2) / 2 + 0.05), material)
            for x in np.arange(-length / 2, length / 2, step)]  # fmt: skip
    rails = [box((length, 0.05, 0.06), (0, -0.03, z), material) for z in (0.25, height - 0.12)]
    posts = [box((0.1, 0.1, height + 0.4), (x, 0, (height - 0.3) / 2), material) for x in (-length / 2, 0, length / 2)]
    return (*bars, *rails, *posts)
