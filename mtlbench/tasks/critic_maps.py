"""Critic inputs made of predictions and labels, as pure functions."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from mtlbench import processes


def self_information(logits: Tensor) -> Tensor:
    """Weighted self-information -p log2(p) / log2(classes) of each class: high where the prediction is uncertain.

    Args:
        logits: Logits (N, classes, H, W).
    """
    logarithms = F.log_softmax(logits, dim=1)
    return -logarithms.exp() * logarithms / torch.log(logarithms.new_tensor(logits.shape[1]))


def one_hot(ids: Tensor, classes: int) -> Tensor:
    """Return one map per class (N, classes, H, W) float32 from ids (N, H, W); all zeros for ids out of range."""
    return torch.stack([ids == index for index in range(classes)], dim=1).float()


def to_range_of(values: Tensor, reference: Tensor) -> Tensor:
    """Clamp values at zero, then scale them so that the minimum of the reference maps to 0 and its maximum to 1.

    The minimum and maximum are taken over all processes of the training.

    Args:
        values: Tensor of any shape.
        reference: Tensor of any shape; if it is constant, the values are only shifted.
    """
    low, high = -processes.largest(-reference), processes.largest(reference)
    span = high - low
    return (values.relu() - low) / span.where(span > 0, 1)
