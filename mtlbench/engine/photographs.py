"""Reading of images of any format, bit depth and orientation as upright RGB."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from mtlbench.errors import DataError

SUFFIXES = ('.bmp', '.gif', '.jfif', '.jpeg', '.jpg', '.pgm', '.png', '.ppm', '.tif', '.tiff', '.webp')
FULL_SCALES = (1.0, 255.0, 65535.0)
"""Values of white: in floats, 8 and 16 bits."""


def find_images(source: str | Path) -> list[Path]:
    """Return the image, or all images of a folder, sorted, without hidden files and subfolders.

    Raises:
        DataError: When there is no image.
    """
    source = Path(source)
    if source.is_file():
        return [source]
    if not source.is_dir():
        raise DataError(f'there is no image and no folder {source.absolute()}; check the path')
    visible = (path for path in source.iterdir() if not path.name.startswith('.') and path.is_file())
    found = sorted(path for path in visible if path.suffix.lower() in SUFFIXES)
    if not found:
        kinds = ', '.join(SUFFIXES)
        raise DataError(f'no images in {source.absolute()}; pass an image or a folder with some ({kinds})')
    return found


def read_image(path: Path) -> NDArray[np.uint8]:
    """Read an image (H, W, 3) uint8 RGB from a file of any format that Pillow supports.

    The image is rotated as its EXIF data says. Animations give their first frame; transparent pixels become white; more
    than 8 bits are scaled to 8.

    Raises:
        DataError: When the file cannot be decoded.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter('ignore')  # about large or unusual files, which are read all the same
            with Image.open(path) as image:
                return np.array(_rgb(_upright(image)))
    except Image.DecompressionBombError as error:
        raise DataError(f'{path} has too many pixels; make it smaller ({error})') from error
    except Exception as error:  # Pillow raises errors of many classes about damaged files
        raise DataError(f'{path} is not a readable image ({error}); convert it to PNG or JPEG') from error


def _upright(image: Image.Image) -> Image.Image:
    try:
        return ImageOps.exif_transpose(image)
    except Exception:  # damaged EXIF data; damaged pixels are found right after
        return image


def _rgb(image: Image.Image) -> Image.Image:
    if image.mode.startswith(('I', 'F')):
        return Image.fromarray(_eight_bit(np.asarray(image), image.mode)).convert('RGB')
    if image.mode.lower().endswith('a') or 'transparency' in image.info:
        layer = image.convert('RGBA')
        return Image.alpha_composite(Image.new('RGBA', layer.size, 'white'), layer).convert('RGB')
    return image.convert('RGB')


def _eight_bit(values: NDArray, mode: str) -> NDArray[np.uint8]:
    """Scale gray values of 16 or 32 bits or floats to 8 bits; white is the smallest usual value that none exceeds."""
    values = np.nan_to_num(values.astype(np.float64), posinf=0.0, neginf=0.0)
    scales = FULL_SCALES[2:] if mode.startswith('I') else FULL_SCALES
    top = values.max(initial=0.0)
    white = next((scale for scale in scales if top <= scale), top)
    return (values.clip(0) * (255 / white) + 0.5).astype(np.uint8)
