"""Buildings, plants and street furniture. The origin is on the ground; x along the road, y to its left, z up."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from mtlbench.world.scene.model import Color, Material, Part
from mtlbench.world.scene.shapes import blob, box, prism, solid, tube, wheel

STEEL = Material('plain', ((0.3, 0.31, 0.32),), gloss=0.05)
GREEN_STEEL = Material('plain', ((0.06, 0.12, 0.09),))
BLACK = Material('plain', ((0.02, 0.02, 0.02),))
WHITE = Material('plain', ((0.85, 0.85, 0.85),))
RED = Material('plain', ((0.6, 0.03, 0.04),))
BLUE = Material('plain', ((0.03, 0.12, 0.5),))
YELLOW = Material('plain', ((0.75, 0.5, 0.03),))
LAMPS = tuple(Material('glow', (c,)) for c in ((0.9, 0.05, 0.03), (0.8, 0.45, 0.03), (0.05, 0.75, 0.25)))
WALLS: tuple[Color, ...] = (
    (0.55, 0.48, 0.38), (0.4, 0.18, 0.12), (0.6, 0.58, 0.55), (0.35, 0.34, 0.33), (0.62, 0.5, 0.25), (0.5, 0.35, 0.3),
    (0.3, 0.38, 0.42), (0.45, 0.5, 0.4),
)  # fmt: skip
LEAVES: tuple[Color, ...] = ((0.06, 0.13, 0.03), (0.1, 0.15, 0.03), (0.17, 0.14, 0.03))


def tint(color: Color, rng: np.random.Generator, spread: float = 0.25) -> Color:
    """Return a random color near a given one."""
    varied = np.asarray(color) * rng.uniform(1 - spread, 1 + spread) * rng.uniform(1 - spread / 3, 1 + spread / 3, 3)
    red, green, blue = (float(v) for v in np.clip(varied, 0, 1))
    return red, green, blue


def building(
    length: float, depth: float, floors: int, rng: np.random.Generator, walls: Sequence[Color] = WALLS
) -> tuple[Part, ...]:
    """A house with rows of windows, and a flat or a gabled roof."""
    storey = float(rng.uniform(2.9, 3.6))
    top = floors * storey + 0.4
    wall = tint(walls[int(rng.integers(len(walls)))], rng)
    params = (float(rng.uniform(2.2, 3.6)), storey, float(rng.uniform(0.35, 0.6)), float(rng.uniform(0.4, 0.6)))
    facade = Material('facade', (wall, tint((0.05, 0.07, 0.1), rng), tint((0.5, 0.48, 0.45), rng)), params)
    roof = Material('tiles', (tint(((0.3, 0.1, 0.07), (0.12, 0.12, 0.13))[rng.integers(2)], rng),), (0.4,))
    parts = [_walls(length, depth, top, facade)]
    if floors <= 4 and rng.random() < 0.7:
        ridge = top + depth * rng.uniform(0.25, 0.45)
        gable = prism([(-depth / 2 - 0.4, top - 0.1), (depth / 2 + 0.4, top - 0.1), (0, ridge)], length / 2 + 0.2, roof)
        parts.append(solid(gable.vertices[:, [1, 0, 2]], gable.faces, roof))
        parts.append(box((0.8, 0.8, 1.6), (length * 0.25, depth * 0.15, ridge), Material('plain', (wall,))))
    else:
        parts.append(box((length + 0.5, depth + 0.5, 0.5), (0, 0, top), roof))
    return tuple(parts)


def _walls(length: float, depth: float, top: float, facade: Material) -> Part:
    """Four walls that extend below the ground; texture (way around the house, height, 0)."""
    corners = np.array([(-1, -1), (1, -1), (1, 1), (-1, 1), (-1, -1)]) * (length / 2, depth / 2)
    way = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(corners, axis=0), axis=1))])
    vertices = [(*corner, z) for z in (-6.0, top) for corner in corners]
    coords = np.array([(w, z, 0.0) for z in (-6.0, top) for w in way])
    faces = [f for i in range(4) for f in ((i, i + 1, i + 6), (i, i + 6, i + 5))]
    return Part(np.array(vertices), np.array(faces), facade, coords)


def broadleaf(rng: np.random.Generator, detail: int = 2, leaves: Sequence[Color] = LEAVES) -> tuple[Part, ...]:
    """A tree with a round crown."""
    height, spread = rng.uniform(5, 11), rng.uniform(1.6, 3.2)
    bark = Material('bark', (tint((0.14, 0.1, 0.07), rng),))
    foliage = Material('foliage', (tint(leaves[int(rng.integers(len(leaves)))], rng),))
    trunk = tube([0.24, 0.16, 0.1], [-0.5, height * 0.4, height * 0.7], bark, 7)
    crowns = [
        blob(
            np.array((1, 1, 0.8)) * spread * rng.uniform(0.55, 0.9),
            (*(rng.normal(0, 0.4, 2) * spread), height * rng.uniform(0.5, 0.85)),
            foliage,
            rng,
            detail,
        )
        for _ in range(rng.integers(3, 6))
    ]
    return (trunk, *crowns)


def conifer(rng: np.random.Generator) -> tuple[Part, ...]:
    """A tree made of cones."""
    height, spread = rng.uniform(7, 15), rng.uniform(1.5, 2.6)
    needles = Material('foliage', (tint((0.035, 0.085, 0.035), rng),))
    trunk = tube([0.25, 0.08], [-0.5, height * 0.9], Material('bark', (tint((0.12, 0.08, 0.06), rng),)), 6)
    tiers = 5
    cones = []
    for tier in range(tiers):
        low = height * (0.12 + 0.8 * tier / tiers)
        radius = spread * (1 - tier / (tiers + 0.5)) * rng.uniform(0.85, 1.1)
        cones.append(tube([radius, radius * 0.5, 0.02], [low, low + height * 0.12, low + height * 0.26], needles, 9))
    return (trunk, *cones)


def bush(rng: np.random.Generator) -> tuple[Part, ...]:
    """Several rough balls of leaves."""
    leaves = Material(
        'foliage', (tint(((0.12, 0.2, 0.04), (0.07, 0.14, 0.05), (0.2, 0.18, 0.05))[rng.integers(3)], rng),)
    )
    size = rng.uniform(0.5, 1.1)
    shape = np.array((1, 1, 0.85)) * size
    balls = range(rng.integers(2, 5))
    spots = [(*rng.normal(0, size * 0.8, 2), size * 0.45) for _ in balls]
    return tuple(blob(shape * rng.uniform(0.7, 1.1), spot, leaves, rng, 1) for spot in spots)


def hedge(length: float, rng: np.random.Generator) -> tuple[Part, ...]:
    """A long, trimmed row of leaves."""
    leaves = Material('foliage', (tint((0.08, 0.16, 0.04), rng),))
    height = rng.uniform(0.9, 1.8)
    steps = np.arange(-length / 2, length / 2, 0.9)
    return tuple(blob((0.75, 0.55, height * 0.6), (x, 0, height * 0.45), leaves, rng, 1) for x in steps)


def lamp_post(rng: np.random.Generator) -> tuple[Part, ...]:
    """A street lamp with an arm to the left."""
    height = rng.uniform(5.5, 8)
    mast = tube([0.12, 0.09, 0.06], [-0.3, 1.2, height], (STEEL, GREEN_STEEL)[rng.integers(2)], 8)
    return (
        mast,
        box((0.08, 1.6, 0.08), (0, 0.7, height), STEEL),
        box((0.25, 0.6, 0.12), (0, 1.4, height - 0.06), WHITE),
    )


def wooden_pole(rng: np.random.Generator) -> tuple[Part, ...]:
    """A utility pole."""
    wood = Material('bark', (tint((0.2, 0.15, 0.1), rng),))
    height = rng.uniform(7, 9)
    return tube([0.16, 0.11], [-0.5, height], wood, 8), box((0.12, 1.8, 0.12), (0, 0, height - 0.7), wood)


def post(height: float) -> Part:
    """The thin post of a sign or a light."""
    return tube([0.06, 0.06], [-0.3, height], STEEL, 8)


def sign(height: float, rng: np.random.Generator) -> tuple[Part, ...]:
    """A traffic sign facing negative x: round, triangular, square, or a rhombus."""
    rim, face = ((RED, WHITE), (BLUE, WHITE), (WHITE, YELLOW), (BLUE, BLUE), (RED, RED))[rng.integers(5)]
    corners, turn = ((16, 0.0), (3, 0.0), (4, np.pi / 4), (4, 0.0))[rng.integers(4)]
    radius = rng.uniform(0.4, 0.55)
    return (_plate(corners, turn, radius, 0.04, height, rim), _plate(corners, turn, radius * 0.72, 0.055, height, face))


def board(height: float, rng: np.random.Generator) -> tuple[Part, ...]:
    """A large board over or beside the road."""
    face = (BLUE, GREEN_STEEL, YELLOW)[rng.integers(3)]
    width, tall = rng.uniform(2, 3.4), rng.uniform(1.2, 1.8)
    lines = [box((0.03, width * 0.6, 0.14), (-0.05, 0, height + k * tall * 0.25), WHITE) for k in (-1, 0, 1)]
    return (box((0.06, width, tall), (0, 0, height), face), *lines)


def _plate(corners: int, turn: float, radius: float, thickness: float, height: float, material: Material) -> Part:
    angle = turn + np.pi / 2 + 2 * np.pi * np.arange(corners) / corners
    outline = np.column_stack([np.cos(angle), np.sin(angle)]) * radius
    plate = prism(outline, thickness / 2, material)
    return solid(plate.vertices[:, [1, 0, 2]] + (-0.09, 0, height), plate.faces, material)


def traffic_light(height: float, rng: np.random.Generator) -> tuple[Part, ...]:
    """A traffic light facing negative x: a case with three lamps, one of them lit."""
    lit = rng.integers(3)
    lamps = []
    for index, z in enumerate((0.36, 0.0, -0.36)):
        material = LAMPS[index] if index == lit else Material('plain', (tint(LAMPS[index].colors[0], rng, 0.1),))
        disc = wheel(0.14, 0.06, (0, 0, 0), material)
        lamps.append(solid(disc.vertices[:, [1, 0, 2]] + (-0.2, 0, height + z), disc.faces, material))
    return (box((0.34, 0.42, 1.2), (0, 0, height), BLACK), *lamps)


def clutter(rng: np.random.Generator) -> tuple[Part, ...]:
    """A bin, a bench, a crate, a kiosk or an advertising column."""
    kind = rng.integers(5)
    color = Material('paint', (tint(((0.05, 0.2, 0.08), (0.35, 0.3, 0.25), (0.1, 0.15, 0.35))[rng.integers(3)], rng),))
    wood = Material('planks', (tint((0.25, 0.15, 0.08), rng), (0.08, 0.05, 0.03)), (0.15,))
    if kind == 0:
        return tube([0.3, 0.34], [0, 1.0], color, 10), tube([0.36, 0.3], [1.0, 1.08], BLACK, 10)
    if kind == 1:
        legs = [box((0.1, 0.4, 0.45), (x, 0, 0.22), STEEL) for x in (-0.7, 0.7)]
        return box((1.7, 0.45, 0.08), (0, 0, 0.45), wood), box((1.7, 0.06, 0.45), (0, -0.22, 0.75), wood), *legs
    if kind == 2:
        return box((1.6, 1.1, 1.15), (0, 0, 0.58), color), box((1.7, 1.2, 0.1), (0, 0, 1.2), BLACK)
    if kind == 3:
        body = box((2.2, 1.6, 2.4), (0, 0, 1.2), wood)
        return body, box((2.6, 2.0, 0.15), (0, 0, 2.45), STEEL)
    poster = Material('planks', (tint((0.5, 0.45, 0.4), rng), (0.2, 0.3, 0.4)), (0.9,))
    column = tube([0.65, 0.65, 0.75, 0.1], [0, 2.6, 2.7, 3.2], poster, 14)
    return column, tube([0.7, 0.7], [0, 0.3], BLACK, 14)
