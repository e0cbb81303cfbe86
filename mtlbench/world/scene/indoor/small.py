"""Small objects on tables, shelves and the floor. The origin is at their center, z = 0 at their base."""

from __future__ import annotations

import numpy as np

from mtlbench.world.scene.indoor import materials
from mtlbench.world.scene.indoor.piece import Piece, slab
from mtlbench.world.scene.model import Lamp, Material, Part, placement
from mtlbench.world.scene.people import pedestrian
from mtlbench.world.scene.shapes import blob, box, prism, tube


def books(rng: np.random.Generator) -> Piece:
    """A stack of books."""
    parts: list[Part] = []
    z = 0.0
    for _ in range(rng.integers(2, 5)):
        thick = rng.uniform(0.025, 0.05)
        size = (rng.uniform(0.18, 0.26), rng.uniform(0.14, 0.2), thick)
        parts.append(box(size, (0, 0, z + thick / 2), materials.colored(rng)))
        z += thick
    return Piece().add('books', *parts)


def row_of_books(width: float, depth: float, height: float, rng: np.random.Generator) -> Piece:
    """Books side by side, from x = 0."""
    covers = [materials.colored(rng) for _ in range(5)]
    parts: list[Part] = []
    x = 0.0
    while True:
        thick = rng.uniform(0.025, 0.06)
        if x + thick > width:
            return Piece().add('books', *parts) if parts else Piece()
        tall, deep = height * rng.uniform(0.65, 0.92), depth * rng.uniform(0.7, 0.9)
        parts.append(slab((x, 0, 0), (x + thick * 0.96, deep, tall), covers[rng.integers(5)]))
        x += thick


def paper(rng: np.random.Generator) -> Piece:
    """A few sheets of paper."""
    count = rng.integers(1, 4)
    sheets = [box((0.21, 0.297, 0.004), (0.03 * n, 0.02 * n, 0.003 + 0.004 * n), materials.PAPER) for n in range(count)]
    return Piece().add('paper', *sheets)


def table_lamp(rng: np.random.Generator) -> Piece:
    """A lit lamp with a shade."""
    height = rng.uniform(0.35, 0.55)
    foot = tube([0.08, 0.02, 0.02], [0, 0.03, height], materials.colored(rng), 10)
    shade = tube([0.15, 0.09], [height - 0.12, height + 0.1], materials.SHADE, 12)
    return Piece().add('lamp', foot, shade)


def floor_lamp(rng: np.random.Generator) -> Piece:
    """A standing lamp that lights the ceiling."""
    height = rng.uniform(1.35, 1.7)
    foot = tube([0.15, 0.02, 0.02], [0, 0.03, height], materials.BLACK, 12)
    shade = tube([0.2, 0.13], [height - 0.2, height + 0.1], materials.SHADE, 12)
    piece = Piece().add('lamp', foot, shade)
    piece.lamps.append(Lamp((0.0, 0.0, float(height) + 0.14), (0.7, 0.55, 0.35)))
    return piece


def pillow(rng: np.random.Generator) -> Piece:
    """A cushion."""
    return cushion(rng.uniform(0.38, 0.5), rng.uniform(0.28, 0.4), materials.cloth(rng))


def cushion(width: float, depth: float, material: Material) -> Piece:
    """A thick, round-edged pillow."""
    part = prism([(-0.5, 0), (0.5, 0), (0.4, 0.12), (0, 0.16), (-0.4, 0.12)], (0.5, 0.5, 0.38, 0.3, 0.38), material)
    vertices = part.vertices * (width, depth, 1)
    return Piece().add('pillow', type(part)(vertices, part.faces, material, vertices))


def cardboard_box(rng: np.random.Generator) -> Piece:
    """A box with a strip of tape."""
    size = rng.uniform((0.25, 0.2, 0.18), (0.5, 0.4, 0.4))
    card = Material('plain', ((0.42, 0.27, 0.14),)) if rng.random() < 0.7 else materials.colored(rng)
    tape = slab((-size[0] / 2 - 0.001, -0.025, 0), (size[0] / 2 + 0.001, 0.025, size[2] + 0.002), materials.WHITE)
    return Piece().add('box', box(size, (0, 0, size[2] / 2), card), tape)


def bag(rng: np.random.Generator) -> Piece:
    """A bag with a handle, or a backpack."""
    skin = materials.cloth(rng)
    width, height = rng.uniform(0.28, 0.42), rng.uniform(0.26, 0.42)
    body = prism(
        [(-0.5, 0), (0.5, 0), (0.44, 0.7), (0.3, 1), (-0.3, 1), (-0.44, 0.7)], (0.5, 0.5, 0.42, 0.2, 0.2, 0.42), skin
    )
    vertices = body.vertices * (width, 0.2, height)
    handle = [
        slab((x - 0.012, -0.012, height), (x + 0.012, 0.012, height + 0.12), materials.BLACK) for x in (-0.07, 0.07)
    ]
    bar = slab((-0.08, -0.012, height + 0.1), (0.08, 0.012, height + 0.125), materials.BLACK)
    return Piece().add('bag', type(body)(vertices, body.faces, skin, vertices), *handle, bar)


def bottle(rng: np.random.Generator) -> Piece:
    """A bottle, a vase or a cup."""
    height, radius = rng.uniform(0.09, 0.3), rng.uniform(0.035, 0.06)
    skin = materials.colored(rng)
    return Piece().add(
        'other prop',
        tube([radius, radius, radius * 0.4, radius * 0.4], [0, height * 0.7, height * 0.85, height], skin, 10),
    )


def bin_(rng: np.random.Generator) -> Piece:
    """A waste bin."""
    height = rng.uniform(0.28, 0.45)
    return Piece().add(
        'other prop', tube([0.11, 0.15, 0.13, 0.1], [0, height, height, 0.1], materials.colored(rng), 14)
    )


def plant(rng: np.random.Generator) -> Piece:
    """A plant in a pot."""
    pot = tube([0.13, 0.17], [0, 0.3], Material('plain', ((0.4, 0.16, 0.09),)), 12)
    size = rng.uniform(0.2, 0.3)
    crown = [
        blob((size, size, size * 1.3), (*rng.normal(0, 0.04, 2), 0.35 + size * k), materials.LEAVES, rng, 1)
        for k in (1, 2)
    ]
    return Piece().add('other prop', pot, *crown)


def heap_of_clothes(rng: np.random.Generator) -> Piece:
    """A heap of dropped clothes."""
    parts = [
        blob(
            (rng.uniform(0.12, 0.22), rng.uniform(0.1, 0.18), 0.05),
            (*rng.normal(0, 0.06, 2), 0.06 + 0.03 * k),
            materials.cloth(rng),
            rng,
            1,
        )
        for k in range(rng.integers(2, 4))
    ]
    return Piece().add('clothes', *parts)


def monitor(rng: np.random.Generator) -> Piece:
    """A computer monitor on a stand."""
    width = rng.uniform(0.42, 0.6)
    panel = box((width, 0.03, width * 0.6), (0, 0, 0.12 + width * 0.3), materials.BLACK)
    screen = box((width - 0.03, 0.032, width * 0.6 - 0.03), (0, 0.001, 0.12 + width * 0.3), materials.SCREEN)
    foot = [
        box((0.05, 0.03, 0.14), (0, -0.02, 0.07), materials.BLACK),
        box((0.2, 0.14, 0.015), (0, 0, 0.008), materials.BLACK),
    ]
    return Piece().add('television', panel, screen, *foot)


def keyboard(rng: np.random.Generator) -> Piece:
    """A keyboard."""
    skin = (materials.BLACK, materials.WHITE)[rng.integers(2)]
    return Piece().add('other prop', box((0.4, 0.14, 0.02), (0, 0, 0.01), skin))


def towel_pile(rng: np.random.Generator) -> Piece:
    """Folded towels."""
    parts = [box((0.3, 0.22, 0.05), (0, 0, 0.026 + 0.052 * k), materials.cloth(rng)) for k in range(rng.integers(1, 4))]
    return Piece().add('towel', *parts)


def person(rng: np.random.Generator) -> Piece:
    """A standing person."""
    turned = placement(np.zeros(3), np.pi / 2)
    return Piece().add('person', *(part.moved(turned) for part in pedestrian(rng, walking=False)))
