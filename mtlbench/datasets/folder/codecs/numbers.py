"""Base class of codecs of numbers."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from mtlbench.datasets.files import read_array, read_codes, read_exr, read_gray
from mtlbench.datasets.folder.codecs.base import LabelCodec
from mtlbench.errors import ConfigError, DataError


class NumberLabels(LabelCodec):
    """Numbers in gray files with 8, 16 or 32 bits, arrays, or OpenEXR files.

    Args:
        files: Pattern of the files.
        scale: Factor from the stored numbers to the unit of the label. None: 1, for files of floating-point numbers
            only.
        invalid: Stored number of pixels without a label, besides those that are not finite.
        channel: Channel of OpenEXR files; None for files with a single one.
    """

    several_channels: ClassVar[bool] = False
    """True if files may hold several channels."""
    suffixes = ('.png', '.npy', '.exr', '.tif', '.tiff')

    def __init__(
        self, files: str, scale: float | None = None, invalid: float | None = None, channel: str | None = None
    ) -> None:
        super().__init__(files)
        if scale is not None and not scale > 0:
            raise ConfigError(f'{type(self).__name__}: scale is {scale!r:.80}, expected a number above 0')
        self.scale, self.invalid, self.channel = scale, invalid, channel

    def read_scaled(self, path: Path) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
        """Return the numbers (H, W) or (H, W, C) in the unit of the label, 0 where invalid, and the mask of valid ones.

        Raises:
            DataError: If the file cannot be read, or holds whole numbers and there is no scale.
        """
        stored = self._read(path)
        if self.scale is None and stored.dtype.kind in 'ui':
            raise DataError(
                f'{path} holds whole numbers; set the scale of {type(self).__name__} to the factor that converts them, '
                'such as 0.001 for millimeters to meters'
            )
        valid = np.isfinite(stored) & (stored != self.invalid if self.invalid is not None else True)
        scaled = np.where(valid, stored, 0) * np.float64(1 if self.scale is None else self.scale)
        return scaled.astype(np.float32), valid

    def _read(self, path: Path) -> NDArray:
        suffix = path.suffix.lower()
        if suffix == '.npy':
            return read_array(path, (2, 3) if self.several_channels else (2,))
        if suffix == '.exr':
            return read_exr(path, self.channel)
        return read_codes(path) if self.several_channels else read_gray(path)
