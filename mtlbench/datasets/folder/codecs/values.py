"""Codec of continuous values."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mtlbench.datasets.folder.codecs.base import CameraAt
from mtlbench.datasets.folder.codecs.numbers import NumberLabels
from mtlbench.registry import CODECS
from mtlbench.structures import FieldKind


@CODECS.register_module()
class ValueLabels(NumberLabels):
    """Values of any meaning, with one or several channels.

    Args:
        files: Pattern of the files.
        scale: Factor from the stored numbers to values, such as 1 / 255. None: 1, for files of floating-point numbers
            only.
        invalid: Stored number of unknown values, besides those that are not finite.
        channel: Channel of OpenEXR files; None for files with a single one.
    """

    kinds = (FieldKind.CONTINUOUS,)
    several_channels = True

    def read(self, path: Path, camera: CameraAt) -> NDArray[np.float32]:
        """Return the values (H, W) or (H, W, C); NaN = unknown."""
        values, valid = self.read_scaled(path)
        return np.where(valid, values, np.float32(np.nan))
