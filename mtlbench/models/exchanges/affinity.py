"""How strongly each channel of one task speaks to each channel of another (CCAM, section 3.1)."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from mtlbench.errors import ConfigError

RELATIONS = ('gram', 'colmean')
MIX_NORMS = ('none', 'mean', 'row_softmax')


@dataclass(frozen=True)
class AffinityOptions:
    """What the paper leaves open about the affinity matrix.

    Args:
        relation: What is pooled of two channels: their product position by position, ``'gram'``, or the product of
            their means over the rows, ``'colmean'``.
        reduction: By how much the hidden layer is narrower than the input, 1 or more.
        mix_norm: ``'none'``: entries in (0, 1), as printed. ``'mean'``: divided by the channels. ``'row_softmax'``:
            what a channel receives sums to one, in either direction.
        initial_bias: Before the last sigmoid; None: such that a channel receives one part in ``channels`` of each
            other at the start with ``'none'``, and 0 else. With 0 and ``'none'`` the decoders begin with features that
            are drowned by those of the other task.

    Raises:
        ConfigError: When a choice is unknown or the reduction below 1.
    """

    relation: str = 'gram'
    reduction: int = 16
    mix_norm: str = 'none'
    initial_bias: float | None = None

    def __post_init__(self) -> None:
        for key, known in (('relation', RELATIONS), ('mix_norm', MIX_NORMS)):
            if getattr(self, key) not in known:
                raise ConfigError(f'exchange.{key} is one of {", ".join(known)}, got {getattr(self, key)!r}')

        if self.reduction < 1:
            raise ConfigError(f'exchange.reduction must be 1 or more, got {self.reduction}')

    def bias(self, channels: int) -> float:
        """What the bias of the last layer starts from."""
        if self.initial_bias is not None:
            return self.initial_bias
        return -math.log(channels - 1) if self.mix_norm == 'none' and channels > 1 else 0.0


class Affinity(nn.Module):
    """The affinity matrix of two tasks from the attention maps of both.

    The paper multiplies a channel of one task with all channels of the other and pools each product over the image.
    Pooling is linear and comes first, so the pooled products are inner products, and all of them one product of
    matrices: the tensor (N, C, C, H, W) is never made.

    Args:
        channels: Channels of either task.
        options: See :class:`AffinityOptions`.
    """

    def __init__(self, channels: int, options: AffinityOptions) -> None:
        super().__init__()
        self.options, self.channels = options, channels
        hidden = max(1, channels // options.reduction)
        last = nn.Linear(hidden, channels)
        nn.init.constant_(last.bias, options.bias(channels))
        first = nn.Linear(channels, hidden)
        _wake(first)
        self.score = nn.Sequential(first, nn.ReLU(), last)

    def forward(self, first: Tensor, second: Tensor) -> tuple[Tensor, Tensor]:
        """The weights by which the first task takes in the second's channels, and the second the first's.

        Args:
            first: Attention maps (N, C, h, w) in (0, 1).
            second: Same shape.

        Returns:
            Two matrices (N, C, C), row = receiving channel; the second is the first one transposed, unless its rows
            are made to sum to one.
        """
        scores = self.score(pooled_products(first, second, self.options.relation))
        if self.options.mix_norm == 'row_softmax':
            return scores.softmax(2), scores.transpose(1, 2).softmax(2)
        weights = scores.sigmoid() / (self.channels if self.options.mix_norm == 'mean' else 1)
        return weights, weights.transpose(1, 2)


@torch.no_grad()
def _wake(layer: nn.Linear) -> None:
    """Turn one unit around, where no unit would pass its ReLU: then nothing before it could learn.

    The maps begin near 0.5, so their pooled products near 0.25.
    """
    before = 0.25 * layer.weight.sum(1) + layer.bias
    turned = (before <= 0).all() & (before == before.min())
    sign = torch.where(turned, -1.0, 1.0)
    layer.weight.mul_(sign[:, None])
    layer.bias.mul_(sign)


def pooled_products(first: Tensor, second: Tensor, relation: str = 'gram') -> Tensor:
    """Mean over the image of the product of each channel of one map with each of another.

    Args:
        first: (N, C, h, w).
        second: Same shape.
        relation: See :class:`AffinityOptions`.

    Returns:
        (N, C, C), at least in float32, for thousands of positions are added up.
    """
    with torch.autocast(first.device.type, enabled=False):
        wide = torch.promote_types(first.dtype, torch.float32)
        rows, columns = (
            (maps.to(wide).mean(2) if relation == 'colmean' else maps.to(wide).flatten(2)) for maps in (first, second)
        )
        return rows @ columns.transpose(1, 2) / rows.shape[2]
