"""Reading the files of a dataset, and saying which one is wrong.

Pillow decodes pictures because, unlike OpenCV, it refuses a file of any format that breaks off in the middle. It cannot
hold 16 bits in several channels; OpenCV can, and of such png files it refuses broken ones too.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from mtlbench.errors import DataError, MissingExtraError

RENDERED = 'RENDERED.json'
"""The note that tells a rendered folder from a real dataset."""
RENDERING = 'RENDERED.started.json'
"""The same note while the rendering is not finished."""


_WATCHING: ContextVar[list[Path] | None] = ContextVar('watching', default=None)


class _Spotted(BaseException):
    """Ends a reader before it reads."""


@contextmanager
def first_file() -> Iterator[list[Path]]:
    """Find out which file the readers here are asked for first. Nothing is read: the block ends there."""
    found: list[Path] = []
    token = _WATCHING.set(found)
    try:
        yield found
    except _Spotted:
        pass
    finally:
        _WATCHING.reset(token)


def _spot(path: Path) -> None:
    found = _WATCHING.get()
    if found is not None:
        found.append(path)
        raise _Spotted


def read_rgb(path: Path) -> NDArray[np.uint8]:
    """A picture (H, W, 3) with 8 bits a channel."""
    return _read(path, ('RGB',), '8-bit RGB')


def read_ids(path: Path) -> NDArray[np.uint8]:
    """A map (H, W) of 8-bit ids; the colours of a palette do not matter."""
    return _read(path, ('L', 'P'), '8-bit single-channel')


def read_uint16(path: Path) -> NDArray[np.uint16]:
    """A map (H, W) of 16-bit values."""
    return _read(path, ('I;16',), '16-bit single-channel')


def read_uint16_channel(path: Path, channel: int = 0) -> NDArray[np.uint16]:
    """One channel (H, W) of a png file with 16 bits a channel: 0 red, 1 green, 2 blue, or the only one."""
    content = np.frombuffer(_content(path), np.uint8)
    try:
        values = cv2.imdecode(content, cv2.IMREAD_UNCHANGED) if content.size else None
    except cv2.error as error:
        raise DataError(f'{path} cannot be decoded ({error.err}); fetch or unpack it again') from error
    if values is None:
        raise DataError(f'{path} cannot be decoded; fetch or unpack it again')
    if values.dtype != np.uint16:
        raise DataError(
            f'{path} has {values.dtype} values, expected 16 bits; use the original file, not a copy with 8 bits'
        )
    return np.asarray(values if values.ndim == 2 else values[..., 2 - channel], np.uint16)


def read_exr(path: Path, channel: str) -> NDArray[np.float32]:
    """One channel (H, W) of an OpenEXR file.

    Raises:
        MissingExtraError: When OpenEXR is not installed.
        DataError: When the file is missing, damaged, or has no such channel.
    """
    _spot(path)
    try:
        import OpenEXR
    except ImportError as error:
        raise MissingExtraError('OpenEXR', 'exr') from error
    if not path.is_file():
        raise DataError(_missing(path))
    try:
        channels = OpenEXR.File(str(path)).channels()
    except (RuntimeError, ValueError, TypeError) as error:
        raise DataError(f'{path} cannot be decoded; fetch or unpack it again') from error
    if channel not in channels:
        raise DataError(f"{path} has no channel '{channel}', but {', '.join(channels)}")
    return np.asarray(channels[channel].pixels, np.float32)


def read_numbers(path: Path) -> dict[str, NDArray[np.float64]]:
    """Lines ``name: number number ...``, as in a KITTI calibration file; lines of other things are left out.

    Raises:
        DataError: When the file is missing.
    """
    table = {}
    for line in read_text(path).splitlines():
        name, _, values = line.partition(':')
        try:
            table[name.strip()] = np.array(values.split(), np.float64)
        except ValueError:  # such as a date
            continue
    return table


def read_npy(path: Path, ndim: int) -> NDArray[np.float32]:
    """An array of numbers from a ``.npy`` file, in single precision.

    Raises:
        DataError: When the file is missing, damaged, or holds an array of another number of dimensions.
    """
    _spot(path)
    try:
        values = np.load(path, allow_pickle=False)
    except FileNotFoundError as error:
        raise DataError(_missing(path)) from error
    except (OSError, ValueError, EOFError) as error:
        raise DataError(f'{path} cannot be decoded ({error}); fetch or unpack it again') from error
    if values.ndim != ndim:
        raise DataError(f'{path} holds an array of shape {values.shape}, expected {ndim} dimensions')
    return values.astype(np.float32)


def read_text(path: Path) -> str:
    """A text file."""
    return _content(path).decode(errors='replace')


def existing(stem: Path, suffixes: Sequence[str]) -> Path | None:
    """The file of that path without its suffix, with the first of ``suffixes`` that exists; None where none does."""
    paths = (stem.with_name(stem.name + suffix) for suffix in suffixes)
    return next((path for path in paths if path.is_file()), None)


def _content(path: Path) -> bytes:
    _spot(path)
    try:
        return path.read_bytes()
    except FileNotFoundError as error:
        raise DataError(_missing(path)) from error


def _missing(path: Path) -> str:
    return f'{path} is missing; unpack the archive that holds it into the same tree'


def _read(path: Path, modes: Sequence[str], description: str) -> NDArray:
    """Decode an image file of one of Pillow's modes.

    Raises:
        DataError: When the file is missing, damaged, or of another kind.
    """
    _spot(path)
    try:
        with Image.open(path) as picture:
            if picture.mode not in modes:
                expected = "' or '".join(modes)
                raise DataError(f"{path} is of Pillow's mode '{picture.mode}', expected {description} ('{expected}')")
            return np.array(picture)
    except FileNotFoundError as error:
        raise DataError(_missing(path)) from error
    except (UnidentifiedImageError, Image.DecompressionBombError, OSError, SyntaxError, ValueError) as error:
        if isinstance(error, DataError):
            raise
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
