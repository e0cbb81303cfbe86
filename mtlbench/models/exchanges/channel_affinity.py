"""Cross-channel attention module (CCAM)."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from typing import Any

from mmengine.model import ModuleDict
from torch import Tensor, nn

from mtlbench.errors import ConfigError
from mtlbench.models.exchanges.affinity import Affinity, AffinityOptions
from mtlbench.models.exchanges.base import Exchange
from mtlbench.registry import EXCHANGES


@EXCHANGES.register_module()
class CCAMExchange(Exchange):
    """Add the channels of other tasks to each channel, weighted by their affinity (CCAM).

    Cross-channel attention module of https://arxiv.org/abs/2206.10562, section 3.1, for every pair of tasks. The
    features received from several tasks are summed. The earlier task of a pair in ``tasks`` is the paper's task A.

    Args:
        tasks: See :class:`Exchange`.
        channels: See :class:`Exchange`.
        level: See :class:`Exchange`.
        spatial_depth: Number of 3x3 convolutions that produce the attention maps of a task, 1 or more.
        zero_init_attention: Whether the attention maps start at 0.5 everywhere.
        affinity: Options of the affinity matrix, see :class:`~mtlbench.models.exchanges.affinity.AffinityOptions`.

    Raises:
        ConfigError: When an option is unknown or out of range.
    """

    def __init__(
        self,
        tasks: Sequence[str],
        channels: int,
        level: int,
        spatial_depth: int = 2,
        zero_init_attention: bool = True,
        **affinity: Any,
    ) -> None:
        super().__init__(tasks, channels, level)
        if spatial_depth < 1:
            raise ConfigError(f'exchange.spatial_depth is {spatial_depth}, expected 1 or more')
        options = AffinityOptions(**affinity)
        self.pairs = ModuleDict({task: ModuleDict() for task in self.tasks[:-1]})
        for one, other in combinations(self.tasks, 2):
            spatial = {task: _attention_maps(channels, spatial_depth, zero_init_attention) for task in (one, other)}
            self.pairs[one][other] = AffinityPair(one, other, spatial, Affinity(channels, options))

    def forward(self, features: dict[str, Tensor]) -> dict[str, Tensor]:
        """See :class:`Exchange`."""
        refined = {task: features[task] for task in self.tasks}
        for one, others in self.pairs.items():
            for other, pair in others.items():
                to_one, to_other = pair(features[one], features[other])
                refined[one] = refined[one] + to_one
                refined[other] = refined[other] + to_other
        return refined


class AffinityPair(nn.Module):
    """Exchange between two tasks.

    Args:
        one: Name of the first task.
        other: Name of the second.
        spatial: Module by task that produces the attention maps before the sigmoid.
        affinity: Affinity of the channels of both tasks.
    """

    def __init__(self, one: str, other: str, spatial: dict[str, nn.Module], affinity: Affinity) -> None:
        super().__init__()
        self.one, self.other = one, other
        self.spatial, self.affinity = ModuleDict(spatial), affinity

    def forward(self, one: Tensor, other: Tensor) -> tuple[Tensor, Tensor]:
        """Return the features that each task receives (N, C, h, w), given the features of both."""
        maps = self.spatial[self.one](one).sigmoid(), self.spatial[self.other](other).sigmoid()
        to_one, to_other = self.affinity(*maps)
        return _mixed(to_one, other), _mixed(to_other, one)


def _attention_maps(channels: int, depth: int, zero_init: bool) -> nn.Module:
    convs = [nn.Conv2d(channels, channels, 3, padding=1, bias=False) for _ in range(depth)]
    if zero_init:
        nn.init.zeros_(convs[-1].weight)
    return nn.Sequential(convs[0], *(layer for conv in convs[1:] for layer in (nn.ReLU(), conv)))


def _mixed(weights: Tensor, features: Tensor) -> Tensor:
    """Mix channels by one matrix (N, C, C) per sample, keeping the channels-last memory format."""
    positions = features.permute(0, 2, 3, 1)
    mixed = positions.flatten(1, 2) @ weights.to(features.dtype).transpose(1, 2)
    return mixed.view(positions.shape).permute(0, 3, 1, 2)
