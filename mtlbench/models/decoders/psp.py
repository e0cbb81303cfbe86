"""PSPNet head."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from mtlbench.errors import ConfigError
from mtlbench.models.decoders.base import Decoder
from mtlbench.models.layers import ConvNormReLU
from mtlbench.registry import DECODERS


@DECODERS.register_module()
class PSPDecoder(Decoder):
    """Pyramid pooling of the encoder's last map, then a 3x3 convolution (https://arxiv.org/abs/1612.01105).

    Args:
        encoder_channels: See :class:`Decoder`.
        encoder_strides: See :class:`Decoder`.
        channels: Channels of each pooled map and of the output.
        bins: Side lengths of the pooling grids, in cells.
        dropout: Dropout rate of the output channels, in 0..1.
    """

    scaled_arguments = {'channels': 'width'}
    align_corners = True

    def __init__(
        self,
        encoder_channels: Sequence[int],
        encoder_strides: Sequence[int],
        channels: int = 512,
        bins: Sequence[int] = (1, 2, 3, 6),
        dropout: float = 0.1,
    ) -> None:
        super().__init__(encoder_channels, encoder_strides)
        self.levels, self.channels = (0,), {0: channels}
        last = encoder_channels[-1]
        self.pools = nn.ModuleList(
            nn.Sequential(nn.AdaptiveAvgPool2d(side), ConvNormReLU(last, channels)) for side in bins
        )
        self.project = nn.Sequential(ConvNormReLU(last + len(bins) * channels, channels, 3), nn.Dropout2d(dropout))

    @property
    def reads(self) -> set[int]:
        """Position of the last map."""
        return {len(self.encoder_channels) - 1}

    def forward(self, level: int, features: list[Tensor], state: Tensor | None) -> Tensor:
        """See :class:`Decoder`. The output has the size of the encoder's last map.

        Raises:
            ConfigError: When a training batch has one image: batch norm needs two values per channel.
            grid.
        """
        last = features[-1]
        if self.training and len(last) == 1:
            raise ConfigError(
                'PSPDecoder applies batch norm to one pooled value per image, so training needs at least two images '
                'per batch; set train_dataloader.<stream>.batch_size'
            )
        pooled = (pool(last) for pool in self.pools)
        size = last.shape[-2:]
        spread = [F.interpolate(grid, size=size, mode='bilinear', align_corners=True) for grid in pooled]
        return self.project(torch.cat([last, *spread], dim=1))
