"""Reading the files of a dataset, and saying which one is wrong.

Pillow decodes them because, unlike OpenCV, it refuses a file that breaks off in the middle.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from mtlbench.errors import DataError

RENDERED = 'RENDERED.json'
"""The note that tells a rendered folder from a real dataset."""
RENDERING = 'RENDERED.started.json'
"""The same note while the rendering is not finished."""


def read_rgb(path: Path) -> NDArray[np.uint8]:
    """A picture (H, W, 3) with 8 bits a channel."""
    return _read(path, 'RGB', '8-bit RGB')


def read_ids(path: Path) -> NDArray[np.uint8]:
    """A map (H, W) of 8-bit ids."""
    return _read(path, 'L', '8-bit single-channel')


def read_uint16(path: Path) -> NDArray[np.uint16]:
    """A map (H, W) of 16-bit values."""
    return _read(path, 'I;16', '16-bit single-channel')


def _read(path: Path, mode: str, description: str) -> NDArray:
    """Decode an image file of one kind.

    Raises:
        DataError: When the file is missing, damaged, or of another kind.
    """
    try:
        with Image.open(path) as picture:
            if picture.mode != mode:
                raise DataError(f"{path} is of Pillow's mode '{picture.mode}', expected {description} ('{mode}')")
            return np.array(picture)
    except FileNotFoundError as error:
        raise DataError(f'{path} is missing; unpack the archive that holds it into the same tree') from error
    except (UnidentifiedImageError, OSError, SyntaxError) as error:
        raise DataError(f'{path} cannot be decoded ({error}); fetch or unpack it again') from error


@lru_cache(maxsize=256)
def read_frame_table(path: Path) -> dict[tuple[int, int], NDArray[np.float64]]:
    """A text table with a header line and rows ``frame camera value value ...``.

    Returns:
        The values by (frame, camera).

    Raises:
        DataError: When the file is missing or a row is not made of numbers.
    """
    try:
        rows = [line.split() for line in path.read_text().splitlines()[1:] if line.strip()]
        return {(int(row[0]), int(row[1])): np.array(row[2:], np.float64) for row in rows}
    except FileNotFoundError as error:
        raise DataError(f'{path} is missing; it comes with the archive of text files') from error
    except (ValueError, IndexError) as error:
        raise DataError(f'{path}: expected a header, then rows "frame camera value ..."; {error}') from error
