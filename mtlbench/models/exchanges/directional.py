"""xTAM's directional module: what one task passes to one other."""

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

SMALL_START = 0.1
CHOICES = {
    'attention': ('spatial', 'channel', 'both', 'none'),
    'source_reduce': ('s2', 's'),
    'softmax_over': ('source', 'target'),
    'concat_order': ('self_first', 'cross_first'),
}


@dataclass(frozen=True)
class DirectionalOptions:
    """How the directional modules are made (xTAM, sections 3.1.1 and 4.3).

    Args:
        attention: ``'spatial'``, ``'channel'``, ``'both'`` or ``'none'``.
        source_reduce: Whether the source map is reduced by the factor squared, ``'s2'``, or as the target, ``'s'``.
        softmax_over: The positions over which correlations become weights: ``'source'`` or ``'target'``.
        proj_norm_act: Whether the 1x1 projections before the correlation have batch norm and ReLU.
        with_alpha: Whether the spatial attention is scaled by a parameter per channel. This, and the scale of the
            attention over channels, starts at 0; at 0.1 where there is no self-attention, for batch norm and ReLU after
            zeros alone give no gradient.
        channel_scale: Whether channel correlations are divided by the root of the number of positions.
        extractor: Whether a 3x3 convolution with ReLU comes before all attention.
        self_ratio: Width of the self-attention over the channels; 0 leaves it out.
        pair_proj: Whether the concatenated features are projected back to the channels.
        concat_order: ``'self_first'`` or ``'cross_first'``.

    Raises:
        ConfigError: For a value that is none of these.
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
            if getattr(self, name) not in choices:
                raise ConfigError(f'exchange.{name} is one of {choices}, got {getattr(self, name)!r}')
        if not self.self_ratio >= 0:
            raise ConfigError(f'exchange.self_ratio must be 0 or more, got {self.self_ratio}')
        if self.attention == 'none' and not self.self_ratio:
            raise ConfigError("attention='none' with self_ratio=0 passes nothing; use exchange=None instead")

    @classmethod
    def of(cls, options: dict[str, Any]) -> DirectionalOptions:
        """Options by name.

        Raises:
            ConfigError: For a name that is no option.
        """
        known = [field.name for field in fields(cls)]
        unknown = sorted(set(options) - set(known))
        if unknown:
            raise ConfigError(f'exchange has no option {", ".join(unknown)}; its options are {", ".join(known)}')
        return cls(**options)

    def source_factor(self, factor: int) -> int:
        """By how much source maps are reduced, where target maps are by ``factor``."""
        return factor**2 if self.source_reduce == 's2' else factor


class Directional(nn.Module):
    """Features of a source task for a target task (xTAM, section 3.1.1).

    Args:
        channels: Channels of the maps.
        factor: Reduction of the target map before the correlation.
        options: See :class:`DirectionalOptions`.

    Attributes:
        out_channels: Channels of the result.
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
        """Directional features (N, ``out_channels``, h, w) of two maps (N, C, h, w)."""
        source = self.extractor(source)
        own = [] if self.self_attention is None else [self.self_attention(source)]
        cross = [attention(target, source) for attention in self.cross.values()]
        parts = own + cross if self.self_first else cross + own
        size = target.shape[-2:]
        if self.project is None:
            return torch.cat([_upsample(part, size) for part in parts], dim=1)
        convolution, norm, activation = cast('tuple[nn.Conv2d, nn.Module, nn.Module]', tuple(self.project))
        # A 1x1 convolution of a concatenation is the sum of those of its parts, and may come before the upsampling:
        # so coarse parts stay coarse for as long as possible, and nothing is concatenated.
        weights = convolution.weight.split([part.shape[1] for part in parts], dim=1)
        projected = [F.conv2d(part, weight) for part, weight in zip(parts, weights, strict=True)]
        return activation(norm(sum(_upsample(part, size) for part in projected)))


def _upsample(features: Tensor, size: Sequence[int]) -> Tensor:
    if features.shape[-2:] == size:
        return features
    return F.interpolate(features, size=tuple(size), mode='nearest')
