"""Houses as seen from above: roofs, and walls that extend into the ground.

The origin is on the ground; the ridge runs along x.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from mtlbench.world.scene.model import Material, Part
from mtlbench.world.scene.shapes import box

OVERHANG = 0.45
FOUNDATION = 4.0
WALL = Material('plain', ((0.45, 0.44, 0.42),))
GLASS = Material('plain', ((0.05, 0.07, 0.09),), gloss=0.2)
METAL = Material('plain', ((0.5, 0.5, 0.5),), gloss=0.05)
PANEL = Material('slabs', ((0.035, 0.04, 0.06),), (0.9,), gloss=0.1)
BRICK = Material('plain', ((0.3, 0.2, 0.14),))


def roof_plane(corners: ArrayLike, material: Material) -> Part:
    """Return a flat, convex piece of roof. Its first edge is the eave, parallel to the rows of tiles."""
    points = np.asarray(corners, np.float64)
    along = points[1] - points[0]
    along /= np.linalg.norm(along)
    normal = np.cross(along, points[-1] - points[0])
    up = np.cross(normal / np.linalg.norm(normal), along)
    offset = points - points[0]
    # The texture `tiles` multiplies z by 1.7.
    coords = np.stack([offset @ along, np.zeros(len(points)), offset @ up / 1.7], -1)
    faces = np.array([(0, k, k + 1) for k in range(1, len(points) - 1)])
    return Part(points, faces, material, coords)


def walls(length: float, depth: float, top: float) -> Part:
    """Return a block up to ``top``."""
    return box((length, depth, top + FOUNDATION), (0, 0, (top - FOUNDATION) / 2), WALL)


def pitched(length: float, depth: float, eave: float, rise: float, hip: float, material: Material) -> list[Part]:
    """Return a roof with a ridge along x.

    Args:
        length: Length of the house.
        depth: Depth of the house.
        eave: Height of the eaves.
        rise: Height of the ridge above the eaves.
        hip: Distance between the end of the ridge and the eave, in meters; 0 = a gable.
        material: Material of the tiles.
    """
    x, y = length / 2 + OVERHANG, depth / 2 + OVERHANG
    ridge, top = max(x - hip, 0.0), eave + rise
    south, north = [(-x, -y, eave), (x, -y, eave)], [(x, y, eave), (-x, y, eave)]
    parts = [
        roof_plane([*south, (ridge, 0, top), (-ridge, 0, top)], material),
        roof_plane([*north, (-ridge, 0, top), (ridge, 0, top)], material),
    ]
    if hip:
        parts.append(roof_plane([south[1], north[0], (ridge, 0, top)], material))
        parts.append(roof_plane([north[1], south[0], (-ridge, 0, top)], material))
    else:
        ends = [(-length / 2, -depth / 2, eave), (-length / 2, depth / 2, eave), (-length / 2, 0, top - 0.1)]
        parts.append(roof_plane(ends, WALL))
        parts.append(roof_plane([(-px, py, pz) for px, py, pz in ends], WALL))
    return parts


def on_slope(
    spot: tuple[float, float], size: tuple[float, float], roof: tuple[float, float, float], material: Material
) -> Part:
    """Return a plate on the roof's slope: a window or solar panels.

    Args:
        spot: Center of the plate: position along the ridge, and relative position between the eave (0) and the ridge
            (1).
        size: Length along the ridge, and extent across it as a share of the slope.
        roof: Half depth of the house, height of the eaves, rise.
        material: Material of the plate.
    """
    half, eave, rise = roof
    x, share = spot
    low, high = share - size[1] / 2, share + size[1] / 2
    y, z = [-half * (1 - s) for s in (low, high)], [eave + rise * s + 0.12 for s in (low, high)]
    left, right = x - size[0] / 2, x + size[0] / 2
    return roof_plane([(left, y[0], z[0]), (right, y[0], z[0]), (right, y[1], z[1]), (left, y[1], z[1])], material)


def house(length: float, depth: float, eave: float, roof: Material, rng: np.random.Generator) -> tuple[Part, ...]:
    """A house with a gabled or hipped roof, a chimney, and windows or solar panels on the south side."""
    rise = depth * rng.uniform(0.3, 0.5)
    hip = float(rng.choice([0.0, 0.0, depth * rng.uniform(0.25, 0.5)]))
    parts = [walls(length, depth, eave), *pitched(length, depth, eave, rise, hip, roof)]
    x, top = rng.uniform(-0.2, 0.2) * length, eave + rise
    parts.append(box((0.7, 0.6, 1.4), (x, rng.uniform(0.1, 0.5), top), BRICK))
    slope = (depth / 2 + OVERHANG, eave, rise)
    reach = length / 2 - hip
    if rng.random() < 0.25:
        parts.append(on_slope((rng.uniform(-0.2, 0.2) * reach, 0.55), (reach * 0.9, 0.5), slope, PANEL))
    else:
        spots = np.linspace(-0.7, 0.7, int(rng.integers(2, 5))) * reach
        parts += [on_slope((float(s), 0.45), (0.9, 0.2), slope, GLASS) for s in spots]
    if rng.random() < 0.4:
        parts += _dormer(rng.uniform(-0.4, 0.4) * reach, depth, eave, rise, roof)
    return tuple(parts)


def _dormer(x: float, depth: float, eave: float, rise: float, roof: Material) -> list[Part]:
    """A small gable on the north side."""
    low = eave + 0.25 * rise
    wide, tall, front = 1.2, rise * 0.4, depth / 2 * 0.75
    west, east = (x - wide, front, low + tall * 0.5), (x + wide, front, low + tall * 0.5)
    tip, end = (x, front, low + tall * 1.3), (x, 0.1, low + tall * 1.3)
    return [
        roof_plane([west, (x - wide, 0.1, west[2]), end, tip], roof),
        roof_plane([east, (x + wide, 0.1, east[2]), end, tip], roof),
        roof_plane([west, east, tip], WALL),
    ]


def terrace(length: float, depth: float, eave: float, roof: Material) -> tuple[Part, ...]:
    """A house of an attached row: a gabled roof flush with the side walls, with rows of windows."""
    rise = depth * 0.33
    slope = (depth / 2 + OVERHANG, eave, rise)
    stacks = [box((0.8, 0.8, 2.2), (x * length, 0.4, eave + rise - 0.4), BRICK) for x in (-0.3, 0.25)]
    spots = np.arange(-length / 2 + 2, length / 2 - 1.5, 3.2)
    windows = [on_slope((float(x), 0.5), (0.9, 0.18), slope, GLASS) for x in spots]
    tiled = pitched(length - 2 * OVERHANG, depth, eave, rise, 0.0, roof)
    return (walls(length, depth, eave), *tiled, *stacks, *windows)


def flat_house(length: float, depth: float, top: float, roof: Material, rng: np.random.Generator) -> tuple[Part, ...]:
    """A house with a flat roof behind a low rim, with vents and skylights."""
    x, y = length / 2, depth / 2
    floor = box((length, depth, top + FOUNDATION), (0, 0, (top - FOUNDATION) / 2), roof)
    rims = [
        *(box((length, 0.3, 0.4), (0, side * (y - 0.15), top + 0.2), METAL) for side in (-1, 1)),
        *(box((0.3, depth - 0.6, 0.4), (side * (x - 0.15), 0, top + 0.2), METAL) for side in (-1, 1)),
    ]
    extras = []
    for _ in range(int(rng.poisson(1 + length * depth / 90))):
        spot = (rng.uniform(-0.85, 0.85) * (x - 1), rng.uniform(-0.8, 0.8) * (y - 1), top + 0.3)
        kind = (METAL, GLASS, BRICK, WALL)[rng.integers(4)]
        extras.append(box((rng.uniform(0.6, 2.4), rng.uniform(0.6, 1.6), rng.uniform(0.5, 1.4)), spot, kind))
    return (floor, *rims, *extras)
