"""Gated self-attention."""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional as F


class GatedAttention(nn.Module):
    """Features times the sigmoid of a mask, both 3x3 convolutions of the input without bias (PAD-Net's distillation).

    Both are one convolution: the first half of its output channels are the features, the second half the mask.

    Args:
        in_channels: Channels of the input.
        out_channels: Channels of the output.
        zero_init: Whether the mask starts at 0.5 everywhere.
    """

    def __init__(self, in_channels: int, out_channels: int, zero_init: bool = False) -> None:
        super().__init__()
        self.conv = nn.Conv2d(in_channels, 2 * out_channels, 3, padding=1, bias=False)
        if zero_init:
            nn.init.zeros_(self.conv.weight[out_channels:])

    def forward(self, features: Tensor) -> Tensor:
        """Return the attended maps (N, ``out_channels``, h, w) of maps (N, ``in_channels``, h, w)."""
        return F.glu(self.conv(features), dim=1)
