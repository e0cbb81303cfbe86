"""Readers of image and array files, with errors that name the file.

Pillow decodes images because, unlike OpenCV, it rejects truncated files of every format. Pillow cannot represent
several 16-bit channels; OpenCV reads such PNG files, and rejects truncated ones as well.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from zipfile import BadZipFile

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from mtlbench.datasets.paths import missing, one_line, read_bytes
from mtlbench.errors import DataError, MissingExtraError

LOSSLESS = ('PNG', 'TIFF', 'BMP', 'PPM')
"""Pillow's names of the formats that preserve the values of a label."""
SMALLEST = 4
"""Smallest accepted side of an image or label, in pixels."""
ORIENTATION = 0x0112
"""EXIF tag of the orientation in which viewers show an image; 1 is upright."""
DECODER_ERRORS = (
    *(OSError, SyntaxError, ValueError, TypeError, LookupError, EOFError, ArithmeticError, MemoryError),
    *(AttributeError, NotImplementedError, struct.error, zlib.error, BadZipFile, Image.DecompressionBombError),
)
"""Exceptions that Pillow and NumPy raise for damaged files, depending on where the damage is."""


def read_rgb(path: Path) -> NDArray[np.uint8]:
    """Return an image (H, W, 3) with 8 bits per channel."""
    return _read(path, ('RGB',), '8-bit RGB', lossless=False)


def read_rgb_or_gray(path: Path) -> NDArray[np.uint8]:
    """Return an image (H, W, 3) with 8 bits per channel; a gray image has equal channels."""
    pixels = _read(path, ('RGB', 'L'), '8-bit RGB or gray', lossless=False)
    return pixels if pixels.ndim == 3 else np.repeat(pixels[..., None], 3, axis=2)


def image_size(path: Path) -> tuple[int, int]:
    """Return the (height, width) of an image without decoding it.

    Raises:
        DataError: If the file is missing or not an image.
    """
    try:
        with Image.open(path) as image:
            return image.height, image.width
    except FileNotFoundError as error:
        raise DataError(missing(path)) from error
    except (UnidentifiedImageError, *DECODER_ERRORS) as error:
        raise DataError(f'{path} cannot be decoded ({one_line(error)}); fetch or unpack it again') from error


def read_colors(path: Path) -> NDArray[np.uint8]:
    """Return a color-coded label (H, W, 3) with 8 bits per channel."""
    return _read(path, ('RGB',), '8-bit RGB')


def read_label_colors(path: Path) -> NDArray[np.uint8]:
    """Return a color-coded label (H, W, 3) with 8 bits per channel, or with a palette."""
    return _read(path, ('RGB', 'P'), '8-bit RGB, or a palette', decode=lambda image: np.array(image.convert('RGB')))


def read_indices(path: Path) -> NDArray[np.uint16]:
    """Return a map (H, W) of ids with up to 16 bits. The colors of a palette are ignored."""
    return _read(path, ('1', 'L', 'P', 'I;16'), 'single-channel ids with up to 16 bits').astype(np.uint16)


def read_gray(path: Path) -> NDArray:
    """Return a map (H, W) of integers with 8 to 32 bits, or of floating-point numbers."""
    return _read(path, ('L', 'I;16', 'I', 'F'), 'single-channel')


def read_ids(path: Path) -> NDArray[np.uint8]:
    """Return a map (H, W) of 8-bit ids. The colors of a palette are ignored."""
    return _read(path, ('L', 'P'), '8-bit single-channel')


def read_uint16(path: Path) -> NDArray[np.uint16]:
    """Return a map (H, W) of 16-bit values."""
    return _read(path, ('I;16',), '16-bit single-channel')


def read_codes(path: Path) -> NDArray:
    """Return the values (H, W), or (H, W, 3) with red first, of a lossless file of any number of bits per channel.

    Raises:
        DataError: If the file is missing, damaged, or has another number of channels.
    """
    values = _decode(path)
    if values.ndim == 3 and values.shape[2] != 3:
        raise DataError(f'{path} has {values.shape[2]} channels, expected 1 or 3; use the original file')
    return values if values.ndim == 2 else np.ascontiguousarray(values[..., ::-1])


def read_uint16_channel(path: Path, channel: int = 0) -> NDArray[np.uint16]:
    """Return one channel (H, W) of a PNG file with 16 bits per channel.

    Args:
        path: Path of the file.
        channel: Channel to return: 0 red, 1 green, 2 blue. Ignored for a file with a single channel.

    Raises:
        DataError: If the file is missing, damaged, or has another number of bits or channels.
    """
    values = _decode(path)
    if values.dtype != np.uint16:
        raise DataError(f'{path} has {values.dtype} values, expected 16 bits; use the original file, not an 8-bit copy')
    if values.ndim == 3 and values.shape[2] != 3:
        raise DataError(f'{path} has {values.shape[2]} channels, expected 1 or 3; use the original file')
    return np.asarray(values if values.ndim == 2 else values[..., 2 - channel], np.uint16)


def _decode(path: Path) -> NDArray:
    """Return the values of a PNG file, with the channels in the order of OpenCV, blue first."""
    content = np.frombuffer(read_bytes(path), np.uint8)
    try:
        values = cv2.imdecode(content, cv2.IMREAD_UNCHANGED) if content.size else None
    except cv2.error as error:
        raise DataError(f'{path} cannot be decoded ({error.err}); fetch or unpack it again') from error
    if values is None:
        raise DataError(f'{path} cannot be decoded; fetch or unpack it again')
    _require_size(path, *values.shape[:2])
    return values


def read_exr(path: Path, channel: str | None) -> NDArray[np.float32]:
    """Return one channel (H, W) of an OpenEXR file; None for the only one.

    Raises:
        MissingExtraError: If OpenEXR is not installed.
        DataError: If the file is missing, damaged, or lacks the channel.
    """
    try:
        import OpenEXR
    except ImportError as error:
        raise MissingExtraError('OpenEXR', 'exr') from error
    if not path.is_file():
        raise DataError(missing(path))
    try:
        channels = OpenEXR.File(str(path)).channels()
    except (RuntimeError, *DECODER_ERRORS) as error:
        raise DataError(f'{path} cannot be decoded; fetch or unpack it again') from error
    if channel is None and len(channels) == 1:
        channel = next(iter(channels))
    if channel is None:
        raise DataError(f"{path} has the channels {', '.join(channels)}; name the one to read, as in channel='R'")
    if channel not in channels:
        raise DataError(f"{path} has no channel '{channel}', only {', '.join(channels)}; use the original file")
    return np.asarray(channels[channel].pixels, np.float32)


def read_npy(path: Path, ndim: int) -> NDArray[np.float32]:
    """Return the array of a ``.npy`` file in single precision; see :func:`read_array`."""
    return read_array(path, (ndim,)).astype(np.float32)


def read_array(path: Path, ndims: Collection[int]) -> NDArray:
    """Return the array of real numbers in a ``.npy`` file, which has one of some numbers of dimensions.

    Raises:
        DataError: If the file is missing or damaged, or the array has another number of dimensions.
    """
    try:
        with path.open('rb') as file:  # numpy leaves an archive open
            values = np.load(file, allow_pickle=False)
    except FileNotFoundError as error:
        raise DataError(missing(path)) from error
    except DECODER_ERRORS as error:
        raise DataError(f'{path} cannot be decoded ({one_line(error)}); fetch or unpack it again') from error
    if not isinstance(values, np.ndarray) or values.dtype.kind not in 'fiub':
        raise DataError(f'{path} does not hold an array of real numbers; fetch or unpack it again')
    if values.ndim not in ndims:
        expected = ' or '.join(map(str, ndims))
        raise DataError(
            f'{path} holds an array of shape {values.shape}, expected {expected} dimensions; use the original file'
        )
    _require_size(path, *values.shape[:2])
    return values


def _read(
    path: Path,
    modes: Sequence[str],
    description: str,
    lossless: bool = True,
    decode: Callable[[Image.Image], NDArray] = np.array,
) -> NDArray:
    """Decode an image file in one of Pillow's modes.

    Raises:
        DataError: If the file is missing, damaged, or of another kind.
    """
    try:
        with Image.open(path) as image:
            _require_kind(path, image, modes, description, lossless)
            pixels = decode(image)
            _require_upright(path, image)
    except DataError:
        raise
    except FileNotFoundError as error:
        raise DataError(missing(path)) from error
    except (UnidentifiedImageError, *DECODER_ERRORS) as error:
        raise DataError(f'{path} cannot be decoded ({one_line(error)}); fetch or unpack it again') from error
    return pixels


def _require_kind(path: Path, image: Image.Image, modes: Sequence[str], description: str, lossless: bool) -> None:
    if image.mode not in modes:
        expected = "' or '".join(modes)
        raise DataError(
            f"{path} has Pillow mode '{image.mode}', expected {description} ('{expected}'); use the original file"
        )
    if lossless and image.format not in LOSSLESS:
        raise DataError(f'{path} is a {image.format} file, which does not preserve label values; expected PNG')
    _require_size(path, image.height, image.width)


def _require_size(path: Path, height: int, width: int) -> None:
    if min(height, width) < SMALLEST:
        raise DataError(f'{path} has {width} x {height} pixels, expected at least {SMALLEST} per side; fetch it again')


def _require_upright(path: Path, image: Image.Image) -> None:
    """Reject an image that viewers rotate, because it is unclear which way its labels lie."""
    orientation = image.getexif().get(ORIENTATION, 1)
    if orientation in range(2, 9):
        raise DataError(
            f'{path} is rotated for display (EXIF orientation {orientation}); save it upright and without that tag, so '
            'that it matches its labels'
        )
