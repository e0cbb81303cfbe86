"""DeepLab v3's head."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor, nn

from mtlbench.models.decoders.base import Decoder
from mtlbench.models.layers import ASPP, ConvNormReLU
from mtlbench.registry import DECODERS


@DECODERS.register_module()
class DeepLabDecoder(Decoder):
    """Pyramid pooling and one convolution on the encoder's last map; no skips (https://arxiv.org/abs/1706.05587).

    Args:
        encoder_channels: See :class:`Decoder`.
        encoder_strides: See :class:`Decoder`.
        channels: Channels throughout.
        rates: Dilations of the pyramid pooling.
        dropout: Its dropout.
    """

    scaled_arguments = {'channels': 'width', 'rates': 'length'}

    def __init__(
        self,
        encoder_channels: Sequence[int],
        encoder_strides: Sequence[int],
        channels: int = 256,
        rates: Sequence[int] = (12, 24, 36),
        dropout: float = 0.5,
    ) -> None:
        super().__init__(encoder_channels, encoder_strides)
        self.levels, self.channels = (0,), {0: channels}
        self.body = nn.Sequential(
            ASPP(encoder_channels[-1], channels, rates, dropout), ConvNormReLU(channels, channels, 3)
        )

    @property
    def reads(self) -> set[int]:
        """The last map alone."""
        return {len(self.encoder_channels) - 1}

    def forward(self, level: int, features: list[Tensor], state: Tensor | None) -> Tensor:
        """See :class:`Decoder`. The map keeps the size of the encoder's last one."""
        return self.body(features[-1])
