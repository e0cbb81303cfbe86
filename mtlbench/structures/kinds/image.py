"""Kind of images."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from mtlbench.structures.kinds.base import FieldKind, Size


class ImageKind(FieldKind):
    """RGB images, uint8, resized by Pillow's anti-aliasing Lanczos filter (OpenCV's does not anti-alias)."""

    name, padding = 'IMAGE', 0

    def resize(self, field: NDArray, size: Size, at_corner: bool = False) -> NDArray:
        """Return the resized image."""
        if field.shape[:2] == size:
            return field
        return np.array(Image.fromarray(field).resize(size[::-1], Image.Resampling.LANCZOS))
