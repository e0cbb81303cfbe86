"""Drawing of maps in colors."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray


def draw_shades(shades: NDArray, known: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """Draw shades (H, W) in 0 .. 1 from violet to yellow (viridis) as (H, W, 3) RGB; unknown pixels are black."""
    levels = (255 * np.where(known, shades, 0).clip(0, 1)).round().astype(np.uint8)
    colors = cv2.applyColorMap(levels, cv2.COLORMAP_VIRIDIS)[..., ::-1]
    return np.where(known[..., None], colors, np.uint8(0))
