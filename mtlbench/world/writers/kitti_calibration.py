"""KITTI cameras and their calibration files."""

from __future__ import annotations

from datetime import datetime

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mtlbench.geometry import scale_intrinsics
from mtlbench.world.render import Camera

GENUINE_CAMERAS = {
    '2011_09_26': ((1242, 375), (721.5377, 609.5593, 172.854)),
    '2011_09_28': ((1224, 370), (707.0493, 604.0814, 180.5066)),
    '2011_09_29': ((1238, 374), (718.3351, 600.3891, 181.5122)),
    '2011_09_30': ((1226, 370), (707.0912, 601.8873, 183.1104)),
    '2011_10_03': ((1241, 376), (718.856, 607.1928, 185.2157)),
}
"""Size (width, height) of a date's rectified images, and their focal length and principal point, in pixels."""

CAMERA_PLACES = (0.0, 0.537150, -0.062170, 0.470557)
"""Offsets of cameras 0 .. 3 to the right of camera 0, in meters; 2 and 3 are the color cameras."""

LEFT, RIGHT = 2, 3


def intrinsics(date: str, size: tuple[int, int]) -> NDArray[np.float64]:
    """Return the rectified intrinsics (3, 3) of a date, scaled to images of ``size`` (width, height)."""
    (width, height), (focal, u0, v0) = GENUINE_CAMERAS[date]
    return scale_intrinsics(np.array([[focal, 0, u0], [0, focal, v0], [0, 0, 1]]), (height, width), size[::-1])


def camera(date: str, number: int, pose: NDArray[np.float64], size: tuple[int, int]) -> Camera:
    """Return camera ``number`` of a date, where ``pose`` is that of the left color camera."""
    return Camera(intrinsics(date, size), pose, size).shifted(CAMERA_PLACES[number] - CAMERA_PLACES[LEFT])


def calibration(date: str, size: tuple[int, int]) -> list[str]:
    """Return the lines of ``calib_cam_to_cam.txt`` for four ideal parallel cameras, which need no rectification."""
    k = intrinsics(date, size)
    day = datetime.strptime(date, '%Y_%m_%d')
    lines = [f'calib_time: {day:%d-%b-%Y %H:%M:%S}', _line('corner_dist', 0.0995)]
    for number, place in enumerate(CAMERA_PLACES):
        offset = np.array((-place, 0, 0))
        values = (
            ('S', size), ('K', k), ('D', np.zeros(5)), ('R', np.eye(3)), ('T', offset),
            ('S_rect', size), ('R_rect', np.eye(3)), ('P_rect', np.column_stack([k, k @ offset])),
        )  # fmt: skip
        lines += [_line(f'{name}_{number:02d}', value) for name, value in values]
    return lines


def _line(name: str, values: ArrayLike) -> str:
    return f'{name}: ' + ' '.join(f'{value:.6e}' for value in np.ravel(np.asarray(values, np.float64)))
