"""Scene description: instances of a category, made of parts with one material each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Color = tuple[float, float, float]
Pose = Callable[[int], NDArray[np.float64]]
"""Function from a frame number to the matrix (4, 4) from the object (or camera) to the world."""


@dataclass(frozen=True)
class Material:
    """Appearance of a surface, independent of its shape.

    Args:
        texture: Name of a procedural texture of the renderer.
        colors: Linear RGB colors in 0..1; the texture defines their meaning.
        params: Lengths in meters; the texture defines their meaning.
        gloss: Share of the sky that is reflected, 0..1.
    """

    texture: str
    colors: tuple[Color, ...]
    params: tuple[float, ...] = ()
    gloss: float = 0.0


@dataclass(frozen=True)
class Part:
    """Piece of a surface with one material.

    Args:
        vertices: Vertices (V, 3) in meters.
        faces: Vertex indices (F, 3) of the triangles.
        material: Appearance of the surface.
        coords: Texture coordinates (V, 3) of the vertices in meters. They belong to the surface, so that a texture
            moves with its object.
    """

    vertices: NDArray[np.float64]
    faces: NDArray[np.int64]
    material: Material
    coords: NDArray[np.float64]

    def moved(self, pose: NDArray[np.float64]) -> Part:
        """Return the part after a rigid motion (4, 4), with unchanged texture coordinates."""
        return Part(self.vertices @ pose[:3, :3].T + pose[:3, 3], self.faces, self.material, self.coords)


@dataclass(frozen=True)
class Instance:
    """One object of a category, such as 'car', with parts in world coordinates."""

    category: str
    parts: tuple[Part, ...]


@dataclass(frozen=True)
class Mover:
    """Moving object, with parts in its own coordinates."""

    category: str
    parts: tuple[Part, ...]
    pose: Pose

    def at(self, frame: int) -> Instance:
        """Return the object at its pose in a frame."""
        pose = self.pose(frame)
        return Instance(self.category, tuple(part.moved(pose) for part in self.parts))


@dataclass(frozen=True)
class Lamp:
    """Small lamp that shines in all directions.

    Args:
        position: World position, outside any part that would cover it.
        color: Linear RGB light on a perpendicular surface one meter away.
        radius: Radius in meters, which softens the fall-off nearby.
    """

    position: tuple[float, float, float]
    color: Color
    radius: float = 0.3


@dataclass
class Scene:
    """Static objects, moving objects, lamps, and the path of the camera (4, 4: camera to world)."""

    name: str
    camera: Pose
    instances: list[Instance] = field(default_factory=list)
    movers: list[Mover] = field(default_factory=list)
    lamps: list[Lamp] = field(default_factory=list)

    def add(self, category: str, *parts: Part) -> None:
        """Add one static object."""
        self.instances.append(Instance(category, parts))


def placement(position: NDArray[np.float64], heading: float) -> NDArray[np.float64]:
    """Return the matrix (4, 4) of an object at ``position`` with its x axis at ``heading`` (radians from world x)."""
    cos, sin = np.cos(heading), np.sin(heading)
    pose = np.eye(4)
    pose[:2, :2] = ((cos, -sin), (sin, cos))
    pose[:3, 3] = position
    return pose
