"""The pinhole camera."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Camera:
    """A pinhole camera; pixel ``(u, v)`` looks along ``K^-1 (u, v, 1)``, without an offset of half a pixel.

    Args:
        intrinsics: (3, 3), for the picture's own size, without skew.
        pose: (4, 4), camera to world.
        size: (width, height) in pixels.
    """

    intrinsics: NDArray[np.float64]
    pose: NDArray[np.float64]
    size: tuple[int, int]

    @property
    def extrinsic(self) -> NDArray[np.float64]:
        """World to camera (4, 4)."""
        rotation, position = self.pose[:3, :3], self.pose[:3, 3]
        matrix = np.eye(4)
        matrix[:3, :3] = rotation.T
        matrix[:3, 3] = -rotation.T @ position
        return matrix

    @property
    def position(self) -> NDArray[np.float64]:
        """Where the camera is in the world (3,)."""
        return self.pose[:3, 3]

    def rays(self, columns: NDArray, rows: NDArray) -> NDArray[np.float64]:
        """World directions (N, 3) through pixels; their length makes ray parameters planar depths."""
        fx, fy = self.intrinsics[0, 0], self.intrinsics[1, 1]
        x = (columns - self.intrinsics[0, 2]) / fx
        y = (rows - self.intrinsics[1, 2]) / fy
        return np.stack([x, y, np.ones_like(x)], -1) @ self.pose[:3, :3].T

    def origins(self, columns: NDArray, rows: NDArray) -> NDArray[np.float64]:
        """Where the rays (N, 3) through pixels begin."""
        return np.broadcast_to(self.position, (len(columns), 3))

    def shifted(self, right: float) -> Camera:
        """The same camera, ``right`` metres to its own right."""
        pose = self.pose.copy()
        pose[:3, 3] += pose[:3, 0] * right
        return Camera(self.intrinsics, pose, self.size)

    def turned(self, left: float) -> Camera:
        """The same camera, turned ``left`` degrees to the left around its own vertical axis."""
        angle = -np.deg2rad(left)
        cos, sin = np.cos(angle), np.sin(angle)
        turn = np.eye(4)
        turn[:3, :3] = ((cos, 0, sin), (0, 1, 0), (-sin, 0, cos))
        return Camera(self.intrinsics, self.pose @ turn, self.size)
