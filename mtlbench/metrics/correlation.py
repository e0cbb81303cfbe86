"""How alike the channels of a map are."""

from __future__ import annotations

import torch
from torch import Tensor

LEAST_STD = 1e-6


def channel_correlation(features: Tensor) -> Tensor:
    """Mean absolute correlation between different channels over the positions of each map (CCAM, section 4.2).

    Args:
        features: (N, C, h, w).

    Returns:
        (N) float64 in 0..1: 0 for channels that have nothing in common, 1 for copies; channels that are constant do not
        count, and NaN stands where fewer than two others are left.
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
