"""A street along a path, built according to a style, and the camera that drives along it."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from mtlbench.world.scene.ground import add_ground
from mtlbench.world.scene.model import Scene
from mtlbench.world.scene.path import Path
from mtlbench.world.scene.roadside import add_lights, add_roadside
from mtlbench.world.scene.style import Style
from mtlbench.world.scene.traffic import add_people, add_traffic

VIEW = 380.0
"""Length of the street beyond the last camera, in meters."""
BEHIND = 40.0
EYE = 1.56
"""Height of the camera above the road, in meters."""


def build_street(name: str, style: Style, frames: int, rng: np.random.Generator) -> Scene:
    """Build a street long enough for ``frames`` frames."""
    path = Path(-BEHIND, style.speed * frames + VIEW, style.relief, rng)
    scene = Scene(name, camera_along(path, style))
    add_ground(scene, path, style, rng)
    for side in (-1, 1):
        add_roadside(scene, path, style, side, rng)
    for crossing in style.crossings:
        add_lights(scene, path, style, crossing, rng)
    add_traffic(scene, path, style, frames, rng)
    add_people(scene, path, style, frames, rng)
    return scene


def camera_along(path: Path, style: Style) -> Callable[[int], np.ndarray]:
    """Return the camera's pose by frame: in the right lane, facing along the road, swaying slightly."""
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
