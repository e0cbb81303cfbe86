"""Readers of KITTI's text files: calibration and frame lists."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path, PurePosixPath

import numpy as np
from numpy.typing import NDArray

from mtlbench.datasets.text_files import read_numbers, read_text
from mtlbench.errors import DataError

CAMERA_OF_SIDE = {'l': 'image_02', 'r': 'image_03'}


@lru_cache(maxsize=1024)
def read_projection(path: Path, camera: int) -> NDArray[np.float64]:
    """Return the projection (3, 4) of a rectified camera, ``P_rect_0<camera>`` of ``calib_cam_to_cam.txt``.

    Raises:
        DataError: If the file is missing or has no such line of twelve numbers.
    """
    values = read_numbers(path).get(f'P_rect_{camera:02d}', np.empty(0))
    if values.size != 12:
        raise DataError(
            f'{path} has no line "P_rect_{camera:02d}:" with 12 numbers; unpack the calibration of that day again'
        )
    return values.reshape(3, 4)


def read_frame_list(path: Path) -> list[str]:
    """Return the images in a list as paths without suffix: ``<date>/<drive>_sync/image_02/data/<frame>``.

    Each line is ``<date>/<drive>_sync <frame> <l|r>``, or the path of the left image, optionally followed by a second
    path and a focal length. Image suffixes are ignored.

    Raises:
        DataError: If the file is missing or a line has neither form.
    """
    text = read_text(path).replace('\\', '/')
    lines = [(number, line.split()) for number, line in enumerate(text.splitlines(), 1)]
    return [_stem(path, number, words) for number, words in lines if words]


def _stem(path: Path, line: int, words: list[str]) -> str:
    if len(words) == 3 and words[0].isdecimal():
        raise DataError(
            f"{path}, line {line}: '{' '.join(words)}' is a frame of the odometry benchmark, given by its sequence "
            'number; expected a list of frames of the raw data, <date>/<drive>_sync <frame> <l|r>'
        )
    if len(words) == 3 and words[1].isdecimal() and words[2] in CAMERA_OF_SIDE:
        return f'{words[0]}/{CAMERA_OF_SIDE[words[2]]}/data/{int(words[1]):010d}'
    image = PurePosixPath(words[0])
    if len(words) <= 3 and image.parent.name == 'data' and image.stem.isdecimal():
        return str(image.with_suffix(''))
    raise DataError(
        f"{path}, line {line}: '{' '.join(words)}' is neither '<date>/<drive>_sync <frame> <l|r>' nor the path of an "
        'image, <date>/<drive>_sync/image_02/data/<frame>.png; correct the line'
    )
