"""Sums of gradients, of which each may be missing."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from mtlbench.balancing.gramian import Gradients


def weighted_sum(rows: Sequence[Gradients], weights: Sequence[float]) -> list[Tensor | None]:
    """Return the weighted sums of gradients, tensor by tensor; None where no row has one."""
    combined: list[Tensor | None] = []
    for found in zip(*rows, strict=True):
        total: Tensor | None = None
        for weight, one in zip(weights, found, strict=True):
            if one is not None:
                total = weight * one if total is None else total.add_(one, alpha=weight)
        combined.append(total)
    return combined


def added(one: Tensor | None, other: Tensor | None) -> Tensor | None:
    """Return the sum of two gradients, of which each may be missing."""
    return other if one is None else one if other is None else one + other


def summed(one: Gradients | None, other: Gradients) -> list[Tensor | None]:
    """Return the sums of gradients, tensor by tensor; None in place of the first counts as nothing."""
    return list(other) if one is None else [added(*pair) for pair in zip(one, other, strict=True)]


def zeros_of(rows: Sequence[Gradients]) -> list[Tensor | None]:
    """Return zeros for the tensors that a row has a gradient of.

    The backward pass of a batch delivers them, because distributed training waits for every parameter.
    """
    found = [next((one for one in column if one is not None), None) for column in zip(*rows, strict=True)]
    return [None if one is None else torch.zeros_like(one) for one in found]
