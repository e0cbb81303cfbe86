"""Objects that hang on walls or are set into them. z = 0 is the lower edge, y = 0 the wall."""

from __future__ import annotations

import numpy as np

from mtlbench.world.scene.indoor import materials
from mtlbench.world.scene.indoor.piece import Piece, slab
from mtlbench.world.scene.model import Lamp, Material, Part


def frame(width: float, height: float, bar: float, thick: float, material: Material) -> list[Part]:
    """Four bars around a rectangle of ``width`` x ``height``."""
    x = width / 2
    return [
        slab((-x - bar, 0, -bar), (x + bar, thick, 0), material),
        slab((-x - bar, 0, height), (x + bar, thick, height + bar), material),
        slab((-x - bar, 0, 0), (-x, thick, height), material),
        slab((x, 0, 0), (x + bar, thick, height), material),
    ]


def door(rng: np.random.Generator) -> Piece:
    """A door in its frame, with panels and a handle."""
    width, height, skin = rng.uniform(0.8, 0.95), rng.uniform(1.98, 2.08), materials.upright(materials.wooden(rng))
    case = frame(width, height, 0.08, 0.05, skin)[1:]
    leaf = slab((-width / 2, 0, 0), (width / 2, 0.02, height), skin)
    panels = [
        slab((-width * 0.36, 0.02, low), (width * 0.36, 0.03, high), skin) for low, high in ((0.2, 0.9), (1.1, 1.85))
    ]
    handle = slab((width / 2 - 0.16, 0.02, 1.0), (width / 2 - 0.05, 0.07, 1.03), materials.STEEL)
    return Piece().add('door', *case, leaf, *panels, handle)


def window(rng: np.random.Generator) -> Piece:
    """A window with a bar in the middle and a sill, sometimes with curtains or blinds."""
    width, height = rng.uniform(0.9, 1.8), rng.uniform(1.0, 1.35)
    view = Material(
        'outdoors', ((1.6, 1.75, 1.95), (0.12, 0.22, 0.07)), (float(rng.uniform(0.1, 0.4)), float(rng.uniform(0, 40)))
    )
    pane = slab((-width / 2, 0, 0), (width / 2, 0.01, height), view)
    bars = [slab((-0.02, 0.01, 0), (0.02, 0.03, height), materials.WHITE)]
    sill = slab((-width / 2 - 0.12, 0, -0.09), (width / 2 + 0.12, 0.12, -0.06), materials.WHITE)
    piece = Piece().add('window', pane, *bars, *frame(width, height, 0.06, 0.04, materials.WHITE), sill)
    piece.lamps.append(Lamp((0.0, 0.45, float(height) * 0.6), (0.7, 0.83, 1.0), 0.5))
    kind = rng.random()
    if kind < 0.45:
        _curtains(piece, width, height, rng)
    elif kind < 0.75:
        _blinds(piece, width, height, rng)
    return piece


def _curtains(piece: Piece, width: float, height: float, rng: np.random.Generator) -> None:
    skin, drop = materials.drapery(rng), rng.uniform(0.2, 0.7)
    for side in (-1, 1):
        x, wide = side * (width / 2 + 0.05), width * 0.25
        piece.add('curtain', slab((x - wide / 2, 0.06, -drop), (x + wide / 2, 0.1, height + 0.14), skin))
    piece.add(
        'other prop',
        slab((-width * 0.5 - 0.35, 0.06, height + 0.14), (width * 0.5 + 0.35, 0.09, height + 0.17), materials.BLACK),
    )


def _blinds(piece: Piece, width: float, height: float, rng: np.random.Generator) -> None:
    low = height * rng.uniform(0.1, 0.6)
    slats = [
        slab((-width / 2, 0.05, z), (width / 2, 0.075, z + 0.03), materials.WHITE)
        for z in np.arange(low, height, 0.045)
    ]
    piece.add('blinds', *slats, slab((-width / 2, 0.045, height), (width / 2, 0.09, height + 0.05), materials.WHITE))


def picture(rng: np.random.Generator) -> Piece:
    """A framed painting."""
    width, height = rng.uniform(0.3, 0.9), rng.uniform(0.3, 0.7)
    skin = (materials.BLACK, materials.wooden(rng))[rng.integers(2)]
    image = slab((-width / 2, 0, 0), (width / 2, 0.012, height), materials.artwork(rng))
    return Piece().add('picture', image, *frame(width, height, 0.03, 0.025, skin))


def mirror(rng: np.random.Generator) -> Piece:
    """A framed mirror, which reflects little more than light."""
    width, height = rng.uniform(0.45, 0.8), rng.uniform(0.6, 0.9)
    return Piece().add(
        'mirror',
        slab((-width / 2, 0, 0), (width / 2, 0.012, height), materials.GLASS),
        *frame(width, height, 0.035, 0.03, materials.wooden(rng)),
    )


def whiteboard(rng: np.random.Generator) -> Piece:
    """A whiteboard with writing, and a tray."""
    width, height = rng.uniform(1.4, 2.6), rng.uniform(0.9, 1.2)
    face = Material('printed', ((0.82, 0.83, 0.84), (0.1, 0.12, 0.35)), (0.16,))
    tray = slab((-width / 2, 0.02, -0.06), (width / 2, 0.09, -0.04), materials.STEEL)
    return Piece().add(
        'whiteboard',
        slab((-width / 2, 0, 0), (width / 2, 0.015, height), face),
        *frame(width, height, 0.03, 0.02, materials.STEEL),
        tray,
    )


def television(rng: np.random.Generator) -> Piece:
    """A flat television on the wall."""
    width = rng.uniform(0.9, 1.4)
    height = width * 0.57
    back = slab((-width / 2, 0, 0), (width / 2, 0.06, height), materials.BLACK)
    return Piece().add(
        'television',
        back,
        slab((-width / 2 + 0.02, 0.06, 0.02), (width / 2 - 0.02, 0.063, height - 0.02), materials.SCREEN),
    )


def notes(rng: np.random.Generator) -> Piece:
    """Sheets of paper on the wall."""
    sheets = [
        slab((0.28 * n - 0.4, 0, 0.04 * (n % 2)), (0.28 * n - 0.19, 0.004, 0.3 + 0.04 * (n % 2)), materials.PAPER)
        for n in range(rng.integers(1, 4))
    ]
    return Piece().add('paper', *sheets)


def coat_hooks(rng: np.random.Generator) -> Piece:
    """Clothes on hooks."""
    piece = Piece().add('other prop', slab((-0.4, 0, 0.95), (0.4, 0.03, 1.05), materials.wooden(rng)))
    for x in (-0.25, 0.02, 0.28)[: rng.integers(1, 4)]:
        piece.add('clothes', slab((x - 0.12, 0.03, rng.uniform(0, 0.4)), (x + 0.12, 0.13, 1.0), materials.drapery(rng)))
    return piece


def radiator(rng: np.random.Generator) -> Piece:
    """A radiator."""
    width = rng.uniform(0.7, 1.3)
    ribs = [
        slab((x, 0.05, 0), (x + 0.05, 0.13, 0.55), materials.WHITE) for x in np.arange(-width / 2, width / 2, 0.075)
    ]
    bars = [slab((-width / 2, 0.0, z), (width / 2, 0.09, z + 0.04), materials.WHITE) for z in (0.05, 0.46)]
    return Piece().add('other structure', *ribs, *bars)


def ceiling_lamp(rng: np.random.Generator) -> Piece:
    """A flat lamp below the ceiling at z = 0."""
    size = rng.uniform(0.15, 0.25)
    piece = Piece().add('lamp', slab((-size, -size, -0.08), (size, size, 0), Material('glow', ((0.95, 0.92, 0.85),))))
    piece.lamps.append(Lamp((0.0, 0.0, -0.14), (2.1, 1.9, 1.6)))
    return piece
