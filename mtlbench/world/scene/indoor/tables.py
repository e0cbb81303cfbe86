"""Tables and desks with the objects on them."""

from __future__ import annotations

import numpy as np

from mtlbench.world.scene.indoor import materials, small
from mtlbench.world.scene.indoor.piece import Maker, Piece, legs, slab, spread

TABLE_TOP: tuple[Maker, ...] = (small.books, small.paper, small.bottle, small.bottle)
DESK_TOP: tuple[Maker, ...] = (small.books, small.paper, small.bottle, small.table_lamp, small.cardboard_box)


def some(makers: tuple[Maker, ...], count: int, rng: np.random.Generator) -> list[Maker]:
    """Return ``count`` random makers."""
    return [makers[rng.integers(len(makers))] for _ in range(count)]


def table(rng: np.random.Generator) -> Piece:
    """A dining table."""
    return _table(rng.uniform(1.1, 1.8), rng.uniform(0.75, 0.95), rng.uniform(0.7, 0.76), rng)


def coffee_table(rng: np.random.Generator) -> Piece:
    """A low table."""
    return _table(rng.uniform(0.8, 1.2), rng.uniform(0.5, 0.65), rng.uniform(0.36, 0.48), rng)


def _table(width: float, depth: float, height: float, rng: np.random.Generator) -> Piece:
    wood = materials.wooden(rng)
    top = slab((-width / 2, 0, height - 0.04), (width / 2, depth, height), wood)
    piece = Piece().add('table', top, *legs(width, depth, height - 0.04, wood, 0.06))
    return spread(piece, some(TABLE_TOP, int(rng.integers(1, 4)), rng), width, depth / 2, height, rng)


def desk(rng: np.random.Generator) -> Piece:
    """A desk with drawers, a monitor at the back, and papers in front."""
    wood, width, depth, height = materials.wooden(rng), rng.uniform(1.1, 1.6), rng.uniform(0.62, 0.75), 0.74
    top = slab((-width / 2, 0, height - 0.04), (width / 2, depth, height), wood)
    chest = slab((width / 2 - 0.42, 0.02, 0.05), (width / 2 - 0.02, depth - 0.03, height - 0.04), wood)
    drawers = [
        slab((width / 2 - 0.4, depth - 0.03, z), (width / 2 - 0.04, depth - 0.012, z + 0.18), materials.wooden(rng))
        for z in (0.08, 0.29, 0.5)
    ]
    side = slab((-width / 2, 0.02, 0), (-width / 2 + 0.04, depth - 0.02, height - 0.04), wood)
    piece = Piece().add(
        'desk',
        top,
        chest,
        *drawers,
        side,
        slab((width / 2 - 0.4, 0.05, 0), (width / 2 - 0.04, depth - 0.06, 0.05), wood),
    )
    back: list[Maker] = [small.monitor, *some(DESK_TOP, 2, rng)]
    spread(piece, [back[n] for n in rng.permutation(3)], width, depth * 0.3, height, rng)
    front: list[Maker] = [small.paper, small.keyboard, small.bottle]
    return spread(piece, [front[n] for n in rng.permutation(3)], width * 0.9, depth * 0.75, height, rng)


def night_stand(rng: np.random.Generator) -> Piece:
    """A small chest beside a bed, with a lamp or books."""
    width, depth, height, wood = rng.uniform(0.4, 0.5), 0.4, rng.uniform(0.48, 0.6), materials.wooden(rng)
    body = slab((-width / 2, 0, 0.1), (width / 2, depth, height), wood)
    fronts = [
        slab((-width / 2 + 0.02, depth, z), (width / 2 - 0.02, depth + 0.012, z + height * 0.33), materials.wooden(rng))
        for z in (0.13, 0.15 + height * 0.36)
    ]
    piece = Piece().add('night stand', body, *fronts, *legs(width, depth, 0.1, wood))
    return spread(
        piece, [(small.table_lamp, small.table_lamp, small.books)[rng.integers(3)]], width, depth / 2, height, rng
    )
