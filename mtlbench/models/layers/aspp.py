"""Atrous spatial pyramid pooling (DeepLab v3)."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from mtlbench.errors import ConfigError
from mtlbench.models.layers.conv import ConvNormReLU


class ASPP(nn.Module):
    """Parallel branches of several receptive fields: 1x1, dilated 3x3 and global average, concatenated and projected.

    Args:
        in_channels: Channels of the input.
        channels: Channels of each branch and of the output.
        rates: Dilations of the 3x3 branches.
        dropout: Dropout rate of the output, in 0..1.
    """

    def __init__(self, in_channels: int, channels: int, rates: Sequence[int], dropout: float = 0.5) -> None:
        super().__init__()
        dilated = [ConvNormReLU(in_channels, channels, 3, dilation=rate) for rate in rates]
        self.branches = nn.ModuleList([ConvNormReLU(in_channels, channels), *dilated])
        self.pooled = ConvNormReLU(in_channels, channels)
        self.project = nn.Sequential(ConvNormReLU((len(rates) + 2) * channels, channels), nn.Dropout(dropout))

    def forward(self, features: Tensor) -> Tensor:
        """Return maps (N, ``channels``, h, w) of the input maps (N, ``in_channels``, h, w).

        Raises:
            ConfigError: When a training batch has one image: batch norm needs two pooled values per channel.
        """
        if self.training and len(features) == 1:
            raise ConfigError(
                'the ASPP of this decoder applies batch norm to one pooled value per image, so training needs at least '
                'two images per batch; set train_dataloader.<stream>.batch_size'
            )
        views = [branch(features) for branch in self.branches]
        # Bilinear interpolation of a single value repeats it.
        pooled = self.pooled(features.mean((2, 3), keepdim=True)).expand(-1, -1, *features.shape[-2:])
        return self.project(torch.cat([*views, pooled], dim=1))
