"""Decoder of convolutions and upsampling, without skip connections."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from torch import Tensor, nn

from mtlbench.models.decoders.base import Decoder
from mtlbench.models.layers import ConvNormReLU
from mtlbench.registry import DECODERS


@DECODERS.register_module()
class ConvUpDecoder(Decoder):
    """3x3 convolutions on the encoder's last map, with 2x bilinear upsampling in between (SemiMTL, depth).

    Args:
        encoder_channels: See :class:`Decoder`.
        encoder_strides: See :class:`Decoder`.
        channels: Channels after each convolution.
    """

    scaled_arguments = {'channels': 'width'}
    align_corners = True

    def __init__(
        self,
        encoder_channels: Sequence[int],
        encoder_strides: Sequence[int],
        channels: Sequence[int] = (512, 256, 128),
    ) -> None:
        super().__init__(encoder_channels, encoder_strides)
        self.levels, self.channels = (0,), {0: channels[-1]}
        layers: list[nn.Module] = [ConvNormReLU(encoder_channels[-1], channels[0], 3)]
        for before, after in pairwise(channels):
            layers += [
                nn.Upsample(scale_factor=2, mode='bilinear', align_corners=True),
                ConvNormReLU(before, after, 3),
            ]
        self.body = nn.Sequential(*layers)

    @property
    def reads(self) -> set[int]:
        """Position of the last map."""
        return {len(self.encoder_channels) - 1}

    def forward(self, level: int, features: list[Tensor], state: Tensor | None) -> Tensor:
        """See :class:`Decoder`."""
        return self.body(features[-1])
