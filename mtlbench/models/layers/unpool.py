"""The inverse of max pooling."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor


def unpool(maps: Tensor, places: Tensor, size: Sequence[int]) -> Tensor:
    """Return maps of a (height, width) with each value at the place where max pooling took it from, and 0 elsewhere.

    Unlike ``F.max_unpool2d`` it also works with deterministic algorithms, and can be exported.

    Args:
        maps: Maps (N, C, h, w).
        places: Indices (N, C, h, w) that max pooling returned.
        size: Height and width before the pooling.
    """
    empty = maps.new_zeros(*maps.shape[:2], size[0] * size[1])
    return empty.scatter(2, places.flatten(2), maps.flatten(2)).unflatten(2, tuple(size))
