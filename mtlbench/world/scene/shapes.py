"""Simple solids. Each returns a :class:`Part` whose texture coordinates are its own vertices."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mtlbench.errors import MissingExtraError
from mtlbench.world.scene.model import Material, Part

_CUBE = np.array([[x, y, z] for x in (-0.5, 0.5) for y in (-0.5, 0.5) for z in (-0.5, 0.5)])
_CUBE_SIDES = np.array([[0, 1, 3, 2], [4, 6, 7, 5], [0, 4, 5, 1], [2, 3, 7, 6], [0, 2, 6, 4], [1, 5, 7, 3]])


def solid(vertices: ArrayLike, faces: ArrayLike, material: Material) -> Part:
    """Return a part made of vertices (V, 3) and triangles (F, 3)."""
    points = np.asarray(vertices, np.float64)
    return Part(points, np.asarray(faces, np.int64), material, points)


def quads(sides: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return two triangles for each quadrilateral (Q, 4)."""
    return np.concatenate([sides[:, [0, 1, 2]], sides[:, [0, 2, 3]]])


def box(size: ArrayLike, center: ArrayLike, material: Material) -> Part:
    """Return a box with edge lengths ``size`` around ``center``."""
    return solid(_CUBE * np.asarray(size) + np.asarray(center), quads(_CUBE_SIDES), material)


def prism(profile: ArrayLike, half_widths: ArrayLike, material: Material) -> Part:
    """Return a convex outline in the x-z plane, extruded along y.

    Args:
        profile: Corners (N, 2) of the outline, (x, z), in order.
        half_widths: Extent of each corner to either side, (N,) or one number.
        material: Material of the surface.
    """
    outline = np.asarray(profile, np.float64)
    count = len(outline)
    reach = np.broadcast_to(np.asarray(half_widths, np.float64), (count,))
    left = np.column_stack([outline[:, 0], reach, outline[:, 1]])
    ring = np.arange(count)
    following = (ring + 1) % count
    sides = quads(np.column_stack([ring, following, following + count, ring + count]))
    fan = np.column_stack([np.zeros(count - 2, int), ring[1:-1], ring[2:]])
    return solid(np.concatenate([left, left * (1, -1, 1)]), np.concatenate([sides, fan, fan + count]), material)


def tube(radii: ArrayLike, heights: ArrayLike, material: Material, sides: int = 8) -> Part:
    """Return a solid of revolution around z, such as a cone or a cylinder, given by its radii at some heights."""
    radius, height = np.asarray(radii, np.float64), np.asarray(heights, np.float64)
    angle = 2 * np.pi * np.arange(sides) / sides
    vertices = np.zeros((len(radius) * sides + 2, 3))
    vertices[:-2, 0] = np.outer(radius, np.cos(angle)).reshape(-1)
    vertices[:-2, 1] = np.outer(radius, np.sin(angle)).reshape(-1)
    vertices[:-2, 2] = np.repeat(height, sides)
    vertices[-2:, 2] = height[0], height[-1]
    return solid(vertices, _tube_faces(len(radius), sides), material)


@lru_cache
def _tube_faces(levels: int, sides: int) -> NDArray[np.int64]:
    """Return the triangles of a tube: vertices ring by ring, then the centers of both ends."""
    first = np.arange(sides)
    following = (first + 1) % sides
    walls = [
        quads(np.column_stack([first, following, following + sides, first + sides]) + level * sides)
        for level in range(levels - 1)
    ]
    last = (levels - 1) * sides
    bottom = np.column_stack([following, first, np.full(sides, last + sides)])
    top = np.column_stack([first + last, following + last, np.full(sides, last + sides + 1)])
    return np.concatenate([*walls, bottom, top])


def wheel(radius: float, width: float, center: ArrayLike, material: Material) -> Part:
    """Return a cylinder whose axis is y."""
    part = tube([radius, radius], [-width / 2, width / 2], material, sides=12)
    return solid(part.vertices[:, [0, 2, 1]] + np.asarray(center), part.faces, material)


def limb(
    start: ArrayLike, end: ArrayLike, radii: ArrayLike, material: Material, flat: float = 1.0, sides: int = 6
) -> Part:
    """Return a tube between two points whose difference is not parallel to y.

    Args:
        start: Center of one end.
        end: Center of the other end.
        radii: Radii at equal distances from start to end.
        material: Material of the surface.
        flat: Thickness as a share of the width, which is along y.
        sides: Number of sides of the cross-section.
    """
    first, way = np.asarray(start, np.float64), np.asarray(end, np.float64) - np.asarray(start, np.float64)
    length = float(np.linalg.norm(way))
    axis = way / length
    x, y, z = axis
    across = np.array((z, 0.0, -x)) / np.hypot(x, z)
    frame = np.array((across * flat, (y * across[2], z * across[0] - x * across[2], -y * across[0]), axis))
    straight = tube(radii, np.linspace(0, length, len(np.atleast_1d(radii))), material, sides)
    return Part(straight.vertices @ frame + first, straight.faces, material, straight.coords)


def hoop(radius: float, thickness: float, center: ArrayLike, material: Material) -> Part:
    """Return a ring, such as a tire, whose axis is y; ``radius`` is the outer radius."""
    angle = np.linspace(0, 2 * np.pi, 15)[:, None]
    across = np.array((0.0, -1.0, -1.0, 0.0, 0.0)) * thickness + radius
    y = np.broadcast_to(np.array((-0.5, -0.5, 0.5, 0.5, -0.5)) * thickness, (15, 5))
    points = np.stack([across * np.cos(angle), y, across * np.sin(angle)], -1) + np.asarray(center)
    return ribbon(points, points, material)


def blob(radii: ArrayLike, center: ArrayLike, material: Material, rng: np.random.Generator, detail: int = 2) -> Part:
    """Return an ellipsoid with a rough surface, used as foliage."""
    vertices, faces = _ball(detail)
    rough = 1 + rng.uniform(-0.22, 0.16, (len(vertices), 1))
    return solid(vertices * rough * np.asarray(radii) + np.asarray(center), faces, material)


@lru_cache
def _ball(detail: int) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    try:
        import trimesh
    except ImportError as error:
        raise MissingExtraError('trimesh', 'world') from error
    ball = trimesh.creation.icosphere(subdivisions=detail)
    return np.array(ball.vertices), np.array(ball.faces)


def shifted(part: Part, offset: ArrayLike) -> Part:
    """Return the part at another position, with its texture."""
    return Part(part.vertices + np.asarray(offset), part.faces, part.material, part.coords)


def ribbon(points: NDArray[np.float64], coords: NDArray[np.float64], material: Material) -> Part:
    """Return a surface through a grid of points (rows, columns, 3), with texture coordinates of the same shape."""
    rows, columns = points.shape[:2]
    corner = (np.arange(rows - 1)[:, None] * columns + np.arange(columns - 1)).reshape(-1)
    faces = quads(np.column_stack([corner, corner + 1, corner + columns + 1, corner + columns]))
    return Part(points.reshape(-1, 3), faces, material, coords.reshape(-1, 3))
