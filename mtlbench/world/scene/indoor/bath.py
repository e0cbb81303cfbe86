"""Bathrooms."""

from __future__ import annotations

import numpy as np

from mtlbench.world.scene.indoor import materials
from mtlbench.world.scene.indoor.piece import Piece, round_post, slab
from mtlbench.world.scene.shapes import shifted, tube


def toilet(rng: np.random.Generator) -> Piece:
    """A toilet with its tank at the wall."""
    bowl = shifted(tube([0.12, 0.13, 0.2, 0.2], [0, 0.2, 0.36, 0.4], materials.CERAMIC, 16), (0, 0.42, 0))
    lid = shifted(tube([0.2, 0.2], [0.405, 0.43], materials.WHITE, 16), (0, 0.42, 0))
    tank = slab((-0.2, 0, 0.38), (0.2, 0.2, 0.78), materials.CERAMIC)
    neck = slab((-0.12, 0.0, 0), (0.12, 0.36, 0.38), materials.CERAMIC)
    button = round_post(0.03, 0.78, 0.79, (0, 0.1), materials.STEEL)
    return Piece().add('toilet', bowl, lid, tank, neck, button)


def wash_basin(rng: np.random.Generator) -> Piece:
    """A sink on a pedestal."""
    foot = round_post(0.09, 0, 0.75, (0, 0.2), materials.CERAMIC)
    rim = slab((-0.3, 0, 0.74), (0.3, 0.46, 0.86), materials.CERAMIC)
    bowl = slab((-0.22, 0.12, 0.855), (0.22, 0.4, 0.863), materials.STEEL)
    tap = [
        slab((-0.015, 0.03, 0.86), (0.015, 0.06, 1.0), materials.STEEL),
        slab((-0.015, 0.03, 0.98), (0.015, 0.17, 1.01), materials.STEEL),
    ]
    return Piece().add('sink', foot, rim, bowl, *tap)


def bathtub(rng: np.random.Generator) -> Piece:
    """A bathtub along the wall, often behind a shower curtain on a rail."""
    length, depth, high = rng.uniform(1.5, 1.75), 0.75, 0.55
    x = length / 2
    rims = [
        slab((-x, 0, 0), (x, 0.08, high), materials.CERAMIC),
        slab((-x, depth - 0.08, 0), (x, depth, high), materials.CERAMIC),
        slab((-x, 0.08, 0), (-x + 0.12, depth - 0.08, high), materials.CERAMIC),
        slab((x - 0.12, 0.08, 0), (x, depth - 0.08, high), materials.CERAMIC),
        slab((-x + 0.12, 0.08, 0), (x - 0.12, depth - 0.08, 0.15), materials.CERAMIC),
    ]
    piece = Piece().add('bathtub', *rims)
    if rng.random() < 0.7:
        wide = length * rng.uniform(0.3, 0.6)
        rail = slab((-x, depth + 0.005, 1.98), (x, depth + 0.03, 2.0), materials.STEEL)
        holders = [slab((s * x - 0.012, 0, 1.98), (s * x + 0.012, depth + 0.03, 2.0), materials.STEEL) for s in (-1, 1)]
        piece.add(
            'shower curtain', slab((-x, depth + 0.005, 0.25), (-x + wide, depth + 0.025, 1.98), materials.drapery(rng))
        )
        piece.add('other structure', rail, *holders)
    return piece


def towel_rail(rng: np.random.Generator) -> Piece:
    """Towels on a rail at the wall."""
    piece = Piece().add('other prop', slab((-0.35, 0.03, 0.6), (0.35, 0.05, 0.62), materials.STEEL))
    for x in (-0.18, 0.18)[: rng.integers(1, 3)]:
        piece.add('towel', slab((x - 0.15, 0.0, rng.uniform(0, 0.25)), (x + 0.15, 0.03, 0.62), materials.cloth(rng)))
    return piece


def bath_mat(rng: np.random.Generator) -> Piece:
    """A small mat."""
    return Piece().add('floor mat', slab((-0.4, 0, 0), (0.4, 0.5, 0.015), materials.rug(rng)))


def carpet(rng: np.random.Generator) -> Piece:
    """A large mat."""
    width, depth = rng.uniform(1.4, 2.2), rng.uniform(1.0, 1.6)
    return Piece().add('floor mat', slab((-width / 2, 0, 0), (width / 2, depth, 0.012), materials.rug(rng)))
