"""Pinhole and orthographic cameras."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Camera:
    """Pinhole camera whose pixel ``(u, v)`` looks along ``K^-1 (u, v, 1)``, without a half-pixel offset.

    Args:
        intrinsics: Intrinsics (3, 3) without skew, for images of this ``size``.
        pose: Camera-to-world matrix (4, 4).
        size: Size (width, height) of the image in pixels.
    """

    intrinsics: NDArray[np.float64]
    pose: NDArray[np.float64]
    size: tuple[int, int]

    @property
    def extrinsic(self) -> NDArray[np.float64]:
        """World-to-camera matrix (4, 4)."""
        rotation, position = self.pose[:3, :3], self.pose[:3, 3]
        matrix = np.eye(4)
        matrix[:3, :3] = rotation.T
        matrix[:3, 3] = -rotation.T @ position
        return matrix

    @property
    def position(self) -> NDArray[np.float64]:
        """World position (3,) of the camera."""
        return self.pose[:3, 3]

    def rays(self, columns: NDArray, rows: NDArray) -> NDArray[np.float64]:
        """Return the world directions (N, 3) through pixels, scaled so that ray parameters are planar depths."""
        fx, fy = self.intrinsics[0, 0], self.intrinsics[1, 1]
        x = (columns - self.intrinsics[0, 2]) / fx
        y = (rows - self.intrinsics[1, 2]) / fy
        return np.stack([x, y, np.ones_like(x)], -1) @ self.pose[:3, :3].T

    def origins(self, columns: NDArray, rows: NDArray) -> NDArray[np.float64]:
        """Return the origins (N, 3) of the rays through pixels."""
        return np.broadcast_to(self.position, (len(columns), 3))

    def footprint(self, depth: NDArray) -> NDArray[np.float64]:
        """Return the width (N,) of a pixel at planar depths (N,), in meters."""
        return depth / self.intrinsics[0, 0]

    def shifted(self, right: float, down: float = 0.0) -> Camera:
        """Return the camera moved ``right`` and ``down`` meters along its own axes."""
        pose = self.pose.copy()
        pose[:3, 3] += pose[:3, 0] * right + pose[:3, 1] * down
        return replace(self, pose=pose)

    def turned(self, left: float, down: float = 0.0) -> Camera:
        """Return the camera turned ``left`` degrees about its own vertical axis, then tilted ``down`` degrees."""
        yaw, pitch = np.deg2rad((-left, down))
        turn, tilt = np.eye(4), np.eye(4)
        turn[:3, :3] = ((np.cos(yaw), 0, np.sin(yaw)), (0, 1, 0), (-np.sin(yaw), 0, np.cos(yaw)))
        tilt[:3, :3] = ((1, 0, 0), (0, np.cos(pitch), np.sin(pitch)), (0, -np.sin(pitch), np.cos(pitch)))
        return replace(self, pose=self.pose @ turn @ tilt)


@dataclass(frozen=True)
class OrthographicCamera(Camera):
    """Camera with parallel rays, as in an orthophoto: no perspective.

    ``intrinsics`` map meters in the image plane to pixels: ``1 / ground resolution`` on the diagonal, and the pixel on
    the optical axis.
    """

    def rays(self, columns: NDArray, rows: NDArray) -> NDArray[np.float64]:
        """Return the same unit direction (N, 3) for all pixels."""
        return np.broadcast_to(self.pose[:3, 2], (len(columns), 3))

    def origins(self, columns: NDArray, rows: NDArray) -> NDArray[np.float64]:
        """Return the origins (N, 3) of the rays through pixels, in the plane of the camera."""
        x = (columns - self.intrinsics[0, 2]) / self.intrinsics[0, 0]
        y = (rows - self.intrinsics[1, 2]) / self.intrinsics[1, 1]
        return self.position + np.stack([x, y, np.zeros_like(x)], -1) @ self.pose[:3, :3].T

    def footprint(self, depth: NDArray) -> NDArray[np.float64]:
        """Return the width (N,) of a pixel, in meters."""
        return np.full(len(depth), 1 / self.intrinsics[0, 0])
