"""Horizontal flips."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from numpy.typing import NDArray

from mtlbench.datasets.transforms.base import GeometricTransform, generator
from mtlbench.geometry import flip_intrinsics
from mtlbench.registry import TRANSFORMS
from mtlbench.structures import FieldKind


@TRANSFORMS.register_module()
class RandomFlip(GeometricTransform):
    """Flip horizontally with probability ``prob``; the x component of directions changes its sign.

    ``results['mirrored']`` records for later transforms whether the image is mirrored.
    """

    def __init__(self, prob: float = 0.5) -> None:
        self.prob = prob

    def decide(self, results: Mapping[str, Any]) -> int | None:
        """Return the width of the image if it is to be flipped, else None."""
        return results['image'].shape[1] if generator(results, self).random() < self.prob else None

    def transform(self, results: dict[str, Any]) -> dict[str, Any]:
        """Flip the sample at random and update ``mirrored``."""
        before = results['image']
        results = super().transform(results)
        if results['image'] is not before:
            results['mirrored'] = not results.get('mirrored', False)
        return results

    def apply(self, field: NDArray, kind: FieldKind, decision: int) -> NDArray:
        """Return the flipped field."""
        return kind.mirror(field)

    def apply_intrinsics(self, intrinsics: NDArray, decision: int) -> NDArray:
        """Return the intrinsics of the flipped image."""
        return flip_intrinsics(intrinsics, decision)
