"""Supervised losses as pure functions. Without valid pixels they return a zero that still has a gradient.

Means are taken over the pixels of all processes of the training, see :mod:`mtlbench.processes`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor
from torch.nn import functional as F

from mtlbench import processes

CE_NORMS = ('weight_sum', 'valid', 'pixels')


def class_weights(shares: Sequence[float], offset: float = 1.02) -> Tensor:
    """Class weights of ENet (https://arxiv.org/abs/1606.02147), 1 / ln(offset + share): larger for rare classes.

    Args:
        shares: Fraction of each class in the pixels of the training images, 0..1.
        offset: Offset above 1; a class that never occurs has the weight 1 / ln(offset).

    Returns:
        Weights (classes,) float32.
    """
    return (1 / torch.log(offset + torch.tensor(shares, dtype=torch.float64))).float()


def cross_entropy(
    logits: Tensor, label: Tensor, ignore: int = 255, weights: Tensor | None = None, norm: str = 'weight_sum'
) -> Tensor:
    """Mean cross-entropy over the pixels that are not ignored, weighted by the class of the label.

    Args:
        logits: Logits (N, classes, H, W).
        label: Ids (N, H, W) int64.
        ignore: Ignored id.
        weights: Non-negative weight of each class (classes,). None: all weights are 1.
        norm: Divisor of the weighted sum: ``'weight_sum'``, the sum of the weights of the valid pixels; ``'valid'``,
            their number; or ``'pixels'``, the number of all pixels (robust, R4).
    """
    # Reduced here because the reduction inside F.cross_entropy is not deterministic on a GPU.
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
    """Return the cross-entropy per pixel (N, H, W), 0 where ignored, and a mask of the correct predictions.

    Args:
        logits: Logits (N, classes, H, W).
        label: Ids (N, H, W) int64.
        ignore: Ignored id.
        weights: Weight of each class (classes,).
    """
    by_pixel = F.cross_entropy(logits, label, weights, ignore_index=ignore, reduction='none')
    return by_pixel, logits.argmax(1) == label


def mean_over_valid(loss: Callable[..., Tensor], prediction: Tensor, target: Tensor, valid: Tensor) -> Tensor:
    """Mean of an elementwise loss over the valid pixels; values of invalid pixels, such as NaN, have no effect.

    Args:
        loss: Loss with a ``reduction``, such as ``F.l1_loss`` or ``F.binary_cross_entropy_with_logits``.
        prediction: Tensor (N, C, H, W).
        target: Tensor of the same shape.
        valid: Mask (N, 1, H, W) bool.
    """
    # Masked before the loss: a gradient multiplied by zero would still be NaN.
    errors = loss(prediction, target.where(valid, 0), reduction='none') * valid
    return processes.ratio(errors.sum(), valid.expand_as(errors).sum())


def berhu(prediction: Tensor, target: Tensor, valid: Tensor, over_valid: bool = False) -> Tensor:
    """Reversed Huber loss: e up to c, (e^2 + c^2) / 2c above it, with c a fifth of the batch's largest error.

    c is treated as a constant in the backward pass.

    Args:
        prediction: Tensor of any shape.
        target: Tensor of the same shape; finite even where invalid.
        valid: Mask of the same shape, bool.
        over_valid: Whether to average over the valid pixels (SemiMTL) instead of all pixels, with invalid ones as
            zeros.
    """
    error = (target - prediction).abs() * valid
    bound = 0.2 * processes.largest(error.detach())
    divisor = 2 * bound.where(bound > 0, bound.new_ones(()))
    per_pixel = error.where(error <= bound, (error**2 + bound**2) / divisor)
    return processes.ratio(per_pixel.sum(), valid.sum()) if over_valid else processes.mean(per_pixel)


def cosine_loss(prediction: Tensor, target: Tensor, valid: Tensor, over_valid: bool = True) -> Tensor:
    """Mean of 1 - cos(prediction, target) over the valid pixels.

    Args:
        prediction: Vectors (N, 3, H, W) of any length.
        target: Vectors (N, 3, H, W).
        valid: Mask (N, H, W) bool.
        over_valid: Whether to average over the valid pixels instead of all pixels, with invalid ones as zeros.
    """
    per_pixel = (1 - F.cosine_similarity(prediction, target, dim=1)) * valid
    return processes.ratio(per_pixel.sum(), valid.sum()) if over_valid else processes.mean(per_pixel)


def dot_loss(prediction: Tensor, target: Tensor, valid: Tensor, over_valid: bool = True) -> Tensor:
    """Mean of 1 - the dot product of the unit vector of the prediction and the target, which may have any length.

    Args:
        prediction: Vectors (N, 3, H, W) of any length.
        target: Vectors (N, 3, H, W).
        valid: Mask (N, H, W) bool.
        over_valid: Whether to average over the valid pixels instead of all pixels, with invalid ones as zeros.
    """
    per_pixel = (1 - (F.normalize(prediction, dim=1) * target).sum(1)) * valid
    return processes.ratio(per_pixel.sum(), valid.sum()) if over_valid else processes.mean(per_pixel)
