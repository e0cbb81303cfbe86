"""Resampling of images, labels and heights, and sliding windows."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from mtlbench.class_sets.isprs import CLASSES
from mtlbench.datasets.files import DECODER_ERRORS
from mtlbench.datasets.paths import one_line
from mtlbench.errors import DataError
from mtlbench.structures import IGNORE_INDEX

Shape = tuple[int, int]
DARK, BRIGHT = 64, 192
OFF_PALETTE = 0.01
"""Largest share of a label's pixels whose color belongs to no class."""


def window_starts(length: int, size: int, stride: int, drop_last: bool) -> list[int]:
    """Return the first pixel of each window along one axis.

    Windows start every ``stride`` pixels. Unless ``drop_last``, one more ends at the border. An image that is no longer
    than a window has a single one.
    """
    if length <= size:
        return [0]
    starts = list(range(0, length - size + 1, stride))
    if starts[-1] + size < length and not drop_last:
        starts.append(length - size)
    return starts


def shape_of(path: Path) -> Shape:
    """Return the (height, width) of an image without decoding it."""
    with _opened(path) as image:
        return image.height, image.width


def read_image(path: Path, shape: Shape) -> NDArray[np.uint8]:
    """Return a three-channel image, resampled with an anti-aliasing filter."""
    with _opened(path) as image:
        _require_mode(path, image, 'RGB', 'an image of three 8-bit channels')
        if (image.height, image.width) != shape:
            return _decoded(path, lambda: np.asarray(image.resize(shape[::-1], Image.Resampling.LANCZOS)))
        return _decoded(path, lambda: np.asarray(image))


def read_label(path: Path, shape: Shape) -> NDArray[np.uint8]:
    """Return the training ids of a color-coded label, with nearest-neighbor resampling at pixel centers.

    A channel below 64 counts as 0, one from 192 on as 255. Pixels whose color then belongs to no class are ignored,
    such as the black borders of the noBoundary labels.

    Raises:
        DataError: If more than 1 % of the pixels, apart from black ones, have the color of no class.
    """
    with _opened(path) as image:
        _require_mode(path, image, 'RGB', 'a label of three 8-bit channels')
        colors = _decoded(path, lambda: np.asarray(image))
    rows, columns = ((2 * np.arange(new) + 1) * old // (2 * new) for old, new in zip(colors.shape, shape, strict=False))
    colors = colors.take(rows, axis=0).take(columns, axis=1)
    levels = np.full(256, 8, np.uint8)  # bits of a corner of the color cube; 8 = between corners
    levels[:DARK], levels[BRIGHT:] = 0, 1
    codes = levels[colors]
    corner = np.where((codes == 8).any(-1), np.uint8(8), codes[..., 0] | codes[..., 1] << 1 | codes[..., 2] << 2)
    table, black = _ids_by_corner(), corner == 0
    ids = table[corner]
    strange = ((ids == IGNORE_INDEX) & ~black).mean()
    if strange > OFF_PALETTE:
        raise DataError(
            f'{path}: {strange:.1%} of the pixels have the color of no class; expected a label in the color code of '
            f'{", ".join(CLASSES)}; use the original file'
        )
    return ids


def read_height(path: Path, shape: Shape) -> NDArray[np.uint8]:
    """Return the gray values of a height file, resampled bilinearly."""
    with _opened(path) as image:
        _require_mode(path, image, 'L', '8-bit gray values')
        gray = _decoded(path, lambda: np.asarray(image))
    if gray.shape == shape:
        return gray
    return cv2.resize(np.ascontiguousarray(gray), shape[::-1], interpolation=cv2.INTER_LINEAR).astype(np.uint8)


def _ids_by_corner() -> NDArray[np.uint8]:
    """Return the training ids of the corners of the color cube, indexed by the bits red, green, blue."""
    table = np.full(9, IGNORE_INDEX, np.uint8)
    for index, (red, green, blue) in enumerate(CLASSES.values()):
        table[(red > 0) | (green > 0) << 1 | (blue > 0) << 2] = index
    return table


def _opened(path: Path) -> Image.Image:
    try:
        return Image.open(path)
    except DECODER_ERRORS as error:
        raise DataError(f'{path} cannot be read ({one_line(error)}); fetch or unpack it again') from error


def _decoded(path: Path, decode: Callable[[], NDArray]) -> NDArray:
    try:
        return decode()
    except DECODER_ERRORS as error:
        raise DataError(f'{path} cannot be decoded ({one_line(error)}); fetch or unpack it again') from error


def _require_mode(path: Path, image: Image.Image, mode: str, description: str) -> None:
    if image.mode != mode:
        raise DataError(
            f"{path} has Pillow mode '{image.mode}', expected {description} ('{mode}'); use the original file"
        )
