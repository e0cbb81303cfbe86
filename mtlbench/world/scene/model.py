"""The description of a scene: instances of a category, made of parts of one material each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Color = tuple[float, float, float]
Pose = Callable[[int], NDArray[np.float64]]
"""Frame number -> (4, 4) matrix from the object (or camera) to the world."""


@dataclass(frozen=True)
class Material:
    """How a surface looks, whatever its shape.

    Args:
        texture: Name of a procedural texture of the renderer.
        colors: Linear RGB in 0..1; what each is for is up to the texture.
        params: Lengths in meters; what each is for is up to the texture.
        gloss: Share of the sky that is mirrored, 0..1.
    """

    texture: str
    colors: tuple[Color, ...]
    params: tuple[float, ...] = ()
    gloss: float = 0.0


@dataclass(frozen=True)
class Part:
    """A piece of surface of one material.

    Args:
        vertices: (V, 3), meters.
        faces: (F, 3), indices of vertices.
        material: How it looks.
        coords: (V, 3), where on the texture a vertex lies, in meters. They belong to the surface, so that a texture
            moves with its object.
    """

    vertices: NDArray[np.float64]
    faces: NDArray[np.int64]
    material: Material
    coords: NDArray[np.float64]

    def moved(self, pose: NDArray[np.float64]) -> Part:
        """The part under a rigid motion (4, 4); its texture comes along."""
        return Part(self.vertices @ pose[:3, :3].T + pose[:3, 3], self.faces, self.material, self.coords)


@dataclass(frozen=True)
class Instance:
    """One thing of one category, such as 'car'; parts in world coordinates."""

    category: str
    parts: tuple[Part, ...]


@dataclass(frozen=True)
class Mover:
    """A thing that moves; parts in its own coordinates."""

    category: str
    parts: tuple[Part, ...]
    pose: Pose

    def at(self, frame: int) -> Instance:
        """Where it is at a frame."""
        pose = self.pose(frame)
        return Instance(self.category, tuple(part.moved(pose) for part in self.parts))


@dataclass(frozen=True)
class Lamp:
    """A small lamp that shines to all sides.

    Args:
        position: Where it is, outside of anything that would cover it.
        color: Linear RGB of what it gives to a surface at right angles, a meter away.
        radius: Its size in meters, which softens the fall-off nearby.
    """

    position: tuple[float, float, float]
    color: Color
    radius: float = 0.3


@dataclass
class Scene:
    """Things that stand, things that move, lamps, and the path of the camera (4, 4: camera to world)."""

    name: str
    camera: Pose
    instances: list[Instance] = field(default_factory=list)
    movers: list[Mover] = field(default_factory=list)
    lamps: list[Lamp] = field(default_factory=list)

    def add(self, category: str, *parts: Part) -> None:
        """Put one thing into the scene."""
        self.instances.append(Instance(category, parts))


def placement(position: NDArray[np.float64], heading: float) -> NDArray[np.float64]:
    """The matrix (4, 4) of an object at ``position``, its x axis turned to ``heading`` (radians from world x)."""
    cos, sin = np.cos(heading), np.sin(heading)
    pose = np.eye(4)
    pose[:2, :2] = ((cos, -sin), (sin, cos))
    pose[:3, 3] = position
    return pose
