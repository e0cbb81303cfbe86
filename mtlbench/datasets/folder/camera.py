"""Intrinsics of a user's own images, from files or from the config."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from mtlbench.datasets.files import image_size
from mtlbench.datasets.folder.pattern import Pattern, Values
from mtlbench.datasets.text_files import read_json, read_text
from mtlbench.errors import ConfigError, DataError
from mtlbench.geometry import scale_intrinsics
from mtlbench.utils.choices import require_known

NUMBERS = ('fx', 'fy', 'cx', 'cy')
MATRICES = ('K', 'intrinsics', 'camera_matrix')
PLACE = 'FolderDataset: camera'
EXPECTED = (
    "expected dict(fx=..., fy=..., cx=..., cy=...) in pixels, or dict(files='cameras/{name}.json'); add size=(height, "
    'width) if these refer to images of another size'
)


class Camera(Protocol):
    """Intrinsics of the frames of a dataset.

    Attributes:
        size: Size (height, width) of the images that the intrinsics refer to; None: that of the image itself.
    """

    size: tuple[int, int] | None

    def path(self, root: Path, values: Values, image: Path) -> Path:
        """Return the file that the intrinsics are read from, or the image if they are in the config."""

    def read(self, root: Path, values: Values, image: Path) -> NDArray[np.float64]:
        """Return the intrinsics (3, 3) for images of ``size``."""


def parse_camera(given: Any, placeholders: Sequence[str]) -> Camera | None:
    """Return the camera in a config; None if there is none.

    Args:
        given: Value in the config.
        placeholders: Placeholders in the pattern of the images; that of the camera files may have no others.

    Raises:
        ConfigError: If keys are missing or unknown, or values are not numbers.
    """
    if given is None:
        return None
    if not isinstance(given, Mapping):
        raise ConfigError(f'{PLACE} is {given!r:.80}, {EXPECTED}')
    for key in given:
        require_known(f'{PLACE}: key', key, [*NUMBERS, 'files', 'size'])
    size = _size(given.get('size'))
    if 'files' in given:
        camera = FileCamera(str(given['files']), size)
        for name in camera.pattern.placeholders:
            require_known(f'{PLACE}.files: placeholder', name, placeholders)
        return camera
    if not all(isinstance(given.get(key), int | float) for key in NUMBERS):
        raise ConfigError(f'{PLACE} is {dict(given)!r:.120}, {EXPECTED}')
    return FixedCamera([float(given[key]) for key in NUMBERS], size)


def _size(given: Any) -> tuple[int, int] | None:
    if given is None:
        return None
    whole = isinstance(given, list | tuple) and all(isinstance(side, int) and side > 0 for side in given)
    if not whole or len(given) != 2:
        raise ConfigError(f'{PLACE}.size is {given!r:.80}, expected (height, width) in pixels')
    return given[0], given[1]


class FixedCamera:
    """One camera for all images, whose intrinsics are in the config.

    Args:
        numbers: Focal lengths ``fx`` and ``fy`` and principal point ``cx`` and ``cy``, in pixels.
        size: Size (height, width) of the images that they refer to; None: that of the image itself.
    """

    def __init__(self, numbers: Sequence[float], size: tuple[int, int] | None) -> None:
        fx, fy, cx, cy = numbers
        self.matrix, self.size = np.array([[fx, 0, cx], [0, fy, cy], [0, 0, 1]], np.float64), size

    def path(self, root: Path, values: Values, image: Path) -> Path:
        """See :class:`Camera`."""
        return image

    def read(self, root: Path, values: Values, image: Path) -> NDArray[np.float64]:
        """See :class:`Camera`."""
        return self.matrix.copy()


class FileCamera:
    """Cameras in files: one per image, per folder, or for all images, depending on the placeholders.

    A text file holds ``fx fy cx cy``, or a matrix of 3 x 3 or 4 x 4. A JSON file holds the keys ``fx``, ``fy``, ``cx``
    and ``cy``, or a matrix as ``K``, ``intrinsics`` or ``camera_matrix``; with ``width`` and ``height``, these numbers
    refer to images of that size.

    Args:
        files: Pattern of the files.
        size: Size (height, width) of the images that the numbers refer to; None: that in the file, or of the image.
    """

    def __init__(self, files: str, size: tuple[int, int] | None) -> None:
        if not files.lower().endswith(('.json', '.txt')):
            raise ConfigError(f"{PLACE}.files is '{files}', expected a pattern that ends in .json or .txt")
        self.files, self.size = files, size
        stem, _, suffix = files.rpartition('.')
        self.pattern = Pattern(stem, (f'.{suffix.lower()}',))

    def path(self, root: Path, values: Values, image: Path) -> Path:
        """See :class:`Camera`."""
        return self.pattern.path(root, values)

    def read(self, root: Path, values: Values, image: Path) -> NDArray[np.float64]:
        """See :class:`Camera`."""
        path = self.path(root, values, image)
        if not path.is_file():
            raise DataError(f'{path} is missing; {PLACE}.files names it as the camera of {image}')
        if path.suffix.lower() == '.txt':
            return _matrix(read_text(path).replace(',', ' ').split(), path)
        content = read_json(path)
        if not isinstance(content, Mapping):
            return _matrix(content, path)
        matrix = _matrix(next((content[key] for key in MATRICES if key in content), None) or _numbers(content), path)
        height, width = content.get('height'), content.get('width')
        if not isinstance(height, int) or not isinstance(width, int) or min(height, width) < 1:
            return matrix
        return scale_intrinsics(matrix, (height, width), self.size or image_size(image))


def _numbers(content: Mapping[str, Any]) -> list[Any]:
    return [content.get(key) for key in NUMBERS]


def _matrix(numbers: Any, path: Path) -> NDArray[np.float64]:
    """Return the intrinsics (3, 3) in a file of four, nine or sixteen numbers.

    Raises:
        DataError: If the number of values is another, or a value is not a number.
    """
    try:
        values = np.array(numbers, np.float64).ravel()
        fx, fy, cx, cy = values if values.size == 4 else _square(values)[[0, 1, 0, 1], [0, 1, 2, 2]]
    except (TypeError, ValueError, IndexError) as error:
        raise DataError(
            f'{path}: expected fx, fy, cx and cy, or a matrix of 3 x 3 or 4 x 4 numbers; correct the file'
        ) from error
    return np.array([[fx, 0, cx], [0, fy, cy], [0, 0, 1]])


def _square(values: NDArray[np.float64]) -> NDArray[np.float64]:
    side = {9: 3, 16: 4}.get(values.size, 0)
    return values.reshape(side, side)
