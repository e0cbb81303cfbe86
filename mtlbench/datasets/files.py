"""Reading the files of a dataset, and saying which one is wrong.

Pillow decodes images because, unlike OpenCV, it refuses a file of any format that breaks off in the middle. It cannot
hold 16 bits in several channels; OpenCV can, and of such png files it refuses broken ones too.
"""

from __future__ import annotations

import codecs
import os
import struct
import zlib
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path, PurePosixPath
from typing import Any
from zipfile import BadZipFile

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from mtlbench.errors import DataError, MissingExtraError
from mtlbench.utils.json_files import parse_json

IMAGE_SUFFIXES = ('.png', '.jpg', '.jpeg')
LOSSLESS = ('PNG', 'TIFF', 'BMP', 'PPM')
"""Formats, as Pillow calls them, in which a label keeps its values."""
SMALLEST = 4
"""No image or label of a dataset has a shorter side, in pixels."""
ORIENTATION = 0x0112
"""The EXIF tag that says how a viewer is to turn an image; 1 is upright."""
BYTE_ORDER_MARKS = {codecs.BOM_UTF8: 'utf-8-sig', codecs.BOM_UTF16_LE: 'utf-16', codecs.BOM_UTF16_BE: 'utf-16'}
DECODER_ERRORS = (
    *(OSError, SyntaxError, ValueError, TypeError, LookupError, EOFError, ArithmeticError, MemoryError),
    *(AttributeError, NotImplementedError, struct.error, zlib.error, BadZipFile, Image.DecompressionBombError),
)
"""What Pillow and NumPy raise for damaged files, depending on where they are damaged."""
RENDERED = 'RENDERED.json'
"""The note that tells a rendered folder from a real dataset."""
RENDERING = 'RENDERED.started.json'
"""The same note while the rendering is not finished."""


def read_rgb(path: Path) -> NDArray[np.uint8]:
    """Return an image (H, W, 3) with 8 bits a channel."""
    return _read(path, ('RGB',), '8-bit RGB', lossless=False)


def read_colors(path: Path) -> NDArray[np.uint8]:
    """Return a label (H, W, 3) that is stored in colors, 8 bits a channel."""
    return _read(path, ('RGB',), '8-bit RGB')


def read_ids(path: Path) -> NDArray[np.uint8]:
    """A map (H, W) of 8-bit ids; the colors of a palette do not matter."""
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
    _require_size(path, *values.shape[:2])
    if values.dtype != np.uint16:
        raise DataError(
            f'{path} has {values.dtype} values, expected 16 bits; use the original file, not a copy with 8 bits'
        )
    if values.ndim == 3 and values.shape[2] != 3:
        raise DataError(f'{path} has {values.shape[2]} channels, expected 1 or 3; use the original file')
    return np.asarray(values if values.ndim == 2 else values[..., 2 - channel], np.uint16)


def read_exr(path: Path, channel: str) -> NDArray[np.float32]:
    """One channel (H, W) of an OpenEXR file.

    Raises:
        MissingExtraError: When OpenEXR is not installed.
        DataError: When the file is missing, damaged, or has no such channel.
    """
    try:
        import OpenEXR
    except ImportError as error:
        raise MissingExtraError('OpenEXR', 'exr') from error
    if not path.is_file():
        raise DataError(_missing(path))
    try:
        channels = OpenEXR.File(str(path)).channels()
    except (RuntimeError, *DECODER_ERRORS) as error:
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
    try:
        with path.open('rb') as file:  # numpy leaves an archive open
            values = np.load(file, allow_pickle=False)
    except FileNotFoundError as error:
        raise DataError(_missing(path)) from error
    except DECODER_ERRORS as error:
        raise DataError(f'{path} cannot be decoded ({one_line(error)}); fetch or unpack it again') from error
    if not isinstance(values, np.ndarray) or values.dtype.kind not in 'fiub':
        raise DataError(f'{path} does not hold an array of real numbers; fetch or unpack it again')
    if values.ndim != ndim:
        raise DataError(f'{path} holds an array of shape {values.shape}, expected {ndim} dimensions')
    _require_size(path, *values.shape[:2])
    return values.astype(np.float32)


def read_text(path: Path) -> str:
    """Return the content of a text file, without its byte order mark.

    Raises:
        DataError: When the file is missing, or is no text.
    """
    content = _content(path)
    encodings = (name for mark, name in BYTE_ORDER_MARKS.items() if content.startswith(mark))
    text = content.decode(next(encodings, 'utf-8'), errors='replace')
    if '\0' in text:
        raise DataError(f'{path} is no text file; unpack the archive that holds it again')
    return text


def read_names(path: Path) -> list[str]:
    """Return the names on a list, one a line or separated by spaces; of a path the last part, without its suffix."""
    names = (PurePosixPath(word.replace('\\', '/')) for word in read_text(path).split())
    return [name.stem if name.suffix.lower() in IMAGE_SUFFIXES else name.name for name in names]


def read_json(path: Path) -> Any:
    """Return the content of a json file, with or without a byte order mark.

    Raises:
        DataError: When the file is missing or no strict json.
    """
    return parse_json(read_text(path), str(path))


def says_rendered(note: Path) -> bool:
    """Whether a note in the folder of a dataset says that it was rendered.

    Raises:
        DataError: When it cannot be read.
    """
    try:
        return read_json(note)['rendered'] is True
    except (ValueError, TypeError, KeyError) as error:
        raise DataError(f'{note}: expected json with "rendered": true or false; render the folder anew') from error


def existing(stem: Path, suffixes: Sequence[str]) -> Path | None:
    """The file of that path without its suffix, with the first of ``suffixes`` that exists; None where none does.

    A suffix may be written in capitals.
    """
    spellings = (spelling for suffix in suffixes for spelling in (suffix, suffix.upper(), f'.{suffix[1:].title()}'))
    paths = (stem.with_name(stem.name + suffix) for suffix in spellings)
    # Unlike Path.is_file, this bears names that are too long for a file.
    return next((path for path in paths if os.path.isfile(path)), None)  # noqa: PTH113


def file_of(stem: Path, suffixes: Sequence[str]) -> Path:
    """The file of that path without its suffix; where none exists, the path of the first that could."""
    return existing(stem, suffixes) or stem.with_name(stem.name + suffixes[0])


def one_line(error: BaseException) -> str:
    """What an error says, in one line."""
    return ' '.join(str(error).split()) or type(error).__name__


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError as error:
        raise DataError(_missing(path)) from error
    except OSError as error:
        raise DataError(f'{path} cannot be read ({error.strerror}); put the original file there') from error


def _missing(path: Path) -> str:
    return f'{path} is missing; unpack the archive that holds it into the same tree'


def _read(path: Path, modes: Sequence[str], description: str, lossless: bool = True) -> NDArray:
    """Decode an image file of one of Pillow's modes.

    Raises:
        DataError: When the file is missing, damaged, or of another kind.
    """
    try:
        with Image.open(path) as image:
            _require_kind(path, image, modes, description, lossless)
            pixels = np.array(image)
            _require_upright(path, image)
    except DataError:
        raise
    except FileNotFoundError as error:
        raise DataError(_missing(path)) from error
    except (UnidentifiedImageError, *DECODER_ERRORS) as error:
        raise DataError(f'{path} cannot be decoded ({one_line(error)}); fetch or unpack it again') from error
    return pixels


def _require_kind(path: Path, image: Image.Image, modes: Sequence[str], description: str, lossless: bool) -> None:
    if image.mode not in modes:
        expected = "' or '".join(modes)
        raise DataError(f"{path} is of Pillow's mode '{image.mode}', expected {description} ('{expected}')")
    if lossless and image.format not in LOSSLESS:
        raise DataError(f'{path} is a {image.format} file, which does not keep the values of a label; expected png')
    _require_size(path, image.height, image.width)


def _require_size(path: Path, height: int, width: int) -> None:
    if min(height, width) < SMALLEST:
        raise DataError(f'{path} has {width} x {height} pixels, expected at least {SMALLEST} a side; fetch it again')


def _require_upright(path: Path, image: Image.Image) -> None:
    """Refuse an image that viewers turn: its pixels may, or may not, lie as those of its labels do."""
    orientation = image.getexif().get(ORIENTATION, 1)
    if orientation in range(2, 9):
        raise DataError(
            f'{path} is to be turned when shown (EXIF orientation {orientation}); save it upright, without that tag, '
            'so that it lies as its labels do'
        )


@lru_cache(maxsize=256)
def read_frame_table(path: Path) -> dict[tuple[int, int], NDArray[np.float64]]:
    """A text table with a header line and rows ``frame camera value value ...``.

    Returns:
        The values by (frame, camera).

    Raises:
        DataError: When the file is missing or a row is not made of numbers.
    """
    lines = read_text(path).splitlines()[1:]
    try:
        rows = [line.split() for line in lines if line.strip()]
        table = {(int(row[0]), int(row[1])): np.array(row[2:], np.float64) for row in rows}
    except (ValueError, IndexError) as error:
        raise DataError(f'{path}: expected a header, then rows "frame camera value ..."; {error}') from error
    if len(table) < len(rows):
        raise DataError(f'{path} has {len(rows)} rows for {len(table)} frames and cameras; use the original file')
    return table
