"""Pinhole geometry: intrinsics under image transforms, unprojection, and normals from depth.

Pixel ``(u, v)`` is column and row, counted from 0. A point is ``X = Z K^-1 (u, v, 1)``: x right, y down, z forward.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

BASES = (((1, 0), (0, -1)), ((-1, 0), (0, 1)), ((1, 1), (1, -1)), ((-1, -1), (-1, 1)))
"""Pairs of neighbor offsets (columns, rows); first x second points towards the camera (xTAM, section 4.1)."""

_BAND = 32


def scale_intrinsics(intrinsics: NDArray, old: tuple[int, int], new: tuple[int, int]) -> NDArray:
    """Return the intrinsics (3, 3) after a resize from ``old`` to ``new``, both (height, width)."""
    factors = np.array([new[1] / old[1], new[0] / old[0], 1.0])
    return intrinsics * factors[:, None]


def flip_intrinsics(intrinsics: NDArray, width: int) -> NDArray:
    """Return the intrinsics (3, 3) after a horizontal flip of an image ``width`` pixels wide."""
    flipped = intrinsics.copy()
    flipped[0, 2] = (width - 1) - intrinsics[0, 2]
    return flipped


def flip_intrinsics_twice(intrinsics: NDArray, shape: tuple[int, int]) -> NDArray:
    """Return the intrinsics (3, 3) after a horizontal flip as in xTAM's released code; ``shape`` is (height, width).

    The principal point is also mirrored vertically, and by the size instead of the last index.
    """
    flipped = intrinsics.copy()
    flipped[:2, 2] = (shape[1] - intrinsics[0, 2], shape[0] - intrinsics[1, 2])
    return flipped


def crop_intrinsics(intrinsics: NDArray, top: int, left: int) -> NDArray:
    """Return the intrinsics (3, 3) after a crop whose corner is at row ``top`` and column ``left``."""
    cropped = intrinsics.copy()
    cropped[:2, 2] -= (left, top)
    return cropped


def unproject(depth: NDArray, intrinsics: NDArray) -> NDArray:
    """Return the points behind the pixels.

    Args:
        depth: Depth map (H, W), distance along the optical axis in meters.
        intrinsics: Intrinsics (3, 3) without skew.

    Returns:
        Points (3, H, W) in the dtype and unit of the depth: x right, y down, z forward.
    """
    height, width = depth.shape
    columns = (np.arange(width) - intrinsics[0, 2]) / intrinsics[0, 0]
    rows = (np.arange(height) - intrinsics[1, 2]) / intrinsics[1, 1]
    points = np.empty((3, height, width), depth.dtype)
    np.multiply(depth, columns.astype(depth.dtype), out=points[0])
    np.multiply(depth, rows.astype(depth.dtype)[:, None], out=points[1])
    points[2] = depth
    return points


def normals_from_depth(depth: NDArray, intrinsics: NDArray, valid: NDArray[np.bool_] | None = None) -> NDArray:
    """Return the normals of the surface in a depth map (xTAM, section 4.1).

    The cross products of four pairs of neighbor differences are summed, so that large triangles weigh more, and
    normalized; z is replaced by its absolute value. A pixel is valid if it and its eight neighbors are valid, and if it
    is at least two pixels away from the border.

    Args:
        depth: Depth map (H, W) in meters.
        intrinsics: Intrinsics (3, 3) of the image that the depth map belongs to.
        valid: Mask (H, W) of trusted depths. None: all are trusted, and the map wraps around at its borders.

    Returns:
        Unit vectors (H, W, 3), float32: x right, y down, z towards the camera (never negative); 0 = invalid.
    """
    height, width = depth.shape
    points = unproject(np.asarray(depth, np.float32), intrinsics)
    points = np.pad(points, ((0, 0), (1, 1), (1, 1)), mode='wrap')
    normals = np.empty((3, height, width), np.float32)
    for top in range(0, height, _BAND):  # bands of rows fit into the processor's cache
        bottom = min(top + _BAND, height)
        normals[:, top:bottom] = _normals_of_rows(points[:, top : bottom + 2])
    if valid is not None:
        normals *= _well_inside(valid)
    normals[:, np.isnan(normals).any(0)] = 0
    return normals.transpose(1, 2, 0)


def _normals_of_rows(points: NDArray) -> NDArray:
    """Return the unit normals (3, h-2, w-2) of all but the outermost points (3, h, w)."""
    height, width = points.shape[1:]
    center = points[:, 1:-1, 1:-1]
    total = np.zeros(center.shape, np.float32)
    for pair in BASES:
        first, second = (
            points[:, 1 + down : height - 1 + down, 1 + right : width - 1 + right] - center for right, down in pair
        )
        for axis in range(3):
            j, k = (axis + 1) % 3, (axis + 2) % 3
            total[axis] += first[j] * second[k]
            total[axis] -= first[k] * second[j]
    total /= np.maximum(np.sqrt((total * total).sum(0)), 1e-12)
    np.abs(total[2], out=total[2])
    return total


def _well_inside(valid: NDArray[np.bool_]) -> NDArray[np.bool_]:
    inner = valid.astype(np.uint8)
    inner[[0, -1]] = 0
    inner[:, [0, -1]] = 0
    return cv2.erode(inner, np.ones((3, 3), np.uint8)).astype(bool)
