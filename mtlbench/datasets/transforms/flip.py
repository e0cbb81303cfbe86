"""Mirroring."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from mtlbench.datasets.transforms.base import GeometricTransform, generator
from mtlbench.geometry import flip_intrinsics
from mtlbench.registry import TRANSFORMS
from mtlbench.structures import FieldKind


@TRANSFORMS.register_module()
class RandomFlip(GeometricTransform):
    """Mirror left and right with probability ``prob``; the x of directions changes its sign.

    ``results['mirrored']`` tells later transforms whether the image is a mirrored one.
    """

    def __init__(self, prob: float = 0.5) -> None:
        self.prob = prob

    def decide(self, results: Mapping[str, Any]) -> int | None:
        """The width of the image, when it is to be mirrored."""
        return results['image'].shape[1] if generator(results, self).random() < self.prob else None

    def transform(self, results: dict[str, Any]) -> dict[str, Any]:
        """Change the sample and note whether it is mirrored now."""
        before = results['image']
        results = super().transform(results)
        if results['image'] is not before:
            results['mirrored'] = not results.get('mirrored', False)
        return results

    def apply(self, field: NDArray, kind: FieldKind, decision: int) -> NDArray:
        """The mirrored field."""
        return mirror(field, kind)

    def apply_intrinsics(self, intrinsics: NDArray, decision: int) -> NDArray:
        """The intrinsics of the mirrored image."""
        return flip_intrinsics(intrinsics, decision)


def mirror(field: NDArray, kind: FieldKind) -> NDArray:
    """The field (H, W) or (H, W, C) mirrored left and right."""
    mirrored = cv2.flip(np.ascontiguousarray(field), 1)
    if kind is FieldKind.DIRECTION:
        mirrored[..., 0] *= -1
    return mirrored
