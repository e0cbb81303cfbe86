"""Random indoor materials."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from mtlbench.world.scene.model import Color, Material
from mtlbench.world.scene.things import tint

WOODS: tuple[Color, ...] = ((0.34, 0.19, 0.09), (0.5, 0.33, 0.18), (0.16, 0.08, 0.045), (0.55, 0.42, 0.27))
CLOTHS: tuple[Color, ...] = (
    (0.45, 0.08, 0.07), (0.08, 0.14, 0.34), (0.5, 0.44, 0.34), (0.12, 0.26, 0.16), (0.22, 0.22, 0.24), (0.6, 0.4, 0.1),
    (0.26, 0.13, 0.3), (0.66, 0.63, 0.58),
)  # fmt: skip
WALLS: tuple[Color, ...] = (
    (0.72, 0.69, 0.62), (0.62, 0.66, 0.68), (0.66, 0.58, 0.42), (0.5, 0.58, 0.46), (0.72, 0.56, 0.5), (0.42, 0.5, 0.6),
)  # fmt: skip
WHITE = Material('plain', ((0.76, 0.76, 0.74),))
CERAMIC = Material('plain', ((0.8, 0.8, 0.79),), gloss=0.05)
BLACK = Material('plain', ((0.025, 0.025, 0.03),))
SCREEN = Material('plain', ((0.012, 0.014, 0.02),), gloss=0.06)
STEEL = Material('plain', ((0.42, 0.43, 0.44),), gloss=0.08)
GLASS = Material('plain', ((0.5, 0.54, 0.56),), gloss=0.25)
PAPER = Material('printed', ((0.82, 0.81, 0.77), (0.12, 0.12, 0.16)), (0.03,))
SHADE = Material('glow', ((0.78, 0.66, 0.44),))
LEAVES = Material('foliage', ((0.06, 0.15, 0.04),))


def _one_of(colors: tuple[Color, ...], rng: np.random.Generator) -> Color:
    return tint(colors[rng.integers(len(colors))], rng)


def wooden(rng: np.random.Generator) -> Material:
    """Wood, natural or painted white."""
    return WHITE if rng.random() < 0.15 else Material('wood', (_one_of(WOODS, rng),), (0.0,))


def upright(wood: Material) -> Material:
    """The same wood with vertical grain."""
    return replace(wood, params=(2.0,))


def cloth(rng: np.random.Generator) -> Material:
    """Cloth of one or two colors."""
    first = _one_of(CLOTHS, rng)
    second = _one_of(CLOTHS, rng) if rng.random() < 0.4 else tint(first, rng, 0.15)
    return Material('fabric', (first, second), (float(rng.uniform(0.08, 0.3)),))


def drapery(rng: np.random.Generator) -> Material:
    """Cloth hanging in folds."""
    return Material('folds', (_one_of(CLOTHS, rng),), (float(rng.uniform(0.1, 0.18)),))


def colored(rng: np.random.Generator) -> Material:
    """Plastic, cardboard or paint."""
    return Material('plain', (_one_of(CLOTHS, rng),))


def wall_paint(rng: np.random.Generator) -> Material:
    """Paint or wallpaper."""
    color = _one_of(WALLS, rng)
    if rng.random() < 0.5:
        return Material('plaster', (color,))
    return Material('wallpaper', (color, tint(color, rng, 0.3)), (float(rng.uniform(0.2, 0.5)),))


def ceramic_tiles(rng: np.random.Generator) -> Material:
    """Tiles for walls and floors."""
    return Material('ceramic', (_one_of(WALLS, rng), (0.35, 0.34, 0.32)), (float(rng.choice([0.2, 0.3, 0.4])),))


def floor_covering(rng: np.random.Generator) -> Material:
    """Boards or carpet."""
    if rng.random() < 0.6:
        return Material('parquet', (_one_of(WOODS, rng),), (float(rng.uniform(0.08, 0.16)),))
    return Material('carpet', (tint(CLOTHS[rng.integers(2, 5)], rng),))


def rug(rng: np.random.Generator) -> Material:
    """A patterned mat."""
    return Material('rug', tuple(_one_of(CLOTHS, rng) for _ in range(3)), (float(rng.uniform(0.12, 0.3)),))


def artwork(rng: np.random.Generator) -> Material:
    """A painting in four colors."""
    colors = tuple(_one_of(CLOTHS + WALLS, rng) for _ in range(4))
    return Material('artwork', colors, (float(rng.uniform(0.15, 0.4)), float(rng.uniform(0, 60))))
