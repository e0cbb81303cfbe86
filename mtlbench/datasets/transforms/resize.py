"""Resizing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from mtlbench.datasets.transforms.base import GeometricTransform
from mtlbench.errors import ConfigError
from mtlbench.geometry import scale_intrinsics
from mtlbench.registry import TRANSFORMS
from mtlbench.structures import FieldKind


class Sizes(NamedTuple):
    """Size of the picture before, both (height, width), and the kinds sampled at the pixel's corner."""

    old: tuple[int, int]
    corner_kinds: Sequence[FieldKind]


@TRANSFORMS.register_module()
class Resize(GeometricTransform):
    """Bring all fields to one size (xTAM, section 4.1); the aspect ratio is not kept.

    Pictures go through Pillow's Lanczos filter, which does not alias (OpenCV's does). Boundaries are mixed linearly
    and cut at zero. All else takes the nearest pixel: depth stays in metres.

    Args:
        size: (height, width).
        nearest: ``'centre'`` takes the pixel under the centre of the new one, ``floor((i + 1/2) W / w)``;
            ``'reference'`` takes the one under its corner, ``floor(i W / w)``, for those kinds for which the
            reference code of the dataset does.
    """

    def __init__(self, size: tuple[int, int], nearest: str = 'centre') -> None:
        if nearest not in ('centre', 'reference'):
            raise ConfigError(f"Resize: nearest must be 'centre' or 'reference', not '{nearest}'")
        self.size = (int(size[0]), int(size[1]))
        self.nearest = nearest

    def decide(self, results: Mapping[str, Any]) -> Sizes:
        """The size before, and what to sample at the corner."""
        corner_kinds = results.get('corner_kinds', ()) if self.nearest == 'reference' else ()
        return Sizes(results['image'].shape[:2], corner_kinds)

    def apply(self, field: NDArray, kind: FieldKind, decision: Sizes) -> NDArray:
        """The field in the new size."""
        height, width = self.size
        if kind is FieldKind.BOUNDARY:
            mixed = cv2.resize(field.astype(np.float32), (width, height), interpolation=cv2.INTER_LINEAR)
            return (mixed > 0).astype(np.float32)
        if field.shape[:2] == self.size:
            return field
        if kind is FieldKind.IMAGE:
            return np.array(Image.fromarray(field).resize((width, height), Image.Resampling.LANCZOS))
        at_corner = kind in decision.corner_kinds
        rows, columns = (_nearest(old, new, at_corner) for old, new in zip(field.shape, self.size, strict=False))
        return field.take(rows, axis=0).take(columns, axis=1)

    def apply_intrinsics(self, intrinsics: NDArray, decision: Sizes) -> NDArray:
        """The intrinsics of the resized picture."""
        return scale_intrinsics(intrinsics, decision.old, self.size)


def _nearest(old: int, new: int, at_corner: bool) -> NDArray[np.int64]:
    """Which of ``old`` pixels each of ``new`` pixels takes, in exact integers."""
    index = np.arange(new)
    return index * old // new if at_corner else (2 * index + 1) * old // (2 * new)
