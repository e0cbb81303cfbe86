"""Codec of inverse depth."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mtlbench.datasets.folder.codecs.base import CameraAt
from mtlbench.datasets.folder.codecs.numbers import NumberLabels
from mtlbench.registry import CODECS
from mtlbench.structures import FieldKind


@CODECS.register_module()
class InverseDepthLabels(NumberLabels):
    """One divided by depth. Numbers that are not positive are invalid.

    Args:
        files: Pattern of the files.
        scale: Factor from the stored numbers to 1 / meter. None: 1, for files of floating-point numbers only.
        invalid: Further stored number of pixels without a depth.
        channel: Channel of OpenEXR files; None for files with a single one.
    """

    kinds = (FieldKind.DEPTH,)

    def read(self, path: Path, camera: CameraAt) -> NDArray[np.float32]:
        """Return the depth (H, W) in meters; 0 = invalid."""
        inverse, _ = self.read_scaled(path)
        return inverted(inverse, 1)


def inverted(values: NDArray[np.float32], numerator: float) -> NDArray[np.float32]:
    """Return a number divided by each value; 0 where a value is not positive."""
    positive = values > 0
    return np.where(positive, np.float64(numerator) / np.where(positive, values, 1), 0).astype(np.float32)
