"""Crops."""

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
    """Base class of crops of ``size`` (height, width). Resize first, because all fields must have one size."""

    scaled_arguments = {'size': 'size'}

    def __init__(self, size: tuple[int, int]) -> None:
        self.size = pixels(size, self)

    @abstractmethod
    def place(self, spare: int, results: Mapping[str, Any]) -> int:
        """Return the start of the window along one axis, 0 .. ``spare`` pixels."""

    def decide(self, results: Mapping[str, Any]) -> tuple[int, int]:
        """Return the row and column of the window's corner."""
        shape = results['image'].shape[:2]
        if any(have < want for have, want in zip(shape, self.size, strict=True)):
            raise ConfigError(
                f'{type(self).__name__}: size {self.size} does not fit into an image of {shape}; reduce it'
            )
        top, left = (self.place(have - want, results) for have, want in zip(shape, self.size, strict=True))
        return top, left

    def apply(self, field: NDArray, kind: FieldKind, decision: tuple[int, int]) -> NDArray:
        """Return the window of the field."""
        top, left = decision
        return field[top : top + self.size[0], left : left + self.size[1]]

    def apply_intrinsics(self, intrinsics: NDArray, decision: tuple[int, int]) -> NDArray:
        """Return the intrinsics of the window."""
        return crop_intrinsics(intrinsics, *decision)


@TRANSFORMS.register_module()
class RandomCrop(Crop):
    """Crop a window of ``size`` (height, width) at a uniformly random position.

    Resize first, because all fields must have one size.
    """

    def place(self, spare: int, results: Mapping[str, Any]) -> int:
        """Return a random start."""
        return int(generator(results, self).integers(spare + 1))


@TRANSFORMS.register_module()
class CenterCrop(Crop):
    """Crop the central window of ``size`` (height, width); an odd surplus pixel is cut at the bottom or right."""

    def place(self, spare: int, results: Mapping[str, Any]) -> int:
        """Return the start of the central window."""
        return spare // 2
