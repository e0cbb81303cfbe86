"""Skip-connection decoder of 3-ways PAD-Net and xTAM."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from mtlbench.errors import ConfigError
from mtlbench.models.decoders.base import Decoder
from mtlbench.models.layers import ASPP, ConvNormReLU, ReflectConvELU
from mtlbench.registry import DECODERS


@DECODERS.register_module()
class SkipDecoder(Decoder):
    """Decoder that halves the stride at each level and adds the encoder's map of that stride (3-ways PAD-Net, https://arxiv.org/abs/2012.10782).

    Args:
        encoder_channels: See :class:`Decoder`.
        encoder_strides: See :class:`Decoder`.
        channels: Channels after each level, coarse to fine; their number is the number of levels.
        aspp_channels: Channels of the ASPP on the encoder's last map; None: a 3x3 convolution instead, as in monodepth2
            (https://arxiv.org/abs/1806.01260).
        rates: Dilations of the ASPP branches.
        dropout: Dropout rate of the ASPP, in 0..1.
        skip_channels: Channels to which skip connections are projected; None: no projection.
        norm: Whether batch norm follows the 3x3 convolutions; off in 3-ways PAD-Net.

    Raises:
        ConfigError: When the encoder's last map is finer than the first level, or its stride is no multiple of it.
    """

    scaled_arguments = {'channels': 'width', 'aspp_channels': 'width', 'skip_channels': 'width', 'rates': 'length'}

    def __init__(
        self,
        encoder_channels: Sequence[int],
        encoder_strides: Sequence[int],
        channels: Sequence[int] = (256, 256, 128, 128, 64),
        aspp_channels: int | None = 256,
        rates: Sequence[int] = (6, 12, 18),
        dropout: float = 0.5,
        skip_channels: int | None = None,
        norm: bool = False,
    ) -> None:
        super().__init__(encoder_channels, encoder_strides)
        self.levels = tuple(range(len(channels) - 1, -1, -1))
        self.channels = dict(zip(self.levels, channels, strict=True))
        if encoder_strides[-1] < 2 ** self.levels[0]:
            raise ConfigError(
                f"SkipDecoder starts at level {self.levels[0]} (stride {2 ** self.levels[0]}), but the encoder's last "
                f'map has stride {encoder_strides[-1]}; give channels fewer numbers, one per level'
            )
        if encoder_strides[-1] % 2 ** self.levels[0]:
            raise ConfigError(
                f"SkipDecoder halves strides, but the encoder's last stride {encoder_strides[-1]} is no multiple of "
                f'{2 ** self.levels[0]}; use an encoder whose strides are powers of two'
            )
        self.stages = nn.ModuleDict()
        width, stride = encoder_channels[-1], encoder_strides[-1]
        for level, out in self.channels.items():
            skip, projection = self._skip(level), None
            taken_in = 0 if skip is None else encoder_channels[skip]
            if skip_channels and taken_in:
                projection, taken_in = ConvNormReLU(taken_in, skip_channels), skip_channels
            first: nn.Module
            if level == self.levels[0] and aspp_channels:
                first, inner = ASPP(width, aspp_channels, rates, dropout), aspp_channels
            else:
                first, inner = ReflectConvELU(width, out, norm), out
            second = ReflectConvELU(inner + taken_in, out, norm)
            self.stages[str(level)] = SkipStage(first, second, stride // 2**level, projection)
            width, stride = out, 2**level

    def _skip(self, level: int) -> int | None:
        """Return the position of the encoder's map with the stride of a level; None for level 0 and the last map."""
        found = [i for i, stride in enumerate(self.encoder_strides[:-1]) if stride == 2**level and level > 0]
        return found[-1] if found else None

    @property
    def reads(self) -> set[int]:
        """Positions of the last map and of the skip connections."""
        taken_in = (self._skip(level) for level in self.levels)
        return {len(self.encoder_channels) - 1, *(skip for skip in taken_in if skip is not None)}

    def forward(self, level: int, features: list[Tensor], state: Tensor | None) -> Tensor:
        """See :class:`Decoder`."""
        skip = self._skip(level)
        taken_in = None if skip is None else features[skip]
        return self.stages[str(level)](features[-1] if state is None else state, taken_in)

    def compile(self, *args: Any, **options: Any) -> None:
        """Compile each level separately."""
        for stage in self.stages.values():
            stage.compile(*args, **options)


class SkipStage(nn.Module):
    """One level: first block, nearest upsampling, concatenation of the skip connection, second block.

    Args:
        first: Block before the upsampling.
        second: Block after the concatenation.
        factor: Factor of the upsampling.
        projection: Projection of the skip connection, if any.
    """

    def __init__(self, first: nn.Module, second: nn.Module, factor: int, projection: nn.Module | None = None) -> None:
        super().__init__()
        self.first, self.second, self.factor, self.projection = first, second, factor, projection

    def forward(self, state: Tensor, skip: Tensor | None) -> Tensor:
        """Return the state after the level from the previous state (or the encoder's last map) and the skip."""
        state = self.first(state)
        if self.factor > 1:
            state = F.interpolate(state, scale_factor=self.factor, mode='nearest')
        if skip is None:
            return self.second(state)
        if self.projection is not None:
            skip = self.projection(skip)
        return self.second(torch.cat([state, skip], dim=1))
