"""Ground surfaces: meadows, road, crossings, sidewalks, rails."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from mtlbench.world.scene import things
from mtlbench.world.scene.model import Material, Part, Scene
from mtlbench.world.scene.path import Path
from mtlbench.world.scene.placing import KERB
from mtlbench.world.scene.style import Style

CAMBER = 0.04
GAUGE = 1.435
PAINT = (0.62, 0.62, 0.6)
RAIL = Material('plain', ((0.16, 0.15, 0.14),), gloss=0.2)


def add_ground(scene: Scene, path: Path, style: Style, rng: np.random.Generator) -> None:
    """Add all ground surfaces along the whole path."""
    grass, dry = (things.tint(color, rng, 0.15) for color in style.look.grass)
    scene.add('terrain', path.terrain(420, 7.0, Material('grass', (grass, dry))))
    asphalt = things.tint(style.look.asphalt, rng, 0.2)
    params = (style.half, style.lane, float(style.lanes))
    stones = Material('cobbles', (asphalt,), (0.16,))
    road = stones if style.look.cobbles else Material('road', (asphalt, PAINT), params)
    scene.add('road', path.strip((path.start, path.stop), (-style.half, 0, style.half), (0, CAMBER, 0), road))
    for crossing in style.crossings:
        scene.add('road', *_crossing(path, style, crossing, Material('asphalt', (asphalt,))))
    stone = Material('slabs', (things.tint(style.look.paving, rng, 0.15),), (0.6,))
    inner, outer = style.half, style.half + style.pavement
    for span in _spans(path, style) if style.pavement else ():
        for side in (-1, 1):
            laterals = np.array((inner, inner + 0.02, outer, outer + 0.1)) * side
            scene.add('sidewalk', path.strip(span, laterals, (-0.05, KERB, KERB + 0.01, -0.3), stone))
    if style.trams:
        _rails(scene, path, style)


def _crossing(path: Path, style: Style, s: float, asphalt: Material) -> list[Part]:
    """Return the other road, and zebra stripes before and after it."""
    parts = [path.strip((s - 4, s + 4), np.linspace(-90, 90, 31), np.full(31, -0.012), asphalt)]
    zebra = Material('zebra', (asphalt.colors[0], PAINT), (0.5,))
    for middle in (s - 6.5, s + 6.5):
        span, half = (middle - 1.5, middle + 1.5), style.half - 0.3
        parts.append(path.strip(span, (-half, 0, half), (0.012, 0.012 + CAMBER, 0.012), zebra))
    return parts


def _spans(path: Path, style: Style) -> Iterator[tuple[float, float]]:
    """Return the stretches of road between crossings."""
    edges = [path.start, *(c + d for c in style.crossings for d in (-4.5, 4.5)), path.stop]
    return zip(edges[::2], edges[1::2], strict=True)


def _rails(scene: Scene, path: Path, style: Style) -> None:
    """Add two tracks embedded in the inner lanes."""
    for middle in (-style.lane / 2, style.lane / 2):
        for rail in (middle - GAUGE / 2, middle + GAUGE / 2):
            edges = np.array((rail - 0.035, rail + 0.035))
            ups = CAMBER * (1 - np.abs(edges) / style.half) + 0.006
            scene.add('road', path.strip((path.start, path.stop), edges, ups, RAIL))
