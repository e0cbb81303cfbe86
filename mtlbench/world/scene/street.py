"""A street along a path: road, ground, houses, plants, furniture and traffic, drawn by the style of the street."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np

from mtlbench.world.scene import things
from mtlbench.world.scene.model import Material, Mover, Part, Scene, placement
from mtlbench.world.scene.path import Path, Relief
from mtlbench.world.scene.shapes import box, shifted, tube
from mtlbench.world.scene.vehicles import make_vehicle

VIEW = 380.0
"""How far the street goes on beyond the last camera, in metres."""
BEHIND = 40.0
EYE = 1.56
"""Height of the camera above the road, in metres."""


@dataclass(frozen=True)
class Style:
    """What a street is like. Densities are things per 100 m of road and side; lengths are in metres.

    Args:
        lanes: In each direction.
        lane: Width of a lane.
        speed: Way of the camera between two frames; 0 = it stands.
        crossings: Where other roads cross (way along the road).
        relief: Bends, slopes and hills.
        houses: Share of the road's sides with houses, 0..1.
        floors: Fewest and most floors of a house.
        setback: Distance between the pavement and the houses.
        pavement: Width of the pavement; 0 = none.
        density: Things per 100 m by kind: tree, conifer, bush, hedge, lamp, pole, sign, light, misc, parked.
        wood: Rows of trees behind each other, a forest.
        rail: Share of the road with guard rails, 0..1.
        traffic: Vehicles per 100 m and lane.
    """

    lanes: int = 1
    lane: float = 3.5
    speed: float = 1.4
    crossings: tuple[float, ...] = ()
    relief: Relief = field(default_factory=Relief)
    houses: float = 0.0
    floors: tuple[int, int] = (2, 5)
    setback: float = 2.0
    pavement: float = 2.5
    density: dict[str, float] = field(default_factory=dict)
    wood: int = 0
    rail: float = 0.0
    traffic: float = 2.0

    @property
    def half(self) -> float:
        """Half the width of the road."""
        return self.lanes * self.lane + 0.4


def build_street(name: str, style: Style, frames: int, rng: np.random.Generator) -> Scene:
    """A street long enough for ``frames`` frames."""
    stop = style.speed * frames + VIEW
    path = Path(-BEHIND, stop, style.relief, rng)
    scene = Scene(name, camera_along(path, style))
    _ground(scene, path, style, rng)
    for side in (-1, 1):
        _houses(scene, path, style, side, rng)
        _furniture(scene, path, style, side, rng)
        _wood(scene, path, style, side, rng)
        _rail(scene, path, style, side, rng)
    for crossing in style.crossings:
        _lights(scene, path, style, crossing, rng)
    _traffic(scene, path, style, frames, rng)
    return scene


def camera_along(path: Path, style: Style) -> Callable[[int], np.ndarray]:
    """The camera's pose by frame: in the right lane, looking along the road, swaying a little."""
    lateral = style.lane / 2 if style.lanes == 1 else style.lane * 1.5

    def pose(frame: int) -> np.ndarray:
        s = style.speed * frame
        sway = style.speed > 0
        here = path.point(s, lateral + 0.12 * sway * np.sin(frame / 9), EYE + 0.015 * sway * np.sin(frame / 2.3))
        yaw = path.heading(s) + 0.012 * sway * np.sin(frame / 7)
        pitch = np.arctan2(path.height(s + 3) - path.height(s - 3), 6) + 0.003 * sway * np.sin(frame / 3.1)
        forward = np.array([np.cos(pitch) * np.cos(yaw), np.cos(pitch) * np.sin(yaw), np.sin(pitch)])
        right = np.array([np.sin(yaw), -np.cos(yaw), 0.0])
        matrix = np.eye(4)
        matrix[:3, :3] = np.column_stack([right, np.cross(forward, right), forward])
        matrix[:3, 3] = here
        return matrix

    return pose


def _ground(scene: Scene, path: Path, style: Style, rng: np.random.Generator) -> None:
    grass = Material('grass', (things.tint((0.16, 0.2, 0.06), rng, 0.15), things.tint((0.28, 0.24, 0.12), rng, 0.15)))
    scene.add('terrain', path.terrain(420, 7.0, grass))
    asphalt = things.tint((0.11, 0.11, 0.115), rng, 0.2)
    paint = (0.62, 0.62, 0.6)
    road = Material('road', (asphalt, paint), (style.half, style.lane, float(style.lanes)))
    scene.add('road', path.strip((path.start, path.stop), (-style.half, 0, style.half), (0, 0.04, 0), road))
    for crossing in style.crossings:
        scene.add('road', *_crossing(path, style, crossing, Material('asphalt', (asphalt,)), paint))
    stone = Material('slabs', (things.tint((0.36, 0.34, 0.32), rng, 0.15),), (0.6,))
    inner, outer = style.half, style.half + style.pavement
    for span in _spans(path, style) if style.pavement else ():
        for side in (-1, 1):
            laterals = np.array((inner, inner + 0.02, outer, outer + 0.1)) * side
            scene.add('terrain', path.strip(span, laterals, (-0.05, 0.13, 0.14, -0.3), stone))


def _crossing(path: Path, style: Style, s: float, asphalt: Material, paint: tuple[float, float, float]) -> list[Part]:
    """The other road, and zebra stripes before and after it."""
    parts = [path.strip((s - 4, s + 4), np.linspace(-90, 90, 31), np.full(31, -0.012), asphalt)]
    zebra = Material('zebra', (asphalt.colours[0], paint), (0.5,))
    for middle in (s - 6.5, s + 6.5):
        span, half = (middle - 1.5, middle + 1.5), style.half - 0.3
        parts.append(path.strip(span, (-half, 0, half), (0.012, 0.052, 0.012), zebra))
    return parts


def _spans(path: Path, style: Style) -> Iterator[tuple[float, float]]:
    """The stretches of road between the crossings."""
    edges = [path.start, *(c + d for c in style.crossings for d in (-4.5, 4.5)), path.stop]
    return zip(edges[::2], edges[1::2], strict=True)


def _free(style: Style, s: float, room: float) -> bool:
    return all(abs(s - crossing) > 5 + room for crossing in style.crossings)


def _put(scene: Scene, category: str, parts: tuple[Part, ...], pose: np.ndarray) -> None:
    scene.add(category, *(part.moved(pose) for part in parts))


def _stand(path: Path, s: float, lateral: float, turn: float = 0.0) -> np.ndarray:
    """A pose on the ground; things on the right side are turned so that their y axis points at the road."""
    return placement(path.on_ground(s, lateral), float(path.heading(s)) + turn)


def _houses(scene: Scene, path: Path, style: Style, side: int, rng: np.random.Generator) -> None:
    s = path.start
    while style.houses and s < path.stop:
        length, depth = rng.uniform(9, 20), rng.uniform(8, 13)
        middle = s + length / 2
        s += length + (0.0 if rng.random() < style.houses else rng.uniform(6, 22))
        if not _free(style, middle, length / 2 + 1):
            continue
        lateral = style.half + style.pavement + style.setback + depth / 2 + rng.uniform(0, 1.5)
        parts = things.building(length - 0.3, depth, int(rng.integers(*style.floors)), rng)
        _put(scene, 'building', parts, _stand(path, middle, side * lateral))


def _furniture(scene: Scene, path: Path, style: Style, side: int, rng: np.random.Generator) -> None:
    """Everything that stands beside the road, each kind at its own distance."""
    edge = style.half + (0.6 if style.pavement else 1.3)
    back = style.half + style.pavement + 0.4
    kinds: dict[str, tuple[str, float, float, Callable[[np.random.Generator], tuple[Part, ...]]]] = {
        'tree': ('tree', back + 0.6, 3.0, things.broadleaf),
        'conifer': ('tree', back + 2, 12.0, things.conifer),
        'bush': ('vegetation', back + 1.9, 4.0, things.bush),
        'hedge': ('vegetation', back + 0.8, 1.0, lambda rng: things.hedge(rng.uniform(5, 12), rng)),
        'lamp': ('pole', edge, 0.2, things.lamp_post),
        'pole': ('pole', back + 0.8, 1.0, things.wooden_pole),
        'misc': ('misc', back - 0.2, 0.8, things.clutter),
        'parked': ('', style.half - 0.6, 0.15, things.clutter),
        'sign': ('', edge, 0.3, things.clutter),
    }
    for kind, (category, near, spread, make) in kinds.items():
        for s in _positions(path, style.density.get(kind, 0), rng):
            if not _free(style, s, 4):
                continue
            pose = _stand(path, s, side * (near + rng.uniform(0, spread)), np.pi if side < 0 else 0.0)
            if kind == 'sign':
                _sign(scene, pose, rng)
            elif kind == 'parked':
                vehicle = str(rng.choice(['car', 'van', 'truck'], p=[0.72, 0.18, 0.1]))
                _put(scene, vehicle, make_vehicle(vehicle, rng), pose)
            else:
                _put(scene, category, make(rng), pose)


def _positions(path: Path, density: float, rng: np.random.Generator) -> np.ndarray:
    """Ways along the road, evenly spaced but for some jitter."""
    if density <= 0:
        return np.empty(0)
    spacing = 100 / density
    grid = np.arange(path.start + rng.uniform(0, spacing), path.stop, spacing)
    return grid + rng.uniform(-0.35, 0.35, len(grid)) * spacing


def _sign(scene: Scene, pose: np.ndarray, rng: np.random.Generator) -> None:
    height = rng.uniform(2.1, 2.8)
    _put(scene, 'pole', (things.post(height + 0.3),), pose)
    _put(scene, 'traffic sign', things.sign(height, rng), pose)
    if rng.random() < 0.3:
        _put(scene, 'traffic sign', things.sign(height - 0.95, rng), pose)


def _wood(scene: Scene, path: Path, style: Style, side: int, rng: np.random.Generator) -> None:
    for row in range(style.wood):
        for s in _positions(path, 26 - 2 * row, rng):
            lateral = style.half + 3.5 + 4.2 * row + rng.uniform(0, 3)
            make = things.conifer if rng.random() < 0.55 else (lambda rng: things.broadleaf(rng, 1))
            _put(scene, 'tree', make(rng), _stand(path, s, side * lateral, rng.uniform(0, 6)))


def _rail(scene: Scene, path: Path, style: Style, side: int, rng: np.random.Generator) -> None:
    """A beam with a fold, on posts, in stretches of 60 m."""
    lateral = side * (style.half + 0.7)
    beam = np.array((0.02, -0.04, 0.02, -0.04, 0.02)) * side + lateral
    for start in np.arange(path.start, path.stop - 60, 60):
        if rng.random() >= style.rail or not _free(style, start + 30, 34):
            continue
        posts = [box((0.12, 0.08, 0.9), (0, 0, 0.35), things.STEEL) for _ in range(15)]
        spots = [_stand(path, start + 4 * k + 2, lateral + 0.1 * side) for k in range(15)]
        rail = path.strip((start, start + 60), beam, (0.82, 0.74, 0.66, 0.58, 0.5), things.STEEL)
        scene.add('guard rail', rail, *(p.moved(spot) for p, spot in zip(posts, spots, strict=True)))


def _lights(scene: Scene, path: Path, style: Style, crossing: float, rng: np.random.Generator) -> None:
    """Lights on both sides of a crossing, and one that hangs over the road."""
    for s, side, turn in ((crossing - 5.5, 1, 0.0), (crossing + 5.5, -1, np.pi), (crossing + 5.5, 1, 0.0)):
        pose = _stand(path, s, side * (style.half + 0.5), turn)
        arm = box((0.1, style.half, 0.1), (0, style.half / 2, 5.4), things.STEEL)
        _put(scene, 'pole', (tube([0.1, 0.08], [-0.3, 5.5], things.STEEL), arm), pose)
        _put(scene, 'traffic light', things.traffic_light(2.9, rng), pose)
        over = tuple(shifted(part, (0, style.half - 0.8, 0)) for part in things.traffic_light(5.0, rng))
        _put(scene, 'traffic light', over, pose)


def _traffic(scene: Scene, path: Path, style: Style, frames: int, rng: np.random.Generator) -> None:
    """Vehicles in every lane; those in the camera's own lane keep its speed, and so their distance."""
    own = 0 if style.lanes == 1 else 1
    for lane in range(style.lanes):
        lateral = style.lane * (lane + 0.5)
        pace = style.speed * (1.0 if lane == own else 1.25)
        _column(scene, path, style, (lateral, pace, rng.uniform(12, 20) if lane == own else -10.0), rng)
        reach = 1.3 * max(style.speed, 1.2)
        _column(scene, path, style, (-lateral, -reach * (1 + 0.15 * lane), 10.0), rng, reach * frames)


def _column(
    scene: Scene,
    path: Path,
    style: Style,
    lane: tuple[float, float, float],
    rng: np.random.Generator,
    more: float = 0.0,
) -> None:
    """One lane's vehicles: lateral offset, way per frame, first position; ``more`` metres come from the far end."""
    lateral, pace, s = lane
    while s < 230 + more:
        category = str(rng.choice(['car', 'van', 'truck'], p=[0.66, 0.18, 0.16]))
        scene.movers.append(Mover(category, make_vehicle(category, rng), _drive(path, s, pace, lateral)))
        s += 9 + rng.exponential(100 / max(style.traffic, 0.1))


def _drive(path: Path, start: float, pace: float, lateral: float) -> Callable[[int], np.ndarray]:
    gap = 3.0 if pace else 0.0  # drivers do not keep their distance exactly

    def pose(frame: int) -> np.ndarray:
        s = np.clip(start + pace * frame + gap * np.sin(frame / 17 + start), path.start, path.stop)
        return placement(path.point(s, lateral, 0.02), float(path.heading(s)) + (np.pi if pace < 0 else 0.0))

    return pose
