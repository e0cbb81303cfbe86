"""Cropping."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from numpy.typing import NDArray

from mtlbench.datasets.transforms.base import GeometricTransform, generator
from mtlbench.errors import ConfigError
from mtlbench.geometry import crop_intrinsics
from mtlbench.registry import TRANSFORMS
from mtlbench.structures import FieldKind


@TRANSFORMS.register_module()
class RandomCrop(GeometricTransform):
    """Cut out a window of ``size`` (height, width) at a uniformly drawn place. Resize first: all fields must agree."""

    def __init__(self, size: tuple[int, int]) -> None:
        self.size = (int(size[0]), int(size[1]))

    def decide(self, results: Mapping[str, Any]) -> tuple[int, int]:
        """Row and column of the window's corner."""
        shape = results['image'].shape[:2]
        if any(have < want for have, want in zip(shape, self.size, strict=True)):
            raise ConfigError(f'RandomCrop: size {self.size} does not fit into a picture of {shape}')
        top, left = (
            int(generator(results, self).integers(have - want + 1)) for have, want in zip(shape, self.size, strict=True)
        )
        return top, left

    def apply(self, field: NDArray, kind: FieldKind, decision: tuple[int, int]) -> NDArray:
        """The window of the field."""
        top, left = decision
        return field[top : top + self.size[0], left : left + self.size[1]]

    def apply_intrinsics(self, intrinsics: NDArray, decision: tuple[int, int]) -> NDArray:
        """The intrinsics of the window."""
        return crop_intrinsics(intrinsics, *decision)
