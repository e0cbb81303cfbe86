"""Kind of thin boundaries."""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from mtlbench.structures.class_set import IGNORE_INDEX
from mtlbench.structures.kinds.base import CheckedDataset, FieldKind, Size, listed


class BoundaryKind(FieldKind):
    """Thin boundaries: 1 on a boundary, 0 elsewhere, or 255 for ignored pixels."""

    name, padding = 'BOUNDARY', IGNORE_INDEX
    has_classes = True

    def known(self, label: Tensor) -> Tensor:
        """Return the mask of the pixels that are not ignored."""
        return label != IGNORE_INDEX

    def resize(self, field: NDArray, size: Size, at_corner: bool = False) -> NDArray:
        """Interpolate linearly; any boundary mixed in counts, but any ignored pixel makes a pixel ignored."""
        width_height = size[::-1]
        ignored = field == IGNORE_INDEX
        edges = np.where(ignored, 0, field).astype(np.float32)
        resized = (cv2.resize(edges, width_height, interpolation=cv2.INTER_LINEAR) > 0).astype(np.float32)
        if ignored.any():
            unknown = cv2.resize(ignored.astype(np.float32), width_height, interpolation=cv2.INTER_LINEAR) > 0
            resized[unknown] = IGNORE_INDEX
        return resized

    def random(self, size: Size, channels: int, generator: torch.Generator) -> Tensor:
        """Return boundaries at random pixels."""
        return torch.randint(0, 2, (channels, *size), generator=generator)

    def draw(self, values: NDArray) -> NDArray[np.uint8]:
        """Draw white boundaries on black."""
        return np.repeat(((values[0] == 1) * np.uint8(255))[..., None], 3, axis=-1)

    def faults(self, values: NDArray, dataset: CheckedDataset) -> Iterator[str]:
        """Yield values other than 0, 1 and 255."""
        strange = set(np.unique(values).tolist()) - {0, 1, IGNORE_INDEX}
        if strange:
            yield f'values {listed(strange)}, expected 0, 1 or {IGNORE_INDEX}'

    def facts(self, values: NDArray) -> NDArray[np.float64]:
        """Return the share of boundary pixels."""
        return np.array([(values == 1).mean()])

    def summary(self, facts: NDArray[np.float64], dataset: CheckedDataset) -> str:
        """Describe the share of boundary pixels."""
        return f'{facts.mean():.1%} boundary'
