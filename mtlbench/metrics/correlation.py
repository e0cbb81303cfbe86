"""Correlation between the channels of feature maps."""

from __future__ import annotations

import torch
from torch import Tensor

LEAST_STD = 1e-6


def channel_correlation(features: Tensor) -> Tensor:
    """Compute the mean absolute correlation between different channels over the positions of a map (CCAM, section 4.2).

    Args:
        features: Feature maps (N, C, h, w).

    Returns:
        Correlations (N) float64: 0 for uncorrelated channels, 1 for copies. Constant channels are ignored; NaN if fewer
        than two others remain.
    """
    return torch.stack([_of_one(one.flatten(1).double()) for one in features])


def _of_one(channels: Tensor) -> Tensor:
    centered = channels - channels.mean(1, keepdim=True)
    std = centered.square().mean(1, keepdim=True).sqrt()
    live = std[:, 0] > LEAST_STD
    count = int(live.sum())
    if count < 2:
        return channels.new_tensor(torch.nan)
    unit = (centered / std)[live]
    correlations = (unit @ unit.T / unit.shape[1]).abs()
    return (correlations.sum() - correlations.trace()) / (count * (count - 1))
