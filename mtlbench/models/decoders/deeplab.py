"""DeepLab v3 head."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor, nn

from mtlbench.models.decoders.base import Decoder
from mtlbench.models.layers import ASPP, ConvNormReLU
from mtlbench.registry import DECODERS


@DECODERS.register_module()
class DeepLabDecoder(Decoder):
    """ASPP and a 3x3 convolution on the encoder's last map, without skip connections (https://arxiv.org/abs/1706.05587).

    Args:
        encoder_channels: See :class:`Decoder`.
        encoder_strides: See :class:`Decoder`.
        channels: Channels of all layers.
        rates: Dilations of the ASPP branches.
        dropout: Dropout rate of the ASPP, in 0..1.
        align_corners: Whether the last prediction is resized with aligned corners.
    """

    scaled_arguments = {'channels': 'width', 'rates': 'length'}

    def __init__(
        self,
        encoder_channels: Sequence[int],
        encoder_strides: Sequence[int],
        channels: int = 256,
        rates: Sequence[int] = (12, 24, 36),
        dropout: float = 0.5,
        align_corners: bool = False,
    ) -> None:
        super().__init__(encoder_channels, encoder_strides)
        self.align_corners = align_corners
        self.levels, self.channels = (0,), {0: channels}
        self.body = nn.Sequential(
            ASPP(encoder_channels[-1], channels, rates, dropout), ConvNormReLU(channels, channels, 3)
        )

    @property
    def reads(self) -> set[int]:
        """Position of the last map."""
        return {len(self.encoder_channels) - 1}

    def forward(self, level: int, features: list[Tensor], state: Tensor | None) -> Tensor:
        """See :class:`Decoder`. The output has the size of the encoder's last map."""
        return self.body(features[-1])
