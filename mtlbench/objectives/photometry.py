"""How much two pictures differ, and how rough a map is: the pure functions of self-supervised depth.

They follow monodepth2 (https://arxiv.org/abs/1806.01260), which the xTAM, CCAM and robustness papers all build on.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional as F

C1, C2 = 0.01**2, 0.03**2
SSIM_SHARE = 0.85


def ssim(one: Tensor, other: Tensor) -> Tensor:
    """Structural similarity (N, C, H, W) of pictures (N, C, H, W) in [0, 1], over 3x3 windows, the border reflected."""
    x, y = (F.pad(picture, (1, 1, 1, 1), mode='reflect') for picture in (one, other))
    mean_x, mean_y = _window_mean(x), _window_mean(y)
    variances = _window_mean(x * x) - mean_x**2 + _window_mean(y * y) - mean_y**2
    covariance = _window_mean(x * y) - mean_x * mean_y
    similarity = (2 * mean_x * mean_y + C1) * (2 * covariance + C2)
    return similarity / ((mean_x**2 + mean_y**2 + C1) * (variances + C2))


def photometric_error(target: Tensor, picture: Tensor) -> Tensor:
    """How much a picture differs from the target, at each pixel: 0.85 (1 - SSIM) / 2 + 0.15 L1, mean over the channels.

    Args:
        target: (N, 3, H, W) in [0, 1].
        picture: Same shape.

    Returns:
        (N, 1, H, W), 0 where they agree, at most 1.
    """
    structure = ((1 - ssim(target, picture)) / 2).clamp(0, 1)
    error = SSIM_SHARE * structure + (1 - SSIM_SHARE) * (target - picture).abs()
    return error.mean(1, keepdim=True)


def least_error(errors: Sequence[Tensor]) -> Tensor:
    """The mean over the pixels of the least of several errors (N, 1, H, W): one good view of a pixel is enough.

    With the errors of the unmoved sources among them, pixels that look better unmoved do not count (auto-masking).
    """
    return torch.cat(list(errors), dim=1).amin(1).mean()


def edge_aware_smoothness(disparity: Tensor, picture: Tensor) -> Tensor:
    """Mean slope of a map over its mean, where the picture has no edge.

    Args:
        disparity: (N, 1, h, w), positive.
        picture: (N, 3, h, w) in [0, 1].
    """
    relative = disparity / (disparity.mean((2, 3), keepdim=True) + 1e-7)
    slopes = []
    for axis in (3, 2):
        edges = picture.diff(dim=axis).abs().mean(1, keepdim=True)
        slopes.append((relative.diff(dim=axis).abs() * torch.exp(-edges)).mean())
    return slopes[0] + slopes[1]


def _window_mean(padded: Tensor) -> Tensor:
    return F.avg_pool2d(padded, kernel_size=3, stride=1)
