"""Affinity between the channels of two tasks (CCAM, section 3.1)."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from mtlbench.errors import ConfigError
from mtlbench.utils.choices import require_known

RELATIONS = ('gram', 'colmean')
MIX_NORMS = ('none', 'mean', 'row_softmax')


@dataclass(frozen=True)
class AffinityOptions:
    """Options of the affinity matrix that the paper leaves open.

    Args:
        relation: Pooled quantity of two channels: ``'gram'``, their product per position, or ``'colmean'``, the product
            of their means over the rows.
        reduction: Ratio of the input width to the width of the hidden layer, 1 or more.
        mix_norm: Normalization: ``'none'`` for entries in (0, 1), as printed; ``'mean'`` to divide by the number of
            channels; ``'row_softmax'`` for rows that sum to one, in both directions.
        initial_bias: Initial bias before the last sigmoid. None: with ``'none'``, each channel initially receives 1 /
            ``channels`` of every other channel; otherwise 0. With 0 and ``'none'``, the features of the other task
            outweigh the decoder's own at the start.

    Raises:
        ConfigError: When a choice is unknown or the reduction is below 1.
    """

    relation: str = 'gram'
    reduction: int = 16
    mix_norm: str = 'none'
    initial_bias: float | None = None

    def __post_init__(self) -> None:
        for key, known in (('relation', RELATIONS), ('mix_norm', MIX_NORMS)):
            require_known(f'exchange.{key}', getattr(self, key), known)
        if self.reduction < 1:
            raise ConfigError(f'exchange.reduction is {self.reduction}, expected 1 or more')

    def bias(self, channels: int) -> float:
        """Return the initial bias of the last layer."""
        if self.initial_bias is not None:
            return self.initial_bias
        return -math.log(channels - 1) if self.mix_norm == 'none' and channels > 1 else 0.0


class Affinity(nn.Module):
    """Affinity matrix of two tasks, computed from their attention maps.

    The paper multiplies each channel of one task with all channels of the other and pools each product over the image.
    Pooling is linear, so the pooled products are inner products that one matrix product computes. The tensor (N, C, C,
    H, W) is never created.

    Args:
        channels: Channels of each task.
        options: Options, see :class:`AffinityOptions`.
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
        """Compute the weights with which each task receives the channels of the other.

        Args:
            first: Attention maps of the first task (N, C, h, w) in (0, 1).
            second: Attention maps of the second task, same shape.

        Returns:
            Two matrices (N, C, C) with receiving channels as rows, for the first and the second task. The second is the
            transpose of the first, unless rows are normalized to sum to one.
        """
        scores = self.score(pooled_products(first, second, self.options.relation))
        if self.options.mix_norm == 'row_softmax':
            return scores.softmax(2), scores.transpose(1, 2).softmax(2)
        weights = scores.sigmoid() / (self.channels if self.options.mix_norm == 'mean' else 1)
        return weights, weights.transpose(1, 2)


@torch.no_grad()
def _wake(layer: nn.Linear) -> None:
    """Flip the sign of one unit if no unit passes its ReLU at the start, because then no gradient would flow.

    The attention maps start near 0.5, so their pooled products start near 0.25.
    """
    before = 0.25 * layer.weight.sum(1) + layer.bias
    turned = (before <= 0).all() & (before == before.min())
    sign = torch.where(turned, -1.0, 1.0)
    layer.weight.mul_(sign[:, None])
    layer.bias.mul_(sign)


def pooled_products(first: Tensor, second: Tensor, relation: str = 'gram') -> Tensor:
    """Average the products of each channel of one map with each channel of another over the image.

    Args:
        first: Maps (N, C, h, w).
        second: Maps of the same shape.
        relation: Pooled quantity, see :class:`AffinityOptions`.

    Returns:
        Means (N, C, C) in float32 or wider, because thousands of positions are summed.
    """
    with torch.autocast(first.device.type, enabled=False):
        wide = torch.promote_types(first.dtype, torch.float32)
        rows, columns = (
            (maps.to(wide).mean(2) if relation == 'colmean' else maps.to(wide).flatten(2)) for maps in (first, second)
        )
        return rows @ columns.transpose(1, 2) / rows.shape[2]
