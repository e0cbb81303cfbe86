"""The decoder with skip connections of 3-ways PAD-Net and xTAM."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from mtlbench.errors import ConfigError
from mtlbench.models.decoders.base import Decoder
from mtlbench.models.layers import ASPP, ReflectConvELU
from mtlbench.registry import DECODERS


@DECODERS.register_module()
class SkipDecoder(Decoder):
    """Halves the stride level by level, taking in the encoder's map of the same stride (xTAM sheet, section 2.2).

    Args:
        encoder_channels: See :class:`Decoder`.
        encoder_strides: See :class:`Decoder`.
        channels: Channels after each level, coarse to fine; as many levels as there are numbers.
        aspp_channels: Channels of the pyramid pooling on the encoder's last map.
        rates: Its dilations.
        dropout: Its dropout.

    Raises:
        ConfigError: When the encoder's last map is finer than the first level.
    """

    def __init__(
        self,
        encoder_channels: Sequence[int],
        encoder_strides: Sequence[int],
        channels: Sequence[int] = (256, 256, 128, 128, 64),
        aspp_channels: int = 256,
        rates: Sequence[int] = (6, 12, 18),
        dropout: float = 0.5,
    ) -> None:
        super().__init__(encoder_channels, encoder_strides)
        self.levels = tuple(range(len(channels) - 1, -1, -1))
        self.channels = dict(zip(self.levels, channels, strict=True))
        if encoder_strides[-1] < 2 ** self.levels[0]:
            raise ConfigError(
                f"SkipDecoder starts at level {self.levels[0]} (stride {2 ** self.levels[0]}), but the encoder's last "
                f'map has stride {encoder_strides[-1]}: give it fewer channels, one number a level'
            )
        self.first, self.second = nn.ModuleDict(), nn.ModuleDict()
        self.first[str(self.levels[0])] = ASPP(encoder_channels[-1], aspp_channels, rates, dropout)
        width = aspp_channels
        for level, out in self.channels.items():
            if level != self.levels[0]:
                self.first[str(level)] = ReflectConvELU(width, out)
                width = out
            skip = self._skip(level)
            self.second[str(level)] = ReflectConvELU(width + (0 if skip is None else encoder_channels[skip]), out)
            width = out

    def _skip(self, level: int) -> int | None:
        """Position of the encoder's map that the level takes in: of its stride, not the last, none for level 0."""
        found = [i for i, stride in enumerate(self.encoder_strides[:-1]) if stride == 2**level and level > 0]
        return found[-1] if found else None

    def _upsampling(self, level: int) -> int:
        before = self.encoder_strides[-1] if level == self.levels[0] else 2 ** (level + 1)
        return before // 2**level

    def forward(self, level: int, features: list[Tensor], state: Tensor | None) -> Tensor:
        """See :class:`Decoder`."""
        state = self.first[str(level)](features[-1] if state is None else state)
        factor, skip = self._upsampling(level), self._skip(level)
        if factor > 1:
            state = F.interpolate(state, scale_factor=factor, mode='nearest')
        if skip is not None:
            state = torch.cat([state, features[skip]], dim=1)
        return self.second[str(level)](state)
