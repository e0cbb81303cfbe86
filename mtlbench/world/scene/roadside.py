"""Objects beside a street: houses, plants, furniture, people, parked vehicles."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from mtlbench.world.scene import things
from mtlbench.world.scene.enclosures import fence, wall
from mtlbench.world.scene.model import Part, Scene
from mtlbench.world.scene.path import Path
from mtlbench.world.scene.people import pedestrian
from mtlbench.world.scene.placing import drawn, positions, put, stand, tread
from mtlbench.world.scene.shapes import box, shifted, tube
from mtlbench.world.scene.style import Style
from mtlbench.world.scene.traffic import vehicle
from mtlbench.world.scene.two_wheelers import bicycle, motorcycle

Make = Callable[[np.random.Generator], tuple[Part, ...]]


def add_roadside(scene: Scene, path: Path, style: Style, side: int, rng: np.random.Generator) -> None:
    """Add the objects on one side of the street; side -1 is the left one."""
    _houses(scene, path, style, side, rng)
    _furniture(scene, path, style, side, rng)
    _wood(scene, path, style, side, rng)
    _rail(scene, path, style, side, rng)
    _on_sidewalk(scene, path, style, side, rng)


def add_lights(scene: Scene, path: Path, style: Style, crossing: float, rng: np.random.Generator) -> None:
    """Add traffic lights on both sides of a crossing, and lights over the road."""
    for s, side, turn in ((crossing - 5.5, 1, 0.0), (crossing + 5.5, -1, np.pi), (crossing + 5.5, 1, 0.0)):
        pose = stand(path, s, side * (style.half + 0.5), turn)
        arm = box((0.1, style.half, 0.1), (0, style.half / 2, 5.4), things.STEEL)
        put(scene, 'pole', (tube([0.1, 0.08], [-0.3, 5.5], things.STEEL), arm), pose)
        put(scene, 'traffic light', things.traffic_light(2.9, rng), pose)
        over = tuple(shifted(part, (0, style.half - 0.8, 0)) for part in things.traffic_light(5.0, rng))
        put(scene, 'traffic light', over, pose)


def _houses(scene: Scene, path: Path, style: Style, side: int, rng: np.random.Generator) -> None:
    s = path.start
    while style.houses and s < path.stop:
        length, depth = rng.uniform(9, 20), rng.uniform(8, 13)
        middle = s + length / 2
        s += length + (0.0 if rng.random() < style.houses else rng.uniform(6, 22))
        if not style.free(middle, length / 2 + 1):
            continue
        lateral = style.half + style.pavement + style.setback + depth / 2 + rng.uniform(0, 1.5)
        parts = things.building(length - 0.3, depth, int(rng.integers(*style.floors)), rng, style.look.walls)
        put(scene, 'building', parts, stand(path, middle, side * lateral))


def _furniture(scene: Scene, path: Path, style: Style, side: int, rng: np.random.Generator) -> None:
    """Add static objects of each kind, at the distance typical of it."""
    edge = style.half + (0.6 if style.pavement else 1.3)
    back = style.half + style.pavement + 0.4
    leaves = style.look.leaves
    kinds: dict[str, tuple[str, float, float, Make]] = {
        'tree': ('tree', back + 0.6, 3.0, lambda rng: things.broadleaf(rng, leaves=leaves)),
        'conifer': ('tree', back + 2, 12.0, things.conifer),
        'bush': ('vegetation', back + 1.9, 4.0, things.bush),
        'hedge': ('vegetation', back + 0.8, 1.0, lambda rng: things.hedge(rng.uniform(5, 12), rng)),
        'lamp': ('pole', edge, 0.2, things.lamp_post),
        'pole': ('pole', back + 0.8, 1.0, things.wooden_pole),
        'misc': ('misc', back - 0.2, 0.8, things.clutter),
        'parked': ('', style.half - 0.6, 0.15, things.clutter),
        'sign': ('', edge, 0.3, things.clutter),
        'wall': ('wall', back - 0.1, 0.1, wall),
        'fence': ('fence', back - 0.1, 0.1, fence),
    }
    for kind, (category, near, spread, make) in kinds.items():
        for s in positions(path, style.density.get(kind, 0), rng):
            if not style.free(s, 4):
                continue
            pose = stand(path, s, side * (near + rng.uniform(0, spread)), np.pi if side < 0 else 0.0)
            if kind == 'sign':
                _sign(scene, pose, rng)
            elif kind == 'parked':
                for name, parts in vehicle(drawn(style.parked, rng), rng).items():
                    put(scene, name, parts, pose)
            else:
                put(scene, category, make(rng), pose)


def _on_sidewalk(scene: Scene, path: Path, style: Style, side: int, rng: np.random.Generator) -> None:
    """Add groups of standing people and parked bicycles and motorcycles, in random directions."""
    room = max(style.pavement - 1.0, 0.3)
    kinds: dict[str, tuple[str, float, int, Make]] = {
        'person': ('person', 0.9, 3, lambda rng: pedestrian(rng, False)),
        'bicycle': ('bicycle', 0.4, 4, bicycle),
        'motorcycle': ('motorcycle', 0.5, 2, motorcycle),
    }
    for kind, (category, near, most, make) in kinds.items():
        for first in positions(path, style.density.get(kind, 0), rng):
            lateral = style.half + near + rng.uniform(0, room)
            turn = rng.uniform(0, 2 * np.pi)
            for number in range(rng.integers(1, most + 1)):
                s = first + number * rng.uniform(0.55, 0.75)
                heading = turn + (rng.uniform(1, 4) * number if kind == 'person' else rng.normal(0, 0.1))
                if style.free(s, 4):
                    put(scene, category, make(rng), tread(path, style, s, side * lateral, heading))


def _sign(scene: Scene, pose: np.ndarray, rng: np.random.Generator) -> None:
    height = rng.uniform(2.1, 2.8)
    put(scene, 'pole', (things.post(height + 0.3),), pose)
    put(scene, 'traffic sign', things.sign(height, rng), pose)
    if rng.random() < 0.3:
        put(scene, 'traffic sign', things.sign(height - 0.95, rng), pose)


def _wood(scene: Scene, path: Path, style: Style, side: int, rng: np.random.Generator) -> None:
    for row in range(style.wood):
        for s in positions(path, 26 - 2 * row, rng):
            lateral = style.half + 3.5 + 4.2 * row + rng.uniform(0, 3)
            make = things.conifer if rng.random() < 0.55 else (lambda rng: things.broadleaf(rng, 1))
            put(scene, 'tree', make(rng), stand(path, s, side * lateral, rng.uniform(0, 6)))


def _rail(scene: Scene, path: Path, style: Style, side: int, rng: np.random.Generator) -> None:
    """Add folded guard rails on posts, in stretches of 60 m."""
    lateral = side * (style.half + 0.7)
    beam = np.array((0.02, -0.04, 0.02, -0.04, 0.02)) * side + lateral
    for start in np.arange(path.start, path.stop - 60, 60):
        if rng.random() >= style.rail or not style.free(start + 30, 34):
            continue
        posts = [box((0.12, 0.08, 0.9), (0, 0, 0.35), things.STEEL) for _ in range(15)]
        spots = [stand(path, start + 4 * k + 2, lateral + 0.1 * side) for k in range(15)]
        rail = path.strip((start, start + 60), beam, (0.82, 0.74, 0.66, 0.58, 0.5), things.STEEL)
        scene.add('guard rail', rail, *(p.moved(spot) for p, spot in zip(posts, spots, strict=True)))
