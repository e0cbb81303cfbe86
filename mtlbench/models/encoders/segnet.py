"""SegNet's encoder and decoder as one encoder, which the tasks share (hard sharing)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from torch import Tensor, nn
from torch.nn import functional as F

from mtlbench.errors import ConfigError
from mtlbench.models.encoders.base import Encoder
from mtlbench.models.layers import ConvNormReLU, unpool, xavier_normal
from mtlbench.registry import ENCODERS
from mtlbench.structures import Maps

FILTERS = (64, 128, 256, 512, 512)
CONVOLUTIONS = (2, 2, 3, 3, 3)
"""Convolutions of each level, in the encoder and in the decoder."""


class Pair(NamedTuple):
    """Two maps of one level.

    Args:
        early: In the encoder, the map after the first convolution; in the decoder, the unpooled map.
        late: Map after all convolutions of the level.
    """

    early: Tensor
    late: Tensor


@ENCODERS.register_module()
class SegNet(Encoder):
    """SegNet (https://arxiv.org/abs/1511.00561) up to its last map, of stride 1, as multi-task papers share it.

    Five levels of 3x3 convolutions with bias, batch norm and ReLU, max pooling that keeps the places of the maxima, and
    the mirrored levels after unpooling to these places. All weights are random (Xavier's normal distribution).

    Args:
        filters: Channels of the five levels, finest first.
        mean: See :class:`Encoder`; by default, images are not normalized.
        std: See :class:`Encoder`.

    Raises:
        ConfigError: When there are not five levels.
    """

    scaled_arguments = {'filters': 'width'}
    replaceable = False

    def __init__(
        self,
        filters: Sequence[int] = FILTERS,
        mean: tuple[float, float, float] = (0.0, 0.0, 0.0),
        std: tuple[float, float, float] = (1.0, 1.0, 1.0),
    ) -> None:
        super().__init__(mean, std)
        if len(filters) != len(CONVOLUTIONS):
            raise ConfigError(f'{type(self).__name__}: filters is {tuple(filters)}, expected the channels of 5 levels')
        self.filters = tuple(filters)
        self.widths = (filters[0], *filters[:-1])
        self.channels, self.strides = (filters[0],), (1,)
        self.down_first, self.down_rest = nn.ModuleList(), nn.ModuleList()
        self.up_first, self.up_rest = nn.ModuleList(), nn.ModuleList()
        before = 3
        for count, level, width in zip(CONVOLUTIONS, self.filters, self.widths, strict=True):
            self.down_first.append(block(before, level))
            self.down_rest.append(nn.Sequential(*(block(level, level) for _ in range(count - 1))))
            self.up_first.append(block(level, width))
            self.up_rest.append(nn.Sequential(*(block(width, width) for _ in range(count - 1))))
            before = level
        xavier_normal(self)

    @property
    def size_multiple(self) -> int:
        """Factor by which the five levels shrink the images."""
        return 2 ** len(self.filters)

    def features(self, normalized: Tensor) -> Maps:
        """Return the decoder's last map."""
        _, decoded = self.levels(normalized)
        return [decoded[0].late]

    def levels(self, normalized: Tensor) -> tuple[list[Pair], list[Pair]]:
        """Return the maps of the encoder and of the decoder, finest level first."""
        encoded, places = [], []
        maps = normalized
        for first, rest in zip(self.down_first, self.down_rest, strict=True):
            early = first(maps)
            encoded.append(Pair(early, rest(early)))
            maps, place = F.max_pool2d(encoded[-1].late, 2, return_indices=True)
            places.append(place)
        decoded: list[Pair] = []
        for level in reversed(range(len(places))):
            early = unpool(maps, places[level], encoded[level].late.shape[-2:])
            maps = self.up_rest[level](self.up_first[level](early))
            decoded.insert(0, Pair(early, maps))
        return encoded, decoded


def block(in_channels: int, out_channels: int) -> ConvNormReLU:
    """Return a 3x3 convolution with bias, batch norm and ReLU."""
    return ConvNormReLU(in_channels, out_channels, 3, bias=True)
