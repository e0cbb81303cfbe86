"""Resizing."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from mtlbench.datasets.transforms.base import GeometricTransform, generator, pixels
from mtlbench.errors import ConfigError
from mtlbench.geometry import scale_intrinsics
from mtlbench.registry import TRANSFORMS
from mtlbench.structures import FieldKind


class Sizes(NamedTuple):
    """Size (height, width) of the image before the resize, and the field kinds sampled at pixel corners."""

    old: tuple[int, int]
    corner_kinds: Sequence[FieldKind]


@TRANSFORMS.register_module()
class Resize(GeometricTransform):
    """Resize all fields to one size without keeping the aspect ratio (xTAM, section 4.1).

    The kind of a field determines its resizing: images use Pillow's anti-aliasing Lanczos filter. Continuous maps are
    interpolated linearly among their known pixels. Boundaries are interpolated linearly and thresholded at zero; a
    pixel that mixes in an ignored one is ignored. All other fields use the nearest pixel. Depth and height stay in
    meters.

    Args:
        size: Target (height, width).
        nearest: Definition of the nearest pixel. ``'center'`` takes the pixel under the center of the new one,
            ``floor((i + 1/2) W / w)``. ``'reference'`` takes the one under its corner, ``floor(i W / w)``, for the
            kinds for which the reference code of the dataset does so.
        labels: Whether to resize labels too. Otherwise they keep the camera's size, and predictions are scored at that
            size: each label pixel takes the nearest pixel of the prediction (robust, R22).
    """

    scaled_arguments = {'size': 'size'}

    def __init__(self, size: tuple[int, int], nearest: str = 'center', labels: bool = True) -> None:
        if nearest not in ('center', 'reference'):
            raise ConfigError(f"Resize: nearest must be 'center' or 'reference', not '{nearest}'")
        self.size = pixels(size, self)
        self.nearest, self.labels = nearest, labels

    def transform(self, results: dict[str, Any]) -> dict[str, Any]:
        """Resize the sample and record whether its labels keep the camera's size."""
        return {**super().transform(results), 'labels_of_camera': not self.labels}

    def decide(self, results: Mapping[str, Any]) -> Sizes:
        """Return the size before, and the field kinds sampled at pixel corners."""
        corner_kinds = results.get('corner_kinds', ()) if self.nearest == 'reference' else ()
        return Sizes(results['image'].shape[:2], corner_kinds)

    def apply(self, field: NDArray, kind: FieldKind, decision: Sizes) -> NDArray:
        """Return the resized field."""
        if kind is not FieldKind.IMAGE and not self.labels:
            return field
        return resize_field(field, kind, self.size, decision.corner_kinds)

    def apply_intrinsics(self, intrinsics: NDArray, decision: Sizes) -> NDArray:
        """Return the intrinsics of the resized image."""
        return scale_intrinsics(intrinsics, decision.old, self.size)


class Scaling(NamedTuple):
    """Sizes (height, width) before and after."""

    old: tuple[int, int]
    new: tuple[int, int]

    @property
    def factor(self) -> float:
        """Ratio of the long side after and before."""
        return max(self.new) / max(self.old)


@TRANSFORMS.register_module()
class RandomScale(GeometricTransform):
    """Resize by a random factor with the aspect ratio kept (SemiMTL, input).

    :class:`Pad` and :class:`RandomCrop` follow it. The long side gets a uniformly drawn whole number of pixels.

    Args:
        scale: Smallest and largest length of the long side, relative to its current length.
        scale_depth: Whether to divide depth by the factor, as if the whole world had shrunk by it: what looks twice as
            large is half as far away. The intrinsics follow the image, so the shape of the world, and with it the
            normals, stays the same. Heights above ground, seen from above, never change.
    """

    def __init__(self, scale: tuple[float, float] = (0.5, 2.0), scale_depth: bool = True) -> None:
        self.scale, self.scale_depth = (float(scale[0]), float(scale[1])), scale_depth
        if not 0 < self.scale[0] <= self.scale[1]:
            raise ConfigError(f'RandomScale: scale must be (smallest, largest) above 0, not {scale}')

    def decide(self, results: Mapping[str, Any]) -> Scaling:
        """Return the sizes before and after."""
        old = results['image'].shape[:2]
        least, greatest = (round(factor * max(old)) for factor in self.scale)
        factor = int(generator(results, self).integers(least, greatest + 1)) / max(old)
        return Scaling(old, (max(round(factor * old[0]), 1), max(round(factor * old[1]), 1)))

    def apply(self, field: NDArray, kind: FieldKind, decision: Scaling) -> NDArray:
        """Return the resized field."""
        resized = resize_field(field, kind, decision.new)
        if kind.is_distance and self.scale_depth:
            return resized / np.asarray(decision.factor, resized.dtype)
        return resized

    def apply_intrinsics(self, intrinsics: NDArray, decision: Scaling) -> NDArray:
        """Return the intrinsics of the resized image."""
        return scale_intrinsics(intrinsics, decision.old, decision.new)


def resize_field(
    field: NDArray, kind: FieldKind, size: tuple[int, int], corner_kinds: Collection[FieldKind] = ()
) -> NDArray:
    """Resize a field (H, W) or (H, W, C) according to its kind; see :class:`Resize`.

    Args:
        field: Field to resize.
        kind: Kind of the field.
        size: Target (height, width).
        corner_kinds: Kinds whose nearest pixel is found from the pixel's corner instead of its center.
    """
    return kind.resize(field, size, at_corner=kind in corner_kinds)
