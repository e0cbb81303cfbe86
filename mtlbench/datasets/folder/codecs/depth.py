"""Codec of depth."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mtlbench.datasets.folder.codecs.base import CameraAt
from mtlbench.datasets.folder.codecs.numbers import NumberLabels
from mtlbench.registry import CODECS
from mtlbench.structures import FieldKind


@CODECS.register_module()
class DepthLabels(NumberLabels):
    """Depth along the optical axis. Numbers that are not positive are invalid.

    Args:
        files: Pattern of the files.
        scale: Meters per stored unit, such as 0.001 for millimeters. None: 1, for files of floating-point numbers only.
        invalid: Further stored number of pixels without a depth, such as 65535.
        channel: Channel of OpenEXR files; None for files with a single one.
    """

    kinds = (FieldKind.DEPTH,)

    def read(self, path: Path, camera: CameraAt) -> NDArray[np.float32]:
        """Return the depth (H, W) in meters; 0 = invalid."""
        meters, _ = self.read_scaled(path)
        return meters.clip(0)
