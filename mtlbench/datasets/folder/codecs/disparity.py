"""Codec of stereo disparity."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mtlbench.datasets.folder.codecs.base import CameraAt
from mtlbench.datasets.folder.codecs.inverse_depth import inverted
from mtlbench.datasets.folder.codecs.numbers import NumberLabels
from mtlbench.errors import ConfigError
from mtlbench.registry import CODECS
from mtlbench.structures import FieldKind


@CODECS.register_module()
class DisparityLabels(NumberLabels):
    """Disparity of a rectified pair of cameras, whose depth is baseline times focal length divided by disparity.

    The focal length is that of the dataset's camera. Numbers that are not positive are invalid.

    Args:
        files: Pattern of the files.
        baseline: Distance of the two cameras in meters.
        scale: Pixels per stored unit, such as 1 / 256. None: 1, for files of floating-point numbers only.
        invalid: Further stored number of pixels without a disparity.
        channel: Channel of OpenEXR files; None for files with a single one.
    """

    kinds = (FieldKind.DEPTH,)
    needs_camera = True

    def __init__(
        self,
        files: str,
        baseline: float,
        scale: float | None = None,
        invalid: float | None = None,
        channel: str | None = None,
    ) -> None:
        super().__init__(files, scale, invalid, channel)
        if not baseline > 0:
            raise ConfigError(f'DisparityLabels: baseline is {baseline!r:.80}, expected meters above 0')
        self.baseline = baseline

    def read(self, path: Path, camera: CameraAt) -> NDArray[np.float32]:
        """Return the depth (H, W) in meters; 0 = invalid."""
        pixels, _ = self.read_scaled(path)
        return inverted(pixels, self.baseline * float(camera(pixels.shape)[0, 0]))
