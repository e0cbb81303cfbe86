"""The pinhole camera, and the one that sees straight ahead everywhere."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Camera:
    """A pinhole camera; pixel ``(u, v)`` looks along ``K^-1 (u, v, 1)``, without an offset of half a pixel.

    Args:
        intrinsics: (3, 3), for the image's own size, without skew.
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

    def footprint(self, depth: NDArray) -> NDArray[np.float64]:
        """Width (N,) of a pixel at planar depths (N,), in meters."""
        return depth / self.intrinsics[0, 0]

    def shifted(self, right: float, down: float = 0.0) -> Camera:
        """The same camera, moved along its own axes: ``right`` and ``down`` meters."""
        pose = self.pose.copy()
        pose[:3, 3] += pose[:3, 0] * right + pose[:3, 1] * down
        return replace(self, pose=pose)

    def turned(self, left: float, down: float = 0.0) -> Camera:
        """The same camera, turned ``left`` degrees around its own vertical axis, then tilted ``down`` degrees."""
        yaw, pitch = np.deg2rad((-left, down))
        turn, tilt = np.eye(4), np.eye(4)
        turn[:3, :3] = ((np.cos(yaw), 0, np.sin(yaw)), (0, 1, 0), (-np.sin(yaw), 0, np.cos(yaw)))
        tilt[:3, :3] = ((1, 0, 0), (0, np.cos(pitch), np.sin(pitch)), (0, -np.sin(pitch), np.cos(pitch)))
        return replace(self, pose=self.pose @ turn @ tilt)


@dataclass(frozen=True)
class OrthographicCamera(Camera):
    """Parallel rays, such as those of an orthophoto: no perspective, whatever the depth.

    ``intrinsics`` take meters across the image to pixels: ``1 / ground resolution`` on the diagonal, and the pixel
    that lies on the optical axis.
    """

    def rays(self, columns: NDArray, rows: NDArray) -> NDArray[np.float64]:
        """The same unit direction (N, 3) for all pixels."""
        return np.broadcast_to(self.pose[:3, 2], (len(columns), 3))

    def origins(self, columns: NDArray, rows: NDArray) -> NDArray[np.float64]:
        """Where the rays (N, 3) through pixels begin: side by side in the plane of the camera."""
        x = (columns - self.intrinsics[0, 2]) / self.intrinsics[0, 0]
        y = (rows - self.intrinsics[1, 2]) / self.intrinsics[1, 1]
        return self.position + np.stack([x, y, np.zeros_like(x)], -1) @ self.pose[:3, :3].T

    def footprint(self, depth: NDArray) -> NDArray[np.float64]:
        """Width (N,) of a pixel, in meters."""
        return np.full(len(depth), 1 / self.intrinsics[0, 0])
