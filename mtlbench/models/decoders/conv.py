"""Decoder of one convolution."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor, nn

from mtlbench.models.decoders.base import Decoder
from mtlbench.models.layers import xavier_normal
from mtlbench.registry import DECODERS


@DECODERS.register_module()
class ConvDecoder(Decoder):
    """3x3 convolution on the encoder's last map, without norm or activation: the head of SegNet with the task's layer.

    Weights of the convolution and of the task's layer start from Xavier's normal distribution.

    Args:
        encoder_channels: See :class:`Decoder`. The state has the channels of the last map.
        encoder_strides: See :class:`Decoder`.
    """

    scaled_arguments = dict[str, str]()

    def __init__(self, encoder_channels: Sequence[int], encoder_strides: Sequence[int]) -> None:
        super().__init__(encoder_channels, encoder_strides)
        channels = encoder_channels[-1]
        self.levels, self.channels = (0,), {0: channels}
        self.body = nn.Conv2d(channels, channels, 3, padding=1)
        xavier_normal(self)

    @property
    def reads(self) -> set[int]:
        """Position of the last map."""
        return {len(self.encoder_channels) - 1}

    def start_head(self, head: nn.Module) -> None:
        """Initialize a head of one convolution as the decoder; other heads keep the start that their task gave them."""
        if isinstance(head, nn.Conv2d):
            xavier_normal(head)

    def forward(self, level: int, features: list[Tensor], state: Tensor | None) -> Tensor:
        """See :class:`Decoder`."""
        return self.body(features[-1])
