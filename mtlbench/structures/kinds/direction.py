"""Kind of unit vectors."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from mtlbench.structures.kinds.base import CheckedDataset, FieldKind, Size

LENGTH_TOLERANCE = 0.03
"""Largest deviation from length 1; normals with 8 bits per component have lengths of 0.99 .. 1.02."""


class DirectionKind(FieldKind):
    """Unit vectors (x right, y down, z towards the camera) of the nearest pixel; zero vectors are invalid."""

    name, padding = 'DIRECTION', 0

    def known(self, label: Tensor) -> Tensor:
        """Return the mask of the vectors other than zero."""
        return label.any(1, keepdim=True)

    def mirror(self, field: NDArray) -> NDArray:
        """Return the flipped field; the x component changes its sign."""
        mirrored = super().mirror(field)
        mirrored[..., 0] *= -1
        return mirrored

    def random(self, size: Size, channels: int, generator: torch.Generator) -> Tensor:
        """Return random unit vectors."""
        return F.normalize(super().random(size, channels, generator), dim=0)

    def draw(self, values: NDArray) -> NDArray[np.uint8]:
        """Draw (n + 1) / 2 as RGB."""
        vectors = np.nan_to_num(values.astype(np.float32), nan=0, posinf=0, neginf=0)
        lengths = np.linalg.norm(vectors, axis=0)
        colors = 127.5 * (vectors / np.maximum(lengths, 1e-12) + 1) * (lengths > 0)
        return colors.round().astype(np.uint8).transpose(1, 2, 0)

    def faults(self, values: NDArray, dataset: CheckedDataset) -> Iterator[str]:
        """Yield lengths other than 1, and labels without a valid pixel."""
        least, greatest = self.facts(values)[1:]
        if np.isnan(least):
            yield 'no pixel is valid; fetch the file again'
        elif least < 1 - LENGTH_TOLERANCE or greatest > 1 + LENGTH_TOLERANCE:
            yield f'vectors of lengths {least:.3g} .. {greatest:.3g}, expected 1'

    def facts(self, values: NDArray) -> NDArray[np.float64]:
        """Return the share of valid pixels, and their smallest and largest length."""
        lengths = np.linalg.norm(values, axis=-1)
        valid = lengths[lengths > 0]
        if not valid.size:
            return np.array([0.0, np.nan, np.nan])
        return np.array([valid.size / lengths.size, valid.min(), valid.max()], np.float64)

    def summary(self, facts: NDArray[np.float64], dataset: CheckedDataset) -> str:
        """Describe the share of valid pixels and the lengths."""
        seen = facts[facts[:, 0] > 0]
        lengths = f'lengths {seen[:, 1].min():.3g} .. {seen[:, 2].max():.3g}' if len(seen) else 'no valid pixel'
        return f'{facts[:, 0].mean():.1%} valid; {lengths}'
