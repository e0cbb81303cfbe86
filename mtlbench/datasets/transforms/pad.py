"""Padding."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from numpy.typing import NDArray

from mtlbench.datasets.transforms.base import GeometricTransform, pixels
from mtlbench.registry import TRANSFORMS
from mtlbench.structures import FieldKind


@TRANSFORMS.register_module()
class Pad(GeometricTransform):
    """Pad to ``size`` (height, width) at the bottom and right; a side that is long enough stays (SemiMTL, input).

    Images are filled with black, and labels with the value that their kind uses for unknown pixels.
    """

    scaled_arguments = {'size': 'size'}

    def __init__(self, size: tuple[int, int]) -> None:
        self.size = pixels(size, self)

    def decide(self, results: Mapping[str, Any]) -> tuple[int, int] | None:
        """Return the numbers of rows and columns to add, or None if there are none."""
        rows, columns = (max(want - have, 0) for have, want in zip(results['image'].shape[:2], self.size, strict=True))
        return (rows, columns) if rows or columns else None

    def apply(self, field: NDArray, kind: FieldKind, decision: tuple[int, int]) -> NDArray:
        """Return the padded field."""
        return kind.pad(field, *decision)

    def apply_intrinsics(self, intrinsics: NDArray, decision: tuple[int, int]) -> NDArray:
        """Return the intrinsics, which padding at the bottom and right does not change."""
        return intrinsics
