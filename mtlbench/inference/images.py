"""Images of any format, bit depth and orientation as upright RGB."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

from mtlbench.errors import DataError

ImageLike = str | Path | NDArray[np.uint8] | Image.Image
"""Path of an image file, RGB array (H, W, 3) uint8, or Pillow image."""
FULL_SCALES = (1.0, 255.0, 65535.0)
"""Values of white: in floats, 8 and 16 bits."""


def as_rgb(image: ImageLike) -> NDArray[np.uint8]:
    """Return an image (H, W, 3) uint8 RGB. Files and Pillow images are rotated as their EXIF data says.

    Raises:
        DataError: When the file cannot be decoded, or the array has another shape or type.
    """
    if isinstance(image, str | Path):
        return read_image(Path(image))
    if isinstance(image, Image.Image):
        try:
            return np.array(_rgb(_upright(image)))
        except Exception as error:  # see read_image
            raise DataError(f'the image cannot be decoded ({error}); pass another one') from error
    if not (isinstance(image, np.ndarray) and image.dtype == np.uint8 and image.ndim == 3 and image.shape[2] == 3):
        found = f'{image.dtype} {image.shape}' if isinstance(image, np.ndarray) else type(image).__name__
        raise DataError(f'expected a path, a Pillow image or an RGB array (H, W, 3) of uint8, got {found}; convert it')
    if not image.size:
        raise DataError(f'the image has no pixels (its shape is {image.shape}); pass at least 1 x 1')
    return image


def read_image(path: Path) -> NDArray[np.uint8]:
    """Read an image (H, W, 3) uint8 RGB from a file of any format that Pillow supports, or from a floating-point TIFF.

    The image is rotated as its EXIF data says. Animations give their first frame; transparent pixels become white; more
    than 8 bits are scaled to 8.

    Raises:
        DataError: When the file cannot be decoded.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter('ignore')  # about large or unusual files, which are read all the same
            try:
                with Image.open(path) as image:
                    return np.array(_rgb(_upright(image)))
            except UnidentifiedImageError:
                return _floating_rgb(path)
    except Image.DecompressionBombError as error:
        raise DataError(f'{path} has too many pixels; make it smaller ({error})') from error
    except Exception as error:  # Pillow raises errors of many classes about damaged files
        raise DataError(f'{path} is not a readable image ({error}); convert it to PNG or JPEG') from error


def resized(image: NDArray[np.uint8], size: tuple[int, int]) -> NDArray[np.uint8]:
    """Resize an image (H, W, 3) to (height, width) with the anti-aliasing filter that training uses."""
    if image.shape[:2] == size:
        return image
    pixels = Image.fromarray(np.ascontiguousarray(image))
    return np.array(pixels.resize(size[::-1], Image.Resampling.LANCZOS))


def _upright(image: Image.Image) -> Image.Image:
    try:
        return ImageOps.exif_transpose(image)
    except Exception:  # damaged EXIF data; damaged pixels are found right after
        return image


def _rgb(image: Image.Image) -> Image.Image:
    if image.mode.startswith(('I', 'F')):
        scales = FULL_SCALES[2:] if image.mode.startswith('I') else FULL_SCALES
        return Image.fromarray(_eight_bit(np.asarray(image), scales)).convert('RGB')
    if image.mode.lower().endswith('a') or 'transparency' in image.info:
        layer = image.convert('RGBA')
        return Image.alpha_composite(Image.new('RGBA', layer.size, 'white'), layer).convert('RGB')
    return image.convert('RGB')


def _floating_rgb(path: Path) -> NDArray[np.uint8]:
    """Read an image with several floating-point channels, which Pillow cannot represent."""
    if not path.stat().st_size:
        raise ValueError('it is empty')
    values = cv2.imdecode(np.fromfile(path, np.uint8), cv2.IMREAD_UNCHANGED)
    if values is None or values.ndim != 3 or values.dtype.kind != 'f':
        raise ValueError('its format is unknown')
    return np.ascontiguousarray(_eight_bit(values[..., 2::-1], FULL_SCALES))


def _eight_bit(values: NDArray, scales: Sequence[float]) -> NDArray[np.uint8]:
    """Scale values of 16 or 32 bits or floats to 8 bits; white is the smallest scale that none exceeds."""
    values = np.nan_to_num(values.astype(np.float64), posinf=0.0, neginf=0.0)
    top = values.max(initial=0.0)
    white = next((scale for scale in scales if top <= scale), top)
    return (values.clip(0) * (255 / white) + 0.5).astype(np.uint8)
