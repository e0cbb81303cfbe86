"""Maps that show a prediction or a label to a critic, as pure functions."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from mtlbench import processes


def self_information(logits: Tensor) -> Tensor:
    """Weighted self-information -p log2(p) / log2(classes) of each class: where the prediction is unsure, and of what.

    Args:
        logits: (N, classes, H, W).
    """
    logarithms = F.log_softmax(logits, dim=1)
    return -logarithms.exp() * logarithms / torch.log(logarithms.new_tensor(logits.shape[1]))


def one_hot(ids: Tensor, classes: int) -> Tensor:
    """One map a class (N, classes, H, W) float32 of ids (N, H, W); all zero where an id is none of the classes."""
    return torch.stack([ids == index for index in range(classes)], dim=1).float()


def to_range_of(values: Tensor, reference: Tensor) -> Tensor:
    """The values, cut at zero, shifted and scaled so that the smallest of the reference is 0 and its largest 1.

    The reference is that of all processes that train together.

    Args:
        values: Any shape.
        reference: Any shape; where all of it is the same, the values are only shifted.
    """
    low, high = -processes.largest(-reference), processes.largest(reference)
    span = high - low
    return (values.relu() - low) / span.where(span > 0, 1)
