"""Kind of continuous maps."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor
from torch.nn import functional as F

from mtlbench.structures.drawing import draw_shades
from mtlbench.structures.kinds.base import CheckedDataset, FieldKind, Size

RGB_CHANNELS = 3
LEAST_KNOWN = 0.5
"""Smallest share of the interpolation weight that known pixels must have for a known result."""


class ContinuousKind(FieldKind):
    """Maps of one or several channels of any range, interpolated linearly; pixels with a NaN are unknown."""

    name, padding = 'CONTINUOUS', np.nan

    def known(self, label: Tensor) -> Tensor:
        """Return the mask of the pixels without NaN."""
        return ~label.isnan().any(1, keepdim=True)

    def resize(self, field: NDArray, size: Size, at_corner: bool = False) -> NDArray[np.float32]:
        """Interpolate linearly among the known pixels, with anti-aliasing; unknown values never enter the result.

        A pixel is known if known pixels have at least half of its interpolation weight; its value is then their
        weighted mean.
        """
        field = np.asarray(field, np.float32)
        if field.shape[:2] == size:
            return field
        known = self._known(field)
        if known.all():
            return _linear(field, size)
        by_channel = known if field.ndim == 2 else known[..., None]
        weight = _linear(by_channel.astype(np.float32), size)
        total = _linear(np.where(by_channel, field, np.float32(0)), size)
        return np.where(weight >= LEAST_KNOWN, total / weight.clip(LEAST_KNOWN), np.float32(np.nan))

    def to_size(self, values: Tensor, size: Sequence[int]) -> Tensor:
        """Return predictions (N, C, H, W), interpolated linearly at pixel centers."""
        if tuple(values.shape[-2:]) == tuple(size):
            return values
        return F.interpolate(values, size=tuple(size), mode='bilinear', align_corners=False)

    def pad(self, field: NDArray, rows: int, columns: int) -> NDArray:
        """Return the field with unknown pixels at the bottom and at the right."""
        return super().pad(np.asarray(field, np.float32), rows, columns)

    def draw(self, values: NDArray) -> NDArray[np.uint8]:
        """Draw values of 0 .. 1: three channels as RGB, any other number as the shade of their mean."""
        known = ~np.isnan(values).any(0)
        if len(values) != RGB_CHANNELS:
            return draw_shades(values.mean(0), known)
        colors = 255 * np.where(known, values, 0).clip(0, 1)
        return colors.round().astype(np.uint8).transpose(1, 2, 0)

    def faults(self, values: NDArray, dataset: CheckedDataset) -> Iterator[str]:
        """Yield infinite values, and labels without a known pixel."""
        if np.isinf(values).any():
            yield 'holds infinite values; expected finite numbers, or NaN for unknown pixels'
        elif self.is_blank(values) and not dataset.may_be_blank:
            yield 'no pixel is known; fetch the file again'

    def is_blank(self, values: NDArray) -> bool:
        """Return True if no pixel is known."""
        return not self._known(values).any()

    def facts(self, values: NDArray) -> NDArray[np.float64]:
        """Return the share of known pixels, and the minimum, mean and maximum of their values."""
        known = self._known(values)
        found = values[known]
        if not found.size:
            return np.array([0.0, np.nan, np.nan, np.nan])
        return np.array([known.mean(), found.min(), found.mean(dtype=np.float64), found.max()], np.float64)

    def summary(self, facts: NDArray[np.float64], dataset: CheckedDataset) -> str:
        """Describe the share of known pixels, the range and the mean of the values."""
        seen = facts[facts[:, 0] > 0]
        if not len(seen):
            return 'no known pixel'
        least, mean, greatest = seen[:, 1].min(), seen[:, 2].mean(), seen[:, 3].max()
        return f'{facts[:, 0].mean():.1%} known; {least:.3g} .. {greatest:.5g}, mean of image means {mean:.3g}'

    def _known(self, field: NDArray) -> NDArray[np.bool_]:
        """Return the mask (H, W) of the pixels without NaN."""
        unknown = np.isnan(field)
        return ~(unknown if field.ndim == 2 else unknown.any(-1))


def _linear(field: NDArray[np.float32], size: Size) -> NDArray[np.float32]:
    """Resize (H, W) or (H, W, C) by Pillow's anti-aliasing linear filter."""
    if field.ndim == 2:
        return np.array(Image.fromarray(field).resize(size[::-1], Image.Resampling.BILINEAR))
    return np.stack([_linear(np.ascontiguousarray(plane), size) for plane in np.moveaxis(field, -1, 0)], axis=-1)
