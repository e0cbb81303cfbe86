"""Supervised losses as pure functions. Nothing to learn from gives a zero that still has a gradient."""

from __future__ import annotations

from torch import Tensor
from torch.nn import functional as F


def cross_entropy(logits: Tensor, label: Tensor, ignore: int = 255) -> Tensor:
    """Mean cross-entropy over the pixels that are not ignored.

    Args:
        logits: (N, classes, H, W).
        label: Ids (N, H, W) int64.
        ignore: The id left out.
    """
    # Reduced here and not inside, because the reduction inside is not deterministic on a GPU.
    per_pixel = F.cross_entropy(logits, label, ignore_index=ignore, reduction='none')
    return per_pixel.sum() / (label != ignore).sum().clamp(min=1)


def berhu(prediction: Tensor, target: Tensor, valid: Tensor) -> Tensor:
    """Reversed Huber loss: e up to c, (e^2 + c^2) / 2c above it, with c a fifth of the batch's largest error.

    The mean is over *all* pixels, the invalid ones as zeros. c is a constant for the gradient.

    Args:
        prediction: Any shape.
        target: Same shape; finite where not valid, too.
        valid: Same shape, bool.
    """
    error = (target - prediction).abs() * valid
    bound = 0.2 * error.detach().max()
    divisor = 2 * bound.where(bound > 0, bound.new_ones(()))
    return error.where(error <= bound, (error**2 + bound**2) / divisor).mean()


def cosine_loss(prediction: Tensor, target: Tensor, valid: Tensor) -> Tensor:
    """Mean of 1 - cos(prediction, target) over the valid pixels.

    Args:
        prediction: (N, 3, H, W) of any length.
        target: (N, 3, H, W).
        valid: (N, H, W) bool.
    """
    per_pixel = 1 - F.cosine_similarity(prediction, target, dim=1)
    return (per_pixel * valid).sum() / valid.sum().clamp(min=1)
