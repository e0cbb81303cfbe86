"""Cropping."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from typing import Any

from numpy.typing import NDArray

from mtlbench.datasets.transforms.base import GeometricTransform, generator, pixels
from mtlbench.errors import ConfigError
from mtlbench.geometry import crop_intrinsics
from mtlbench.registry import TRANSFORMS
from mtlbench.structures import FieldKind


class Crop(GeometricTransform):
    """Cut out a window of ``size`` (height, width). Resize first: all fields must agree."""

    scaled_arguments = {'size': 'size'}

    def __init__(self, size: tuple[int, int]) -> None:
        self.size = pixels(size, self)

    @abstractmethod
    def place(self, spare: int, results: Mapping[str, Any]) -> int:
        """Where the window starts along one axis, with that many pixels to spare: 0 .. spare."""

    def decide(self, results: Mapping[str, Any]) -> tuple[int, int]:
        """Row and column of the window's corner."""
        shape = results['image'].shape[:2]
        if any(have < want for have, want in zip(shape, self.size, strict=True)):
            raise ConfigError(f'{type(self).__name__}: size {self.size} does not fit into an image of {shape}')
        top, left = (self.place(have - want, results) for have, want in zip(shape, self.size, strict=True))
        return top, left

    def apply(self, field: NDArray, kind: FieldKind, decision: tuple[int, int]) -> NDArray:
        """The window of the field."""
        top, left = decision
        return field[top : top + self.size[0], left : left + self.size[1]]

    def apply_intrinsics(self, intrinsics: NDArray, decision: tuple[int, int]) -> NDArray:
        """The intrinsics of the window."""
        return crop_intrinsics(intrinsics, *decision)


@TRANSFORMS.register_module()
class RandomCrop(Crop):
    """Cut out a window of ``size`` (height, width) at a uniformly drawn place. Resize first: all fields must agree."""

    def place(self, spare: int, results: Mapping[str, Any]) -> int:
        """Anywhere."""
        return int(generator(results, self).integers(spare + 1))


@TRANSFORMS.register_module()
class CenterCrop(Crop):
    """Cut out the window of ``size`` (height, width) in the middle; an odd pixel too many goes at bottom and right."""

    def place(self, spare: int, results: Mapping[str, Any]) -> int:
        """The middle."""
        return spare // 2
