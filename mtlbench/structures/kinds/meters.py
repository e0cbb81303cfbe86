"""Kinds of lengths in meters: depth, and height above ground."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from mtlbench.structures.drawing import draw_shades
from mtlbench.structures.kinds.base import CheckedDataset, FieldKind, Size

NEAREST_DRAWN_M, FARTHEST_DRAWN_M = 0.5, 80.0
HIGHEST_DRAWN_M = 25.5


class MetersKind(FieldKind):
    """Base class of lengths in meters, some of which may be invalid; never interpolated."""

    @abstractmethod
    def _valid(self, values: NDArray) -> NDArray[np.bool_]:
        """Return the mask of the valid lengths."""

    def random(self, size: Size, channels: int, generator: torch.Generator) -> Tensor:
        """Return lengths of 1 to 80 m at random."""
        return torch.rand((channels, *size), generator=generator) * 79 + 1

    def faults(self, values: NDArray, dataset: CheckedDataset) -> Iterator[str]:
        """Yield values that are not finite, and labels without a valid pixel."""
        if not np.isfinite(values).all():
            yield 'holds values that are NaN or infinite; fetch the file again'
        elif self.is_blank(values) and not dataset.may_be_blank:
            yield 'no pixel is valid; fetch the file again'

    def is_blank(self, values: NDArray) -> bool:
        """Return True if no pixel is valid."""
        return not self._valid(values).any()

    def facts(self, values: NDArray) -> NDArray[np.float64]:
        """Return the share of valid pixels, and their minimum, median and maximum."""
        valid = values[self._valid(values) & np.isfinite(values)]
        if not valid.size:
            return np.array([0.0, np.nan, np.nan, np.nan])
        return np.array([valid.size / values.size, valid.min(), np.median(valid), valid.max()], np.float64)

    def summary(self, facts: NDArray[np.float64], dataset: CheckedDataset) -> str:
        """Describe the share of valid pixels and the range."""
        share, seen = facts[:, 0].mean(), facts[facts[:, 0] > 0]
        if not len(seen):
            return 'no valid pixel'
        least, median, greatest = seen[:, 1].min(), np.median(seen[:, 2]), seen[:, 3].max()
        return f'{share:.1%} valid; {least:.3g} .. {greatest:.5g} m, median of image medians {median:.3g} m'


class DepthKind(MetersKind):
    """Depth in meters; 0 is invalid."""

    name, padding = 'DEPTH', 0
    is_distance = True

    def known(self, label: Tensor) -> Tensor:
        """Return the mask of the depths above 0."""
        return label > 0

    def draw(self, values: NDArray) -> NDArray[np.uint8]:
        """Draw the logarithm of the depth, near = yellow, 80 m and beyond = violet."""
        depth = values[0].clip(NEAREST_DRAWN_M, FARTHEST_DRAWN_M)
        shades = np.log(FARTHEST_DRAWN_M / depth) / np.log(FARTHEST_DRAWN_M / NEAREST_DRAWN_M)
        return draw_shades(shades, values[0] > 0)

    def faults(self, values: NDArray, dataset: CheckedDataset) -> Iterator[str]:
        """Yield depths that are not finite, negative, constant, or implausible for the dataset."""
        values = values[~np.isposinf(values)] if dataset.infinity else values
        yield from super().faults(values, dataset)
        if (values < 0).any():
            yield 'holds negative depths; expected 0 for invalid pixels'
        valid = values[values > 0]
        if valid.size > 1 and np.ptp(valid) == 0:
            yield 'all valid pixels have the same depth; fetch the file again'
        near, far = dataset.plausible_depth
        median = self.facts(values)[2]
        if median < near or median > far:
            yield f'median depth of {median:.3g} m, expected {near:g} .. {far:g} m; is the file in its original unit?'

    def _valid(self, values: NDArray) -> NDArray[np.bool_]:
        return values > 0


class HeightKind(MetersKind):
    """Height above ground in meters; negative is invalid."""

    name, padding = 'HEIGHT', -1

    def known(self, label: Tensor) -> Tensor:
        """Return the mask of the heights from 0 on."""
        return label >= 0

    def draw(self, values: NDArray) -> NDArray[np.uint8]:
        """Draw heights from violet (ground) to yellow (25.5 m and above)."""
        return draw_shades(values[0] / HIGHEST_DRAWN_M, values[0] >= 0)

    def _valid(self, values: NDArray) -> NDArray[np.bool_]:
        return values >= 0
