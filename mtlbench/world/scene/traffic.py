"""Objects that move along and across a street."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from mtlbench.world.scene.coaches import bus, tram
from mtlbench.world.scene.model import Mover, Part, Pose, Scene, placement
from mtlbench.world.scene.path import Path
from mtlbench.world.scene.people import pedestrian
from mtlbench.world.scene.placing import drawn, tread
from mtlbench.world.scene.style import Style
from mtlbench.world.scene.two_wheelers import ridden
from mtlbench.world.scene.vehicles import make_vehicle

WALK, CYCLE = 1.35, 4.0
"""Speeds in meters per second."""
FAR = 130.0
"""Distance from the camera, in meters, beyond which nobody walks."""
EXTRA = {'bus': 3.0, 'train': 8.0}
"""Excess length over a truck at either end, in meters."""


def vehicle(category: str, rng: np.random.Generator) -> dict[str, tuple[Part, ...]]:
    """Return the objects that make up a vehicle, by category; a bicycle, for example, has a rider."""
    if category in ('bicycle', 'motorcycle'):
        return ridden(category, rng)
    if category in ('bus', 'train'):
        return {category: (bus if category == 'bus' else tram)(rng)}
    return {category: make_vehicle(category, rng)}


def add_traffic(scene: Scene, path: Path, style: Style, frames: int, rng: np.random.Generator) -> None:
    """Add vehicles to every lane. Those in the camera's lane keep its speed, and thus their distance."""
    own = 0 if style.lanes == 1 else 1
    for lane in range(style.lanes):
        lateral = style.lane * (lane + 0.5)
        pace = style.speed * (1.0 if lane == own else 1.25)
        _column(scene, path, style, (lateral, pace, rng.uniform(12, 20) if lane == own else -10.0), rng)
        reach = 1.3 * max(style.speed, 1.2 * 10 / style.hertz)
        _column(scene, path, style, (-lateral, -reach * (1 + 0.15 * lane), 10.0), rng, reach * frames)


def add_people(scene: Scene, path: Path, style: Style, frames: int, rng: np.random.Generator) -> None:
    """Add people who walk and cycle along the street, and people who cross it."""
    last = style.speed * frames + FAR
    for side in (-1, 1):
        for s in _ways(path.start, last, style.density.get('walker', 0), rng):
            beside = min(1.6, 0.6 * style.pavement) + rng.uniform(0, max(style.pavement - 2.0, 0.2))
            lateral = side * (style.half + beside)
            pace = rng.choice((-1, 1)) * rng.uniform(0.8, 1.15) * WALK / style.hertz
            company = 1 + (rng.random() < 0.3)
            for place in (s, s + 0.15)[:company]:
                _move(scene, {'person': pedestrian(rng, True)}, _stroll(path, style, (place, lateral, pace)))
                lateral -= 0.6 * side
        for s in _ways(path.start, last, style.density.get('cyclist', 0), rng):
            pace = side * rng.uniform(0.8, 1.2) * CYCLE / style.hertz  # in the direction of traffic on that side
            _move(scene, ridden('bicycle', rng), _stroll(path, style, (s, side * (style.half + 1.0), pace)))
    for crossing in style.crossings:
        for middle in (crossing - 6.5, crossing + 6.5) if 'walker' in style.density else ():
            for _ in range(rng.integers(1, 5)):
                _move(scene, {'person': pedestrian(rng, True)}, _cross(path, style, middle, rng))


def _ways(start: float, stop: float, density: float, rng: np.random.Generator) -> np.ndarray:
    return rng.uniform(start, stop, int((stop - start) * density / 100))


def _move(scene: Scene, things: dict[str, tuple[Part, ...]], pose: Pose) -> None:
    scene.movers += [Mover(category, parts, pose) for category, parts in things.items()]


def _column(
    scene: Scene,
    path: Path,
    style: Style,
    lane: tuple[float, float, float],
    rng: np.random.Generator,
    more: float = 0.0,
) -> None:
    """Add the vehicles of one lane, given as (lateral offset, way per frame, first position).

    Vehicles fill the lane up to ``more`` meters beyond its usual end, so that oncoming traffic does not run out.
    """
    lateral, pace, s = lane
    railed = style.trams and lateral == -style.lane / 2
    while s < 230 + more:
        tram_comes = railed and rng.random() < style.trams
        category = 'train' if tram_comes else drawn(style.driving, rng)
        s += EXTRA.get(category, 0.0)
        _move(scene, vehicle(category, rng), _drive(path, s, pace, lateral))
        s += EXTRA.get(category, 0.0) + 9 + rng.exponential(100 / max(style.traffic, 0.1))


def _drive(path: Path, start: float, pace: float, lateral: float) -> Callable[[int], np.ndarray]:
    gap = 3.0 if pace else 0.0  # drivers vary their distance

    def pose(frame: int) -> np.ndarray:
        s = np.clip(start + pace * frame + gap * np.sin(frame / 17 + start), path.start, path.stop)
        return placement(path.point(s, lateral, 0.02), float(path.heading(s)) + (np.pi if pace < 0 else 0.0))

    return pose


def _stroll(path: Path, style: Style, way: tuple[float, float, float]) -> Callable[[int], np.ndarray]:
    """Return the pose along the street; ``way`` is (first position, lateral offset, way per frame)."""
    start, lateral, pace = way

    def pose(frame: int) -> np.ndarray:
        s = float(np.clip(start + pace * frame, path.start, path.stop))
        return tread(path, style, s, lateral, np.pi if pace < 0 else 0.0)

    return pose


def _cross(path: Path, style: Style, s: float, rng: np.random.Generator) -> Callable[[int], np.ndarray]:
    """Return the pose across the street at ``s``, outside the camera's lane when the camera passes."""
    s += rng.uniform(-1.2, 1.2)
    arrival = s / style.speed
    rightwards = rng.random() < 0.5
    then = rng.uniform(style.half + 0.3, style.half + 4) if rightwards else rng.uniform(-style.half - 2, -1.0)
    pace = (1 if rightwards else -1) * rng.uniform(0.8, 1.15) * WALK / style.hertz
    side = style.half + 2.5

    def pose(frame: int) -> np.ndarray:
        lateral = float(np.clip(then + pace * (frame - arrival), -side, side))
        return tread(path, style, s, lateral, -np.pi / 2 if rightwards else np.pi / 2)

    return pose
