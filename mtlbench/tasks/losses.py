"""Supervised losses as pure functions. Nothing to learn from gives a zero that still has a gradient.

Means are over the pixels of all processes that train together, see :mod:`mtlbench.processes`.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional as F

from mtlbench import processes

CE_NORMS = ('weight_sum', 'valid', 'pixels')


def class_weights(shares: Sequence[float], offset: float = 1.02) -> Tensor:
    """ENet's weights (https://arxiv.org/abs/1606.02147), 1 / ln(offset + share): the rarer a class, the larger.

    Args:
        shares: Of each class in the pixels of the training images, 0 .. 1.
        offset: Above 1; a class that never occurs has the weight 1 / ln(offset).

    Returns:
        (classes,) float32.
    """
    return (1 / torch.log(offset + torch.tensor(shares, dtype=torch.float64))).float()


def cross_entropy(
    logits: Tensor, label: Tensor, ignore: int = 255, weights: Tensor | None = None, norm: str = 'weight_sum'
) -> Tensor:
    """Mean cross-entropy over the pixels that are not ignored, weighted by the class of the label.

    Args:
        logits: (N, classes, H, W).
        label: Ids (N, H, W) int64.
        ignore: The id left out.
        weights: Of each class (classes,), none negative. None: all are 1.
        norm: What the weighted sum is divided by: the ``'weight_sum'`` of the pixels that are not ignored, the number
            of these, ``'valid'``, or that of all ``'pixels'`` (robust, R4).
    """
    # Reduced here and not inside, because the reduction inside is not deterministic on a GPU.
    per_pixel = F.cross_entropy(logits, label, weights, ignore_index=ignore, reduction='none')
    counted = label != ignore
    if norm == 'pixels':
        return processes.mean(per_pixel)
    if weights is None or norm == 'valid':
        return processes.ratio(per_pixel.sum(), counted.sum())
    return processes.ratio(per_pixel.sum(), (weights[label.where(counted, 0)] * counted).sum())


def pixels_with_classes(
    logits: Tensor, label: Tensor, ignore: int = 255, weights: Tensor | None = None
) -> tuple[Tensor, Tensor]:
    """Cross-entropy (N, H, W) of each pixel, 0 where ignored, and whether its largest logit is that of the label.

    Args:
        logits: (N, classes, H, W).
        label: Ids (N, H, W) int64.
        ignore: The id left out.
        weights: Of each class (classes,).
    """
    by_pixel = F.cross_entropy(logits, label, weights, ignore_index=ignore, reduction='none')
    return by_pixel, logits.argmax(1) == label


def berhu(prediction: Tensor, target: Tensor, valid: Tensor, over_valid: bool = False) -> Tensor:
    """Reversed Huber loss: e up to c, (e^2 + c^2) / 2c above it, with c a fifth of the batch's largest error.

    c is a constant for the gradient.

    Args:
        prediction: Any shape.
        target: Same shape; finite where not valid, too.
        valid: Same shape, bool.
        over_valid: Whether the mean is over the valid pixels (SemiMTL), and not over *all*, the invalid ones as zeros.
    """
    error = (target - prediction).abs() * valid
    bound = 0.2 * processes.largest(error.detach())
    divisor = 2 * bound.where(bound > 0, bound.new_ones(()))
    per_pixel = error.where(error <= bound, (error**2 + bound**2) / divisor)
    return processes.ratio(per_pixel.sum(), valid.sum()) if over_valid else processes.mean(per_pixel)


def cosine_loss(prediction: Tensor, target: Tensor, valid: Tensor, over_valid: bool = True) -> Tensor:
    """Mean of 1 - cos(prediction, target) over the valid pixels.

    Args:
        prediction: (N, 3, H, W) of any length.
        target: (N, 3, H, W).
        valid: (N, H, W) bool.
        over_valid: Whether the mean is over the valid pixels, and not over *all*, the invalid ones as zeros.
    """
    per_pixel = (1 - F.cosine_similarity(prediction, target, dim=1)) * valid
    return processes.ratio(per_pixel.sum(), valid.sum()) if over_valid else processes.mean(per_pixel)
