"""Task modules of PAD-Net."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor, nn

from mtlbench.models.decoders.base import Decoder
from mtlbench.models.layers import Bottleneck
from mtlbench.registry import DECODERS


@DECODERS.register_module()
class PADNetDecoder(Decoder):
    """Two bottlenecks for the initial prediction (level 4), two for the final one (https://arxiv.org/abs/1805.04409).

    Both levels have the size of the encoder's last map.

    Args:
        encoder_channels: See :class:`Decoder`.
        encoder_strides: See :class:`Decoder`.
        channels: Channels of both levels.
    """

    scaled_arguments = {'channels': 'width'}

    def __init__(self, encoder_channels: Sequence[int], encoder_strides: Sequence[int], channels: int = 256) -> None:
        super().__init__(encoder_channels, encoder_strides)
        self.levels, self.channels = (4, 0), {4: channels, 0: channels}
        self.initial = nn.Sequential(Bottleneck(encoder_channels[-1], channels), Bottleneck(channels, channels))
        self.final = nn.Sequential(Bottleneck(channels, channels), Bottleneck(channels, channels))

    @property
    def reads(self) -> set[int]:
        """Position of the last map."""
        return {len(self.encoder_channels) - 1}

    def forward(self, level: int, features: list[Tensor], state: Tensor | None) -> Tensor:
        """See :class:`Decoder`."""
        return self.initial(features[-1]) if state is None else self.final(state)
