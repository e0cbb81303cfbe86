"""Cabinets, shelves, dressers, refrigerators and counters."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from mtlbench.world.scene.indoor import materials, small
from mtlbench.world.scene.indoor.piece import Maker, Piece, legs, slab, spread
from mtlbench.world.scene.indoor.tables import some
from mtlbench.world.scene.model import Material, Part

SHELF_TOP: tuple[Maker, ...] = (small.books, small.bottle, small.cardboard_box, small.bottle)


def fronts(width: float, depth: float, low: float, high: float, columns: int, rows: int, skin: Material) -> list[Part]:
    """Doors or drawers with handles, in front of a body of that width and depth."""
    parts = []
    wide, tall = width / columns, (high - low) / rows
    for column in range(columns):
        for row in range(rows):
            x, z = -width / 2 + column * wide, low + row * tall
            parts.append(slab((x + 0.008, depth, z + 0.008), (x + wide - 0.008, depth + 0.018, z + tall - 0.008), skin))
            middle, level = x + wide / 2, z + tall * (0.8 if tall < 0.5 else 0.5)
            parts.append(
                slab(
                    (middle - 0.06, depth + 0.018, level), (middle + 0.06, depth + 0.04, level + 0.02), materials.STEEL
                )
            )
    return parts


def cabinet(rng: np.random.Generator) -> Piece:
    """A wardrobe or a low cabinet."""
    wood, tall = materials.upright(materials.wooden(rng)), rng.random() < 0.5
    width, depth = rng.uniform(0.8, 1.6), rng.uniform(0.4, 0.6)
    height = rng.uniform(1.8, 2.1) if tall else rng.uniform(0.7, 1.0)
    skin = wood if rng.random() < 0.5 else materials.upright(materials.wooden(rng))
    doors = fronts(width, depth, 0.08, height - 0.03, int(rng.integers(2, 4)), 1, skin)
    piece = Piece().add('cabinet', slab((-width / 2, 0, 0), (width / 2, depth, height), wood), *doors)
    return piece if tall else spread(piece, some(SHELF_TOP, 2, rng), width, depth / 2, height, rng)


def dresser(rng: np.random.Generator) -> Piece:
    """A chest of drawers."""
    wood, width, depth, height = materials.wooden(rng), rng.uniform(0.9, 1.4), 0.48, rng.uniform(0.75, 1.0)
    body = slab((-width / 2, 0, 0.1), (width / 2, depth, height), wood)
    drawers = fronts(width, depth, 0.12, height - 0.03, 2, int(rng.integers(3, 5)), materials.wooden(rng))
    piece = Piece().add('dresser', body, *drawers, *legs(width, depth, 0.1, wood))
    return spread(piece, some((small.table_lamp, small.bottle, small.books), 2, rng), width, depth / 2, height, rng)


def bookshelf(rng: np.random.Generator) -> Piece:
    """A bookshelf with more or fewer books."""
    wood, width, depth, height = materials.wooden(rng), rng.uniform(0.7, 1.2), 0.3, rng.uniform(1.4, 2.0)
    x, levels = width / 2, int(rng.integers(4, 6))
    frame = [slab((s * x - 0.015, 0, 0), (s * x + 0.015, depth, height), wood) for s in (-1, 1)]
    heights = np.linspace(0.06, height, levels + 1)
    boards = [slab((-x, 0, z - 0.025), (x, depth, z), wood) for z in heights]
    piece = Piece().add('bookshelf', *frame, *boards, slab((-x, 0, 0), (x, 0.012, height), wood))
    for low, high in pairwise(heights):
        wide = (width - 0.08) * rng.uniform(0.45, 1)
        piece.join(small.row_of_books(wide, depth - 0.03, high - low - 0.03, rng), (-x + 0.03, 0.013, low))
    return piece


def shelves(rng: np.random.Generator) -> Piece:
    """An open rack of boards on posts."""
    wood, width, depth, height = materials.wooden(rng), rng.uniform(0.8, 1.3), 0.38, rng.uniform(1.2, 1.8)
    posts = legs(width, depth, height, materials.STEEL, 0.035)
    heights = np.linspace(0.25, height, 4)
    piece = Piece().add(
        'shelves', *posts, *(slab((-width / 2, 0, z - 0.03), (width / 2, depth, z), wood) for z in heights)
    )
    for z in heights:
        spread(piece, some((*SHELF_TOP, small.towel_pile), 3, rng), width - 0.08, depth / 2, z, rng)
    return piece


def wall_shelf(rng: np.random.Generator) -> Piece:
    """A wall-mounted board with a few books."""
    width = rng.uniform(0.7, 1.2)
    piece = Piece().add('shelves', slab((-width / 2, 0, 0), (width / 2, 0.22, 0.03), materials.wooden(rng)))
    piece.join(small.row_of_books(width * rng.uniform(0.3, 0.6), 0.2, 0.26, rng), (-width / 2 + 0.02, 0.0, 0.03))
    return piece


def wall_cabinet(rng: np.random.Generator) -> Piece:
    """Wall-mounted kitchen cabinets."""
    width, height, skin = rng.uniform(1.2, 2.2), rng.uniform(0.55, 0.7), materials.upright(materials.wooden(rng))
    body = slab((-width / 2, 0, 0), (width / 2, 0.32, height), skin)
    return Piece().add('cabinet', body, *fronts(width, 0.32, 0.0, height, 4, 1, skin))


def refrigerator(rng: np.random.Generator) -> Piece:
    """A refrigerator with two doors, sometimes with a note on it."""
    skin, height = (materials.WHITE, materials.STEEL)[rng.integers(2)], rng.uniform(1.5, 1.85)
    body = slab((-0.32, 0, 0.02), (0.32, 0.6, height), skin)
    doors = [slab((-0.32, 0.61, low), (0.32, 0.65, high), skin) for low, high in ((0.06, 1.05), (1.07, height))]
    handles = [slab((0.24, 0.65, z), (0.265, 0.69, z + 0.3), materials.STEEL) for z in (0.7, 1.12)]
    piece = Piece().add(
        'refrigerator', body, *doors, *handles, slab((-0.3, 0.05, 0), (0.3, 0.58, 0.02), materials.BLACK)
    )
    if rng.random() < 0.6:
        piece.add('paper', slab((-0.2, 0.65, 1.2), (0.01, 0.653, 1.48), materials.PAPER))
    return piece


def counter(rng: np.random.Generator) -> Piece:
    """A kitchen counter on cabinets, with a sink and objects on top."""
    width, depth, skin = rng.uniform(1.8, 2.8), 0.6, materials.upright(materials.wooden(rng))
    stone = Material('carpet', (((0.5, 0.49, 0.47), (0.14, 0.14, 0.15))[rng.integers(2)],), gloss=0.03)
    piece = Piece().add('counter', slab((-width / 2, 0, 0.86), (width / 2, depth + 0.03, 0.9), stone))
    body = slab((-width / 2, 0, 0), (width / 2, depth - 0.02, 0.86), skin)
    piece.add('cabinet', body, *fronts(width, depth - 0.02, 0.1, 0.85, round(width / 0.5), 1, skin))
    x = rng.uniform(-0.2, 0.2) * width
    basin = [
        slab((x - 0.28, 0.12, 0.9), (x + 0.28, 0.5, 0.912), materials.STEEL),
        slab((x - 0.24, 0.16, 0.9), (x + 0.24, 0.46, 0.914), materials.BLACK),
    ]
    tap = [
        slab((x - 0.015, 0.07, 0.9), (x + 0.015, 0.1, 1.15), materials.STEEL),
        slab((x - 0.015, 0.07, 1.13), (x + 0.015, 0.26, 1.16), materials.STEEL),
    ]
    piece.add('sink', *basin, *tap)
    room = width / 2 - abs(x) - 0.3
    side = -np.sign(x) or 1.0
    other = spread(
        Piece(), some((small.bottle, small.cardboard_box, small.bottle, small.towel_pile), 3, rng), room, 0.3, 0, rng
    )
    return piece.join(other, (side * (width / 2 - room / 2), 0, 0.9))
