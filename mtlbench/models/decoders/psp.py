"""PSPNet's head."""

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
    """The encoder's last map beside its averages over coarse grids, then one 3x3 convolution (https://arxiv.org/abs/1612.01105).

    Args:
        encoder_channels: See :class:`Decoder`.
        encoder_strides: See :class:`Decoder`.
        channels: Channels of each grid and of the result.
        bins: Sides of the grids, in cells.
        dropout: Share of the channels dropped in training.
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
        """The last map alone."""
        return {len(self.encoder_channels) - 1}

    def forward(self, level: int, features: list[Tensor], state: Tensor | None) -> Tensor:
        """See :class:`Decoder`. The map keeps the size of the encoder's last one.

        Raises:
            ConfigError: For a single image in training: the coarsest grid has then one value a channel to norm.
        """
        last = features[-1]
        if self.training and len(last) == 1:
            raise ConfigError(
                'the PSPDecoder norms one pooled value an image over the batch, so training needs two images or '
                'more in a batch; set train_dataloader.<stream>.batch_size'
            )
        pooled = (pool(last) for pool in self.pools)
        size = last.shape[-2:]
        spread = [F.interpolate(grid, size=size, mode='bilinear', align_corners=True) for grid in pooled]
        return self.project(torch.cat([last, *spread], dim=1))
