"""Drawn maps blended with their images."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

SHARE = 0.5
"""Share of the drawn map in the blend."""


def blend(image: NDArray[np.uint8], drawn: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Blend a drawn map with its image, both (H, W, 3) uint8 RGB; black pixels, which show nothing, keep the image."""
    mixed = ((1 - SHARE) * image + SHARE * drawn + 0.5).astype(np.uint8)
    return np.where(drawn.any(-1, keepdims=True), mixed, image)
