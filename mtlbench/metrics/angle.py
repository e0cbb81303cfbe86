"""Angles between directions."""

from __future__ import annotations

import torch
from torch import Tensor


def angle_deg(first: Tensor, second: Tensor, dim: int) -> Tensor:
    """Return the angle between unit vectors along ``dim`` in degrees, float64.

    The form 2 atan2(|a - b|, |a + b|) is accurate near 0 and 180 degrees, unlike the arc cosine.
    """
    a, b = first.double(), second.double()
    return torch.rad2deg(2 * torch.atan2((a - b).norm(dim=dim), (a + b).norm(dim=dim)))
