"""Photometric error and smoothness for self-supervised depth, as pure functions.

They follow monodepth2 (https://arxiv.org/abs/1806.01260), on which the xTAM, CCAM and robustness papers build.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

C1, C2 = 0.01**2, 0.03**2
SSIM_SHARE = 0.85


def ssim(one: Tensor, other: Tensor) -> Tensor:
    """Compute the structural similarity of images (..., N, C, H, W) in [0, 1] over 3x3 windows, reflection-padded.

    Either may have more leading dimensions than the other, so one target can be compared with several images.
    """
    mean_one, mean_other = _window_mean(one), _window_mean(other)
    variances = _window_mean(one * one) - mean_one**2 + _window_mean(other * other) - mean_other**2
    covariance = _window_mean(one * other) - mean_one * mean_other
    similarity = (2 * mean_one * mean_other + C1) * (2 * covariance + C2)
    return similarity / ((mean_one**2 + mean_other**2 + C1) * (variances + C2))


def photometric_error(target: Tensor, images: Tensor) -> Tensor:
    """Compute the error of images per pixel, 0.85 (1 - SSIM) / 2 + 0.15 L1, averaged over the channels.

    Args:
        target: Images (N, 3, H, W) in [0, 1].
        images: Images (K, N, 3, H, W) in [0, 1].

    Returns:
        Errors (K, N, H, W) in 0..1; 0 where the images agree.
    """
    structure = ((1 - ssim(target, images)) / 2).clamp(0, 1)
    error = SSIM_SHARE * structure + (1 - SSIM_SHARE) * (target - images).abs()
    return error.mean(-3)


def edge_aware_smoothness(disparity: Tensor, image: Tensor) -> Tensor:
    """Compute the mean slope of a map relative to its mean, weighted down at image edges.

    Args:
        disparity: Positive map (N, 1, h, w).
        image: Images (N, 3, h, w) in [0, 1].
    """
    relative = disparity / (disparity.mean((2, 3), keepdim=True) + 1e-7)
    slopes = []
    for axis in (3, 2):
        edges = image.diff(dim=axis).abs().mean(1, keepdim=True)
        slopes.append((relative.diff(dim=axis).abs() * torch.exp(-edges)).mean())
    return slopes[0] + slopes[1]


def _window_mean(images: Tensor) -> Tensor:
    # Sums of shifted views are several times as fast on a CPU as torch's pooling.
    padded = F.pad(images.flatten(0, -4), (1, 1, 1, 1), mode='reflect')
    rows = padded[..., :-2, :] + padded[..., 1:-1, :] + padded[..., 2:, :]
    return ((rows[..., :-2] + rows[..., 1:-1] + rows[..., 2:]) / 9).view(images.shape)
