"""Consistency of the files of one frame: their sizes, and the camera."""

from __future__ import annotations

from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from mtlbench.errors import DataError
from mtlbench.structures import FieldKind

if TYPE_CHECKING:
    from mtlbench.datasets.base import MultiTaskDataset

ASPECT_TOLERANCE = 0.01
"""Largest relative difference of aspect ratios; ScanNet's cameras differ by 0.4 %, copies of NYUDv2 by 0.1 %."""

Shape = tuple[int, int]


class Doubt(NamedTuple):
    """A finding about a file that can be read but is suspicious.

    Args:
        message: The finding and its likely cause.
        shared: Whether the finding counts only if all frames of a split share it.
    """

    message: str
    shared: bool = False


class SizeRule(Enum):
    """Required relation between the size of a file and that of the frame's image."""

    EQUAL = 'of the same size'
    SMALLER_IMAGE = 'of the same size, or larger with the same aspect'
    ASPECT = 'of the same aspect'

    def allows(self, image: Shape, other: Shape) -> bool:
        """Return True if a file of size ``other`` (height, width) may belong to an image of size ``image``."""
        if image == other:
            return True
        if self is SizeRule.EQUAL or (self is SizeRule.SMALLER_IMAGE and other < image):
            return False
        return _same_aspect(image, other)


def read_field(dataset: MultiTaskDataset, frame: str, field: str, image_shape: Shape) -> NDArray:
    """Return the label of a frame after comparing its size with that of the image, given as (height, width).

    Raises:
        DataError: If the label cannot be read, its size does not fit, or class ids are not whole numbers.
    """
    values = dataset.read_label(frame, field)
    if dataset.kinds[field] is FieldKind.IDS and values.dtype.kind not in 'iub':
        raise DataError(
            f'{dataset.path_of(frame, field)}: {type(dataset).__name__} reads {field} as {values.dtype}, expected '
            f'whole numbers, as they are ids of classes; let read_{field}() return uint8'
        )
    require_size(dataset, frame, field, image_shape, values.shape[:2])
    return values


def require_size(dataset: MultiTaskDataset, frame: str, field: str, image_shape: Shape, shape: Shape) -> None:
    """Reject a label whose size does not fit that of the frame's image, both (height, width).

    Raises:
        DataError: If the size does not fit.
    """
    path, rule = dataset.path_of(frame, field), dataset.size_rule(field)
    _require_size(dataset.root / frame, image_shape, path, shape, rule)


def read_neighbor(dataset: MultiTaskDataset, frame: str, path: Path, image_shape: Shape) -> NDArray[np.uint8]:
    """Return a video frame near the given frame, of the size of the frame's image, given as (height, width).

    Raises:
        DataError: If the video frame cannot be read or has another size.
    """
    image = dataset.read_image(str(path.relative_to(dataset.root)))
    _require_size(dataset.root / frame, image_shape, path, image.shape[:2], SizeRule.EQUAL)
    return image


def read_camera(dataset: MultiTaskDataset, frame: str, image_shape: Shape) -> NDArray[np.float64]:
    """Return the intrinsics (3, 3) of a frame for images of the dataset's ``camera_shape``, or of the given shape.

    Raises:
        DataError: If they cannot be read, a focal length is not positive, or the principal point lies outside the
            image.
    """
    intrinsics, path = dataset.read_intrinsics(frame), dataset.path_of(frame, 'intrinsics')
    height, width = dataset.camera_shape or image_shape
    if not np.isfinite(intrinsics).all() or min(intrinsics[0, 0], intrinsics[1, 1]) <= 0:
        raise DataError(
            f'{path} has {_described(intrinsics)}; expected finite numbers and positive focal lengths; '
            'use the original file'
        )
    if not (0 <= intrinsics[0, 2] <= width and 0 <= intrinsics[1, 2] <= height):
        raise DataError(
            f'{path} has {_described(intrinsics)}, outside an image of {width} x {height} pixels; was the image '
            'resized or cropped? Use the original image'
        )
    return intrinsics


def camera_doubt(intrinsics: NDArray, shape: Shape) -> str | None:
    """Return a message if the intrinsics are implausible for an image of that (height, width), else None."""
    fx, fy, u0, v0 = intrinsics[0, 0], intrinsics[1, 1], intrinsics[0, 2], intrinsics[1, 2]
    height, width = shape
    beside = abs(u0 / width - 0.5) > 0.25 or abs(v0 / height - 0.5) > 0.25
    if beside or not 0.5 < fx / fy < 2 or not 0.1 < fx / width < 10:
        return f'{_described(intrinsics)} do not fit an image of {width} x {height} pixels; was it resized or cropped?'
    return None


def _described(intrinsics: NDArray) -> str:
    focal, center = np.diag(intrinsics)[:2], intrinsics[:2, 2]
    return f'focal lengths {focal[0]:g}, {focal[1]:g} and the principal point ({center[0]:g}, {center[1]:g})'


def _require_size(image: Path, shape: Shape, path: Path, other: Shape, rule: SizeRule) -> None:
    if not rule.allows(shape, other):
        raise DataError(
            f'{path} has {other[1]} x {other[0]} pixels, but {image} has {shape[1]} x {shape[0]}; expected a file '
            f'{rule.value}; unpack both again'
        )


def _same_aspect(one: Shape, other: Shape) -> bool:
    """Compare two aspect ratios up to the tolerance, or up to one pixel of rounding."""
    cross = abs(one[0] * other[1] - one[1] * other[0])
    return cross <= ASPECT_TOLERANCE * one[0] * other[1] or cross < max(*one, *other)
