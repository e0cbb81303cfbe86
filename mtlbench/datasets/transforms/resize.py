"""Resizing."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from mtlbench.datasets.transforms.base import GeometricTransform, generator, pixels
from mtlbench.errors import ConfigError
from mtlbench.geometry import scale_intrinsics
from mtlbench.registry import TRANSFORMS
from mtlbench.structures import IGNORE_INDEX, FieldKind


class Sizes(NamedTuple):
    """Size of the image before, both (height, width), and the kinds sampled at the pixel's corner."""

    old: tuple[int, int]
    corner_kinds: Sequence[FieldKind]


@TRANSFORMS.register_module()
class Resize(GeometricTransform):
    """Bring all fields to one size (xTAM, section 4.1); the aspect ratio is not kept.

    Images go through Pillow's Lanczos filter, which does not alias (OpenCV's does). Boundaries are mixed linearly
    and cut at zero; a pixel into which an ignored one is mixed is ignored. All else takes the nearest pixel: depth and
    height stay in meters.

    Args:
        size: (height, width).
        nearest: ``'center'`` takes the pixel under the center of the new one, ``floor((i + 1/2) W / w)``;
            ``'reference'`` takes the one under its corner, ``floor(i W / w)``, for those kinds for which the
            reference code of the dataset does.
        labels: Whether labels are brought to the size, too. Without that they keep the camera's, and predictions are
            scored there, each pixel of the label taking the nearest of the prediction (robust, R22).
    """

    scaled_arguments = {'size': 'size'}

    def __init__(self, size: tuple[int, int], nearest: str = 'center', labels: bool = True) -> None:
        if nearest not in ('center', 'reference'):
            raise ConfigError(f"Resize: nearest must be 'center' or 'reference', not '{nearest}'")
        self.size = pixels(size, self)
        self.nearest, self.labels = nearest, labels

    def transform(self, results: dict[str, Any]) -> dict[str, Any]:
        """Change the sample, and note where its labels keep the size of the camera."""
        return {**super().transform(results), 'labels_of_camera': not self.labels}

    def decide(self, results: Mapping[str, Any]) -> Sizes:
        """The size before, and what to sample at the corner."""
        corner_kinds = results.get('corner_kinds', ()) if self.nearest == 'reference' else ()
        return Sizes(results['image'].shape[:2], corner_kinds)

    def apply(self, field: NDArray, kind: FieldKind, decision: Sizes) -> NDArray:
        """The field in the new size."""
        if kind is not FieldKind.IMAGE and not self.labels:
            return field
        return resize_field(field, kind, self.size, decision.corner_kinds)

    def apply_intrinsics(self, intrinsics: NDArray, decision: Sizes) -> NDArray:
        """The intrinsics of the resized image."""
        return scale_intrinsics(intrinsics, decision.old, self.size)


class Scaling(NamedTuple):
    """Size before and after, both (height, width)."""

    old: tuple[int, int]
    new: tuple[int, int]

    @property
    def factor(self) -> float:
        """How much longer the long side became."""
        return max(self.new) / max(self.old)


@TRANSFORMS.register_module()
class RandomScale(GeometricTransform):
    """Resize by a random factor, aspect ratio kept (SemiMTL, input); :class:`Pad` and :class:`RandomCrop` come next.

    The long side becomes a whole number of pixels, drawn uniformly.

    Args:
        scale: Least and greatest length of the long side, in lengths of the image's as it is now.
        scale_depth: Divide depth by the factor, as if the whole world had shrunk by it: what looks twice as large is
            half as far away. Intrinsics follow the image, so the shape of the world, and with it normals, stays.
            Heights above ground, seen from above, stay in any case.
    """

    def __init__(self, scale: tuple[float, float] = (0.5, 2.0), scale_depth: bool = True) -> None:
        self.scale, self.scale_depth = (float(scale[0]), float(scale[1])), scale_depth
        if not 0 < self.scale[0] <= self.scale[1]:
            raise ConfigError(f'RandomScale: scale must be (least, greatest) above 0, not {scale}')

    def decide(self, results: Mapping[str, Any]) -> Scaling:
        """The size before and after."""
        old = results['image'].shape[:2]
        least, greatest = (round(factor * max(old)) for factor in self.scale)
        factor = int(generator(results, self).integers(least, greatest + 1)) / max(old)
        return Scaling(old, (max(round(factor * old[0]), 1), max(round(factor * old[1]), 1)))

    def apply(self, field: NDArray, kind: FieldKind, decision: Scaling) -> NDArray:
        """The field in the new size."""
        resized = resize_field(field, kind, decision.new)
        if kind is FieldKind.DEPTH and self.scale_depth:
            return resized / np.asarray(decision.factor, resized.dtype)
        return resized

    def apply_intrinsics(self, intrinsics: NDArray, decision: Scaling) -> NDArray:
        """The intrinsics of the resized image."""
        return scale_intrinsics(intrinsics, decision.old, decision.new)


def resize_field(
    field: NDArray, kind: FieldKind, size: tuple[int, int], corner_kinds: Collection[FieldKind] = ()
) -> NDArray:
    """A field (H, W) or (H, W, C) in another size, as its kind demands; see :class:`Resize`.

    Args:
        field: The field.
        kind: What its values mean.
        size: (height, width) of the result.
        corner_kinds: The kinds that take the nearest pixel by the corner instead of the center.
    """
    height, width = size
    if kind is FieldKind.BOUNDARY:
        return _resize_boundary(field, (width, height))
    if field.shape[:2] == size:
        return field
    if kind is FieldKind.IMAGE:
        return np.array(Image.fromarray(field).resize((width, height), Image.Resampling.LANCZOS))
    at_corner = kind in corner_kinds
    rows, columns = (_nearest(old, new, at_corner) for old, new in zip(field.shape, size, strict=False))
    return field.take(rows, axis=0).take(columns, axis=1)


def _resize_boundary(field: NDArray, size: tuple[int, int]) -> NDArray[np.float32]:
    """A boundary where a boundary is mixed in; ignored where anything ignored is, which may have been one."""
    ignored = field == IGNORE_INDEX
    edges = np.where(ignored, 0, field).astype(np.float32)
    resized = (cv2.resize(edges, size, interpolation=cv2.INTER_LINEAR) > 0).astype(np.float32)
    if ignored.any():
        unknown = cv2.resize(ignored.astype(np.float32), size, interpolation=cv2.INTER_LINEAR) > 0
        resized[unknown] = IGNORE_INDEX
    return resized


def _nearest(old: int, new: int, at_corner: bool) -> NDArray[np.int64]:
    """Which of ``old`` pixels each of ``new`` pixels takes, in exact integers."""
    index = np.arange(new)
    return index * old // new if at_corner else (2 * index + 1) * old // (2 * new)
