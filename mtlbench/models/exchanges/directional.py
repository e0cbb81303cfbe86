"""Directional module of xTAM: features that one task passes to another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any, cast

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from mtlbench.errors import ConfigError
from mtlbench.models.exchanges.correlation import ChannelAttention, SpatialAttention
from mtlbench.models.layers import ConvNormReLU, GatedAttention
from mtlbench.utils.choices import require_known

SMALL_START = 0.1
CHOICES = {
    'attention': ('spatial', 'channel', 'both', 'none'),
    'source_reduce': ('s2', 's'),
    'softmax_over': ('source', 'target'),
    'concat_order': ('self_first', 'cross_first'),
}


@dataclass(frozen=True)
class DirectionalOptions:
    """Options of the directional modules (xTAM, sections 3.1.1 and 4.3).

    Args:
        attention: Cross-task attention: ``'spatial'``, ``'channel'``, ``'both'`` or ``'none'``.
        source_reduce: Reduction of the source map: by the square of the target's factor, ``'s2'``, or by the same
            factor, ``'s'``.
        softmax_over: Positions over which correlations are normalized: ``'source'`` or ``'target'``.
        proj_norm_act: Whether batch norm and ReLU follow the 1x1 projections before the correlation.
        with_alpha: Whether a learnable parameter per channel scales the spatial attention. This parameter, and the
            scale of the channel attention, start at 0; or at 0.1 without self-attention, because batch norm and ReLU of
            zeros alone give no gradient.
        channel_scale: Whether channel correlations are divided by the square root of the number of positions.
        extractor: Whether a 3x3 convolution with ReLU precedes all attention.
        self_ratio: Width of the self-attention relative to the channels; 0 disables it.
        pair_proj: Whether the concatenated features are projected back to the number of channels.
        concat_order: Order of concatenation: ``'self_first'`` or ``'cross_first'``.

    Raises:
        ConfigError: When a value is invalid.
    """

    attention: str = 'spatial'
    source_reduce: str = 's2'
    softmax_over: str = 'source'
    proj_norm_act: bool = True
    with_alpha: bool = True
    channel_scale: bool = False
    extractor: bool = True
    self_ratio: float = 0.5
    pair_proj: bool = True
    concat_order: str = 'self_first'

    def __post_init__(self) -> None:
        for name, choices in CHOICES.items():
            require_known(f'exchange.{name}', getattr(self, name), choices)
        if not self.self_ratio >= 0:
            raise ConfigError(f'exchange.self_ratio is {self.self_ratio}, expected 0 or more')
        if self.attention == 'none' and not self.self_ratio:
            raise ConfigError(
                "exchange.attention='none' with exchange.self_ratio=0 passes no features; set exchange=None instead"
            )

    @classmethod
    def of(cls, options: dict[str, Any]) -> DirectionalOptions:
        """Create the options from their names and values.

        Raises:
            ConfigError: When a name is unknown.
        """
        known = [field.name for field in fields(cls)]
        unknown = sorted(set(options) - set(known))
        if unknown:
            raise ConfigError(f'exchange has no option {", ".join(unknown)}; its options are {", ".join(known)}')
        return cls(**options)

    def source_factor(self, factor: int) -> int:
        """Return the reduction factor of source maps for target maps reduced by ``factor``."""
        return factor**2 if self.source_reduce == 's2' else factor


class Directional(nn.Module):
    """Features that a source task passes to a target task (xTAM, section 3.1.1).

    Args:
        channels: Channels of the maps.
        factor: Reduction factor of the target map before the correlation.
        options: Options, see :class:`DirectionalOptions`.

    Attributes:
        out_channels: Channels of the output.
    """

    def __init__(self, channels: int, factor: int, options: DirectionalOptions) -> None:
        super().__init__()
        self.extractor: nn.Module = nn.Identity()
        if options.extractor:
            self.extractor = nn.Sequential(nn.Conv2d(channels, channels, 3, padding=1), nn.ReLU(inplace=True))
        own = round(channels * options.self_ratio)
        self.self_attention = GatedAttention(channels, own) if own else None
        self.cross, start = nn.ModuleDict(), 0.0 if own else SMALL_START
        if options.attention in ('spatial', 'both'):
            self.cross['spatial'] = SpatialAttention(
                channels,
                factor,
                options.source_factor(factor),
                options.softmax_over,
                options.proj_norm_act,
                options.with_alpha,
                start,
            )
        if options.attention in ('channel', 'both'):
            self.cross['channel'] = ChannelAttention(options.channel_scale, start)
        self.self_first = options.concat_order == 'self_first'
        width = own + channels * len(self.cross)
        self.project = ConvNormReLU(width, channels) if options.pair_proj else None
        self.out_channels = channels if options.pair_proj else width

    def forward(self, target: Tensor, source: Tensor) -> Tensor:
        """Return the directional features (N, ``out_channels``, h, w) of two maps (N, C, h, w)."""
        source = self.extractor(source)
        own = [] if self.self_attention is None else [self.self_attention(source)]
        cross = [attention(target, source) for attention in self.cross.values()]
        parts = own + cross if self.self_first else cross + own
        size = target.shape[-2:]
        if self.project is None:
            return torch.cat([_upsample(part, size) for part in parts], dim=1)
        convolution, norm, activation = cast('tuple[nn.Conv2d, nn.Module, nn.Module]', tuple(self.project))
        # A 1x1 convolution of a concatenation is the sum of 1x1 convolutions of its parts and commutes with upsampling.
        # So coarse parts stay coarse as long as possible, and no concatenation is needed.
        weights = convolution.weight.split([part.shape[1] for part in parts], dim=1)
        projected = [F.conv2d(part, weight) for part, weight in zip(parts, weights, strict=True)]
        return activation(norm(sum(_upsample(part, size) for part in projected)))


def _upsample(features: Tensor, size: Sequence[int]) -> Tensor:
    if features.shape[-2:] == size:
        return features
    return F.interpolate(features, size=tuple(size), mode='nearest')
