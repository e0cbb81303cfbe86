"""Position and motion of a handheld camera."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mtlbench.world.scene.indoor.room import Room

ROOM_TO_MOVE = 0.3
CANDIDATES = 100
FARTHEST = 0.4
"""Largest length of a walk, as a share of the room's smallest dimension."""
NEARBY = np.array([(x * z, 0.0, z) for x in (-0.4, 0, 0.4) for z in (0.6, 1.0, 1.4, 1.8)])
"""Points in front of a camera that are preferably free."""
SPAN = np.cos(np.deg2rad(26))
STEP = 0.012
"""Largest motion per frame in meters: a slow walk at 30 frames per second."""


@dataclass(frozen=True)
class Walk:
    """Straight walk with a turning, unsteady camera.

    Args:
        start: Position (3,) at frame 0.
        way: Motion (3,) per frame.
        heading: Radians from world x at frame 0, and their change per frame.
        down: Downward tilt in radians.
        phases: Phases (8,) of the unsteadiness.
    """

    start: NDArray[np.float64]
    way: NDArray[np.float64]
    heading: tuple[float, float]
    down: float
    phases: NDArray[np.float64]

    def __call__(self, frame: float) -> NDArray[np.float64]:
        """Return the camera-to-world matrix (4, 4) at a frame."""
        slow, fast = np.sin(0.05 * frame + self.phases[:4]), np.sin(0.13 * frame + self.phases[4:])
        yaw, pitch, roll, bob = slow * (0.05, 0.04, 0.05, 0.03) + fast * (0.01, 0.01, 0.012, 0.008)
        position = self.start + self.way * frame + (0, 0, bob)
        return look(position, self.heading[0] + self.heading[1] * frame + yaw, self.down + pitch, roll)


def look(position: NDArray[np.float64], heading: float, down: float, roll: float) -> NDArray[np.float64]:
    """Return the camera-to-world matrix (4, 4): x right, y down, z forward; angles in radians."""
    ahead = np.array((np.cos(heading) * np.cos(down), np.sin(heading) * np.cos(down), -np.sin(down)))
    right = np.array((np.sin(heading), -np.cos(heading), 0.0))
    below = np.cross(ahead, right)
    pose = np.eye(4)
    pose[:3, 0] = right * np.cos(roll) + below * np.sin(roll)
    pose[:3, 1] = below * np.cos(roll) - right * np.sin(roll)
    pose[:3, 2], pose[:3, 3] = ahead, position
    return pose


def walk(room: Room, frames: int, rng: np.random.Generator) -> Walk:
    """Return a walk through free space that shows much of the room's furniture."""
    return max((_draw(room, frames, rng) for _ in range(CANDIDATES)), key=lambda one: _score(room, one, frames))


def _draw(room: Room, frames: int, rng: np.random.Generator) -> Walk:
    spot = rng.uniform((0.3, 0.3), np.array(room.size[:2]) - 0.3)
    target = rng.uniform(0.25, 0.75, 2) * room.size[:2]
    aside = rng.uniform(0, 2 * np.pi)
    step = min(STEP, FARTHEST * min(room.size) / frames) * rng.uniform(0.5, 1)
    heading = float(np.arctan2(*(target - spot)[::-1]))
    turn = float(rng.uniform(0.004, 0.008) * rng.choice([-1, 1]))
    return Walk(
        start=np.array((*spot, rng.uniform(1.25, 1.65))),
        way=np.array((np.cos(aside), np.sin(aside), 0.0)) * step,
        heading=(heading - turn * frames / 2, turn),
        down=float(rng.uniform(0.02, 0.32)),
        phases=rng.uniform(0, 2 * np.pi, 8),
    )


def _score(room: Room, one: Walk, frames: int) -> float:
    """Score the furniture visible on the way; collisions and obstructed views reduce the score."""
    boxes = np.array(room.taken)
    middles = boxes.mean(1)
    worth = 1 + np.minimum((boxes[:, 1] - boxes[:, 0]).prod(1), 2.0)
    seen, faults = np.zeros(len(boxes), bool), 0.0
    for frame in np.linspace(0, frames - 1, 5):
        pose = one(frame)
        away = middles - pose[:3, 3]
        distance = np.linalg.norm(away, axis=1)
        seen |= (away @ pose[:3, 2] > SPAN * distance) & (distance > 1.0)
        faults += 200.0 * filled(room, pose[None, :3, 3], ROOM_TO_MOVE).any()
        faults += 3.0 * filled(room, pose[:3, 3] + NEARBY @ pose[:3, :3].T, 0.0).mean()
    return float(worth[seen].sum()) - faults


def filled(room: Room, places: NDArray[np.float64], margin: float) -> NDArray[np.bool_]:
    """Return a mask of points (N, 3) outside the room, inside an object, or closer to either than a margin (m)."""
    boxes = np.array(room.taken)
    outside = (places < margin).any(1) | (places > np.array(room.size) - margin).any(1)
    above, below = places[:, None] > boxes[:, 0] - margin, places[:, None] < boxes[:, 1] + margin
    return np.logical_or(outside, np.any(np.all(above & below, axis=-1), axis=1))
