"""Supervised losses as pure functions. Nothing to learn from gives a zero that still has a gradient."""

from __future__ import annotations

from torch import Tensor
from torch.nn import functional as F


def cross_entropy(logits: Tensor, label: Tensor, ignore: int = 255, weights: Tensor | None = None) -> Tensor:
    """Mean cross-entropy over the pixels that are not ignored, weighted by the class of the label.

    Args:
        logits: (N, classes, H, W).
        label: Ids (N, H, W) int64.
        ignore: The id left out.
        weights: Of each class (classes,), all positive; the sum is divided by that of the weights of the pixels. None:
            all are 1.
    """
    # Reduced here and not inside, because the reduction inside is not deterministic on a GPU.
    per_pixel = F.cross_entropy(logits, label, weights, ignore_index=ignore, reduction='none')
    counted = label != ignore
    if weights is None:
        return per_pixel.sum() / counted.sum().clamp(min=1)
    total = (weights[label.where(counted, 0)] * counted).sum()
    return per_pixel.sum() / total.where(total > 0, 1)


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
    bound = 0.2 * error.detach().max()
    divisor = 2 * bound.where(bound > 0, bound.new_ones(()))
    per_pixel = error.where(error <= bound, (error**2 + bound**2) / divisor)
    return per_pixel.sum() / valid.sum().clamp(min=1) if over_valid else per_pixel.mean()


def cosine_loss(prediction: Tensor, target: Tensor, valid: Tensor, over_valid: bool = True) -> Tensor:
    """Mean of 1 - cos(prediction, target) over the valid pixels.

    Args:
        prediction: (N, 3, H, W) of any length.
        target: (N, 3, H, W).
        valid: (N, H, W) bool.
        over_valid: Whether the mean is over the valid pixels, and not over *all*, the invalid ones as zeros.
    """
    per_pixel = (1 - F.cosine_similarity(prediction, target, dim=1)) * valid
    return per_pixel.sum() / valid.sum().clamp(min=1) if over_valid else per_pixel.mean()
