"""Triangle geometry for ray casting. The ray caster finds the triangle; the hit point is computed in float64."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mtlbench.errors import MissingExtraError
from mtlbench.world.scene import Instance, Material

EDGE_ON = 1e-9
"""Cosine between ray and triangle normal below which the ray is taken to hit the nearest corner."""


@dataclass(frozen=True)
class Hits:
    """First hits of N rays.

    Args:
        distance: Distances (N,), in lengths of the ray's direction; infinite for a miss.
        face: Indices (N,) of the triangles; -1 for a miss.
    """

    distance: NDArray[np.float64]
    face: NDArray[np.int64]


class Geometry:
    """Triangles of some instances, with the material, category and instance of each."""

    def __init__(self, instances: Sequence[Instance]) -> None:
        parts = [(index, part) for index, instance in enumerate(instances) for part in instance.parts]
        counts = [len(part.faces) for _, part in parts]
        starts = np.cumsum([0, *(len(part.vertices) for _, part in parts)])
        faces = np.concatenate([part.faces + start for (_, part), start in zip(parts, starts, strict=False)])
        self.corners = np.concatenate([part.vertices for _, part in parts])[faces]
        self.coords = np.concatenate([part.coords for _, part in parts])[faces]
        self.materials: list[Material] = list(dict.fromkeys(part.material for _, part in parts))
        numbers = {material: number for number, material in enumerate(self.materials)}
        self.material = np.repeat([numbers[part.material] for _, part in parts], counts)
        self.instance = np.repeat([index for index, _ in parts], counts)
        self.category = np.array([instance.category for instance in instances])[self.instance]
        self._edges = self.corners[:, 1:] - self.corners[:, :1]
        cross = np.cross(self._edges[:, 0], self._edges[:, 1])
        self._area2 = np.maximum((cross**2).sum(1), 1e-30)
        self.normals = cross / np.sqrt(self._area2)[:, None]
        self._caster = _Caster(self.corners)

    def first_hits(self, origins: NDArray, directions: NDArray) -> Hits:
        """Return the first hits of rays with origins (N, 3) and directions (N, 3)."""
        face = self._caster.first(origins, directions)
        hit = face >= 0
        distance = np.full(len(face), np.inf)
        normal, corner, towards = self.normals[face[hit]], self.corners[face[hit], 0], directions[hit]
        slope = (normal * towards).sum(1)
        edge_on = np.abs(slope) < EDGE_ON * np.linalg.norm(towards, axis=1)
        distance[hit] = (normal * (corner - origins[hit])).sum(1) / np.where(edge_on, 1.0, slope)
        rays = np.flatnonzero(hit)[edge_on]
        offsets = self.corners[face[rays]] - origins[rays, None]
        distance[rays] = np.einsum('nkc,nc->nk', offsets, directions[rays]).min(1) / (directions[rays] ** 2).sum(1)
        return Hits(distance, face)

    def any_hit(self, origins: NDArray, directions: NDArray) -> NDArray[np.bool_]:
        """Return a mask (N,) of the rays that hit anything."""
        return self._caster.first(origins, directions) >= 0

    def texture_coords(self, face: NDArray[np.int64], points: NDArray) -> NDArray[np.float64]:
        """Return the texture coordinates (N, 3) of points (N, 3) on triangles (N,)."""
        offset = points - self.corners[face, 0]
        edges, area2 = self._edges[face], self._area2[face][:, None]
        normal = self.normals[face] * np.sqrt(area2)
        second = (np.cross(offset, edges[:, 1]) * normal).sum(1, keepdims=True) / area2
        third = (np.cross(edges[:, 0], offset) * normal).sum(1, keepdims=True) / area2
        coords = self.coords[face]
        return coords[:, 0] * (1 - second - third) + coords[:, 1] * second + coords[:, 2] * third


class _Caster:
    """Ray caster of the library for triangles (F, 3, 3).

    It computes in float32, so the triangles are scaled to a box of 100 units.
    """

    def __init__(self, corners: NDArray[np.float64]) -> None:
        try:
            from embreex.mesh_construction import TriangleMesh
            from embreex.rtcore_scene import EmbreeScene
        except ImportError as error:
            raise MissingExtraError('embreex', 'world') from error
        vertices = corners.reshape(-1, 3)
        self._low = vertices.min(0)
        self._scale = 100.0 / float(np.linalg.norm(np.ptp(vertices, axis=0)))
        indices = np.arange(len(vertices), dtype=np.int32).reshape(-1, 3)
        self._scene = EmbreeScene()
        TriangleMesh(self._scene, ((vertices - self._low) * self._scale).astype(np.float32), indices)

    def first(self, origins: NDArray, directions: NDArray) -> NDArray[np.int64]:
        """Return the index (N,) of the first triangle that each ray hits, or -1."""
        if not len(origins):
            return np.empty(0, np.int64)
        units = directions / np.linalg.norm(directions, axis=1, keepdims=True)
        scaled = (origins - self._low) * self._scale
        return self._scene.run(scaled.astype(np.float32), units.astype(np.float32)).astype(np.int64)
