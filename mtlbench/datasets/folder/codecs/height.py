"""Codec of height above ground."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mtlbench.datasets.folder.codecs.base import CameraAt
from mtlbench.datasets.folder.codecs.numbers import NumberLabels
from mtlbench.registry import CODECS
from mtlbench.structures import FieldKind


@CODECS.register_module()
class HeightLabels(NumberLabels):
    """Height above ground. Negative numbers are invalid.

    Args:
        files: Pattern of the files.
        scale: Meters per stored unit. None: 1, for files of floating-point numbers only.
        invalid: Further stored number of pixels without a height.
        channel: Channel of OpenEXR files; None for files with a single one.
    """

    kinds = (FieldKind.HEIGHT,)

    def read(self, path: Path, camera: CameraAt) -> NDArray[np.float32]:
        """Return the height (H, W) in meters; negative = invalid."""
        meters, valid = self.read_scaled(path)
        return np.where(valid & (meters >= 0), meters, np.float32(-1))
