"""A town: crossing streets, and the blocks between them."""

from __future__ import annotations

import zlib
from itertools import pairwise, product

import numpy as np

from mtlbench.world.scene.aerial.blocks import BLOCKS
from mtlbench.world.scene.aerial.builder import IMPERVIOUS, LOW, Builder, Rect
from mtlbench.world.scene.aerial.domains import DOMAINS
from mtlbench.world.scene.aerial.plan import Plan, draw_ground
from mtlbench.world.scene.aerial.streets import PAVEMENT, Street, build_street, crossing, draw_streets
from mtlbench.world.scene.model import Material, Scene, placement
from mtlbench.world.scene.shapes import ribbon

MARGIN = 22.0
"""Width of the town beyond the visible area, in meters, for shadows that fall into it."""


def build_town(domain: str, name: str, extent: tuple[float, float], seed: int) -> Scene:
    """Build a town around the origin.

    Args:
        domain: Key of :data:`DOMAINS`.
        name: Name of the town; each name yields another town.
        extent: Visible lengths along world x and y, in meters.
        seed: Seed; equal seeds yield equal towns.

    Returns:
        The scene; its ground is :func:`draw_ground` of the same name and seed. Nothing moves, and there is no camera
        path.
    """
    rng = np.random.default_rng([seed, zlib.crc32(name.encode())])
    style = DOMAINS[domain]
    phases = (float(rng.uniform(0, 2 * np.pi)), float(rng.uniform(0, 2 * np.pi)))
    plan = Plan(draw_ground(name, style.level, seed), float(rng.uniform(0, np.pi)), style.bend, phases)
    scene = Scene(name, lambda frame: placement(np.zeros(3), 0.0))
    town = Builder(scene, plan, style, (extent[0] / 2 + MARGIN, extent[1] / 2 + MARGIN), rng)
    far = float(np.hypot(*extent)) / 2 + MARGIN + 2 * style.bend
    streets = (draw_streets(0, style.pitch, far, rng), draw_streets(1, style.pitch, far, rng))
    _meadow(town)
    for street in (*streets[0], *streets[1]):
        build_street(town, street, streets[1 - street.axis], far)
    for first, second in product(*streets):
        town.lay(IMPERVIOUS, crossing(first, second), 0.03, Material('asphalt', style.colors['asphalt']))
    kinds, shares = zip(*style.blocks.items(), strict=True)
    for rect in _between(streets):
        if town.reaches(rect.corners):
            BLOCKS[str(rng.choice(kinds, p=np.array(shares) / sum(shares)))](town, rect)
    return scene


def _between(streets: tuple[list[Street], list[Street]]) -> list[Rect]:
    """Return the blocks between the sidewalks."""
    edge = PAVEMENT + 0.3
    spans = [[(a.at + a.half + edge, b.at - b.half - edge) for a, b in pairwise(one)] for one in streets]
    return [Rect(*p, *q) for p, q in product(*spans)]


def _meadow(town: Builder) -> None:
    """Add the lawn under everything."""
    grid = np.stack(np.meshgrid(*(np.array([-2.0, 2.0]) * reach for reach in town.reach)), -1)
    points = np.concatenate([grid, town.plan.ground.height(grid[..., 0], grid[..., 1])[..., None]], -1)
    town.scene.add(LOW, ribbon(points, points * (1, 1, 0), town.lawn))
