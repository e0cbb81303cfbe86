"""Base class of the kinds of sample fields."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar, Protocol

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from mtlbench.structures.drawing import draw_shades

Size = tuple[int, int]


class CheckedDataset(Protocol):
    """Plausible values of the labels of a dataset."""

    @property
    def class_set_name(self) -> str:
        """Name of the class set; empty without one."""

    @property
    def metainfo(self) -> Mapping[str, Any]:
        """``classes``, the names of the classes."""

    @property
    def may_be_blank(self) -> bool:
        """True if some frames have a label without a valid pixel."""

    @property
    def infinity(self) -> bool:
        """True if depth may be ``inf``."""

    @property
    def plausible_depth(self) -> tuple[float, float]:
        """Range of a frame's median depth in meters."""


class FieldKind:
    """Meaning of the values of a field, which determines transforms, unknown values, checks and drawings.

    A field is (H, W) or (H, W, C), as a dataset reads it; a label (N, C, H, W) is a batch of fields as tensors. The
    defaults suit values that must not be interpolated. Each class has one instance, so kinds are compared by identity.

    Attributes:
        name: Name of the kind in messages.
        padding: Value of pixels outside the image; for labels, an unknown value.
        has_classes: Whether values are ids of classes, predicted by one logit per class; then labels are int64.
        is_distance: Whether values are distances from the camera in meters, which shrink with the scene.
    """

    IMAGE: ClassVar[FieldKind]
    IDS: ClassVar[FieldKind]
    DEPTH: ClassVar[FieldKind]
    DIRECTION: ClassVar[FieldKind]
    BOUNDARY: ClassVar[FieldKind]
    HEIGHT: ClassVar[FieldKind]
    CONTINUOUS: ClassVar[FieldKind]

    name: ClassVar[str]
    padding: ClassVar[float]
    has_classes: ClassVar[bool] = False
    is_distance: ClassVar[bool] = False
    _only: ClassVar[FieldKind]

    def __new__(cls) -> FieldKind:
        """Return the only instance of the class."""
        if '_only' not in cls.__dict__:
            cls._only = super().__new__(cls)
        return cls._only

    def __reduce__(self) -> tuple[type[FieldKind], tuple[()]]:
        return type(self), ()

    def __repr__(self) -> str:
        return f'FieldKind.{self.name}'

    def known(self, label: Tensor) -> Tensor:
        """Return the mask (N, 1, H, W) bool of the known pixels of a label; by default all."""
        return torch.ones_like(label[:, :1], dtype=torch.bool)

    def resize(self, field: NDArray, size: Size, at_corner: bool = False) -> NDArray:
        """Return the field resized to (height, width); by default each pixel takes the nearest.

        Args:
            field: Field to resize.
            size: Target (height, width).
            at_corner: Whether nearest pixels are found from the corners of pixels instead of their centers.
        """
        if field.shape[:2] == size:
            return field
        rows, columns = (_nearest(old, new, at_corner) for old, new in zip(field.shape, size, strict=False))
        return field.take(rows, axis=0).take(columns, axis=1)

    def to_size(self, values: Tensor, size: Sequence[int]) -> Tensor:
        """Return decoded predictions (N, C, H, W) resized to (height, width); by default from the nearest pixels."""
        return nearest(values, size)

    def mirror(self, field: NDArray) -> NDArray:
        """Return the horizontally flipped field."""
        return cv2.flip(np.ascontiguousarray(field), 1)

    def pad(self, field: NDArray, rows: int, columns: int) -> NDArray:
        """Return the field with rows added at the bottom and columns added at the right."""
        margin = [(0, rows), (0, columns), (0, 0)][: field.ndim]
        return np.pad(field, margin, constant_values=self.padding)

    def random(self, size: Size, channels: int, generator: torch.Generator) -> Tensor:
        """Return a random field (``channels``, H, W) of known values, as a label of measurements and tests."""
        return torch.rand((channels, *size), generator=generator)

    def draw(self, values: NDArray) -> NDArray[np.uint8]:
        """Draw values (C, H, W) as an image (H, W, 3), RGB; unknown pixels are black.

        By default, the mean of the channels between its extremes in this image, from violet to yellow.
        """
        mean = values.mean(0)
        known = np.isfinite(mean)
        low, high = (mean[known].min(), mean[known].max()) if known.any() else (0, 1)
        return draw_shades((mean - low) / (high - low or 1), known)

    def faults(self, values: NDArray, dataset: CheckedDataset) -> Iterator[str]:
        """Yield the faults of a field, for the check of a dataset."""
        yield from ()

    def is_blank(self, values: NDArray) -> bool:
        """Return True if a field has no known pixel."""
        return False

    def facts(self, values: NDArray) -> NDArray[np.float64]:
        """Return statistics of a field, in the same number for every field."""
        return np.zeros(0)

    def summary(self, facts: NDArray[np.float64], dataset: CheckedDataset) -> str:
        """Describe the :meth:`facts` (fields, numbers) of a split in words."""
        return ''


def listed(values: set, most: int = 5) -> str:
    """Return the smallest values as text, with dots if there are more than ``most``."""
    first: Sequence = sorted(values)[:most]
    return ', '.join(f'{value:g}' for value in first) + (', ...' if len(values) > most else '')


def _nearest(old: int, new: int, at_corner: bool) -> NDArray[np.int64]:
    """Return the index of the old pixel nearest to each new pixel, in exact integers."""
    index = np.arange(new)
    return index * old // new if at_corner else (2 * index + 1) * old // (2 * new)


def nearest(values: Tensor, size: Sequence[int]) -> Tensor:
    """Resize values (..., H, W) of any type by nearest neighbor at pixel centers."""
    for dim, length in zip((-2, -1), size, strict=True):
        old = values.shape[dim]
        if old != length:
            index = (2 * torch.arange(length, device=values.device) + 1) * old // (2 * length)
            values = values.index_select(dim, index)
    return values
