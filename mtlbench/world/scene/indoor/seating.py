"""Chairs, sofas and beds."""

from __future__ import annotations

import numpy as np

from mtlbench.world.scene.indoor import materials
from mtlbench.world.scene.indoor.piece import Piece, legs, round_post, slab
from mtlbench.world.scene.indoor.small import cushion
from mtlbench.world.scene.shapes import box


def chair(rng: np.random.Generator) -> Piece:
    """A chair with four legs and a back."""
    wood, seat = materials.wooden(rng), materials.cloth(rng)
    width, depth, height = rng.uniform(0.4, 0.48), rng.uniform(0.42, 0.48), rng.uniform(0.43, 0.48)
    top = height + rng.uniform(0.4, 0.55)
    posts = [box((0.04, 0.04, top), (side * (width / 2 - 0.02), 0.02, top / 2), wood) for side in (-1, 1)]
    bars = [slab((-width / 2, 0.005, z), (width / 2, 0.035, z + 0.09), wood) for z in (top - 0.1, top - 0.28)]
    plate = slab((-width / 2, 0, height - 0.05), (width / 2, depth, height), seat)
    return Piece().add('chair', *legs(width, depth, height - 0.05, wood, 0.04), *posts, *bars, plate)


def office_chair(rng: np.random.Generator) -> Piece:
    """A swivel chair on a star of five feet."""
    skin = materials.cloth(rng)
    feet = []
    for angle in 2 * np.pi * np.arange(5) / 5:
        x, y = 0.24 * np.cos(angle), 0.24 * np.sin(angle)
        feet += [
            round_post(0.03, 0, 0.08, (x, y + 0.25), materials.BLACK),
            box((0.05, 0.05, 0.04), (x / 2, y / 2 + 0.25, 0.08), materials.BLACK),
        ]
    stem = round_post(0.03, 0.06, 0.44, (0, 0.25), materials.STEEL)
    seat = slab((-0.24, 0.04, 0.44), (0.24, 0.5, 0.52), skin)
    back = slab((-0.22, 0.0, 0.58), (0.22, 0.07, 1.0), skin)
    bar = slab((-0.03, 0.01, 0.46), (0.03, 0.05, 0.62), materials.BLACK)
    return Piece().add('chair', *feet, stem, seat, back, bar)


def stool(rng: np.random.Generator) -> Piece:
    """A round stool or a square pouffe."""
    height = rng.uniform(0.36, 0.48)
    if rng.random() < 0.5:
        return Piece().add('other furniture', slab((-0.25, 0, 0.0), (0.25, 0.5, height), materials.cloth(rng)))
    seat = round_post(0.18, height - 0.05, height, (0, 0.2), materials.cloth(rng))
    feet = [
        box((0.035, 0.035, height - 0.05), (x, 0.2 + y, height / 2 - 0.025), materials.wooden(rng))
        for x in (-0.1, 0.1)
        for y in (-0.1, 0.1)
    ]
    return Piece().add('other furniture', seat, *feet)


def sofa(rng: np.random.Generator) -> Piece:
    """A sofa or an armchair, with cushions."""
    seats, skin = int(rng.integers(1, 4)), materials.cloth(rng)
    width, depth, high = 0.62 * seats + 0.36, rng.uniform(0.85, 0.95), rng.uniform(0.75, 0.9)
    x = width / 2
    parts = [
        slab((-x, 0, 0.08), (x, depth, 0.3), skin),
        slab((-x, 0, 0.3), (x, 0.22, high), skin),
        *(slab((s * x - 0.09 - s * 0.09, 0.0, 0.08), (s * x + 0.09 - s * 0.09, depth, 0.62), skin) for s in (-1, 1)),
        *(
            slab((-x + 0.19 + 0.62 * n, 0.22, 0.3), (-x + 0.79 + 0.62 * n, depth + 0.02, 0.45), skin)
            for n in range(seats)
        ),
        *legs(width, depth, 0.08, materials.BLACK, 0.06),
    ]
    piece = Piece().add('sofa', *parts)
    for n in range(seats):
        if rng.random() < 0.6:
            piece.join(cushion(0.4, 0.3, materials.cloth(rng)), (-x + 0.49 + 0.62 * n, 0.42, 0.45))
    return piece


def bed(rng: np.random.Generator) -> Piece:
    """A bed with a headboard at the wall."""
    wood, sheet, cover = materials.wooden(rng), materials.WHITE, materials.cloth(rng)
    width, length, high = rng.choice([0.95, 1.4, 1.8]), rng.uniform(1.95, 2.1), rng.uniform(0.42, 0.55)
    x = width / 2
    parts = [
        slab((-x, 0, 0), (x, 0.06, high + rng.uniform(0.3, 0.6)), wood),
        slab((-x, 0.06, 0.12), (x, length, high - 0.18), wood),
        slab((-x + 0.02, 0.06, high - 0.18), (x - 0.02, length - 0.02, high), sheet),
        slab((-x - 0.01, 0.65, high - 0.3), (x + 0.01, length + 0.01, high + 0.05), cover),
        *legs(width, length, 0.12, wood, 0.08),
    ]
    piece = Piece().add('bed', *parts)
    pillows = 1 if width < 1.2 else 2
    skin = materials.cloth(rng) if rng.random() < 0.5 else materials.WHITE
    for n in range(pillows):
        piece.join(cushion(0.62, 0.4, skin), ((n - (pillows - 1) / 2) * width / 2, 0.32, high))
    return piece
