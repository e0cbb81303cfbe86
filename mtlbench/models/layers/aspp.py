"""Atrous spatial pyramid pooling (DeepLab v3)."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from mtlbench.errors import ConfigError
from mtlbench.models.layers.conv import ConvNormReLU


class ASPP(nn.Module):
    """Parallel views of several widths: 1x1, dilated 3x3 and the whole map, concatenated and projected.

    Args:
        in_channels: Channels in.
        channels: Channels of every branch and of the result.
        rates: Dilations of the 3x3 branches.
        dropout: Share of the projected values dropped in training.
    """

    def __init__(self, in_channels: int, channels: int, rates: Sequence[int], dropout: float = 0.5) -> None:
        super().__init__()
        dilated = [ConvNormReLU(in_channels, channels, 3, dilation=rate) for rate in rates]
        self.branches = nn.ModuleList([ConvNormReLU(in_channels, channels), *dilated])
        self.pooled = ConvNormReLU(in_channels, channels)
        self.project = nn.Sequential(ConvNormReLU((len(rates) + 2) * channels, channels), nn.Dropout(dropout))

    def forward(self, features: Tensor) -> Tensor:
        """Maps (N, ``channels``, h, w) of maps (N, ``in_channels``, h, w).

        Raises:
            ConfigError: For a single image in training: the pooled branch has then one value a channel to norm.
        """
        if self.training and len(features) == 1:
            raise ConfigError(
                'the ASPP of this decoder norms one pooled value an image over the batch, so training needs two '
                'images or more in a batch; set train_dataloader.<stream>.batch_size'
            )
        views = [branch(features) for branch in self.branches]
        # Interpolating a single value bilinearly repeats it.
        pooled = self.pooled(features.mean((2, 3), keepdim=True)).expand(-1, -1, *features.shape[-2:])
        return self.project(torch.cat([*views, pooled], dim=1))
