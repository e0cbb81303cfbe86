"""Multi-modal distillation of PAD-Net."""

from __future__ import annotations

from collections.abc import Sequence

from mmengine.model import ModuleDict
from torch import Tensor

from mtlbench.models.exchanges.base import Exchange
from mtlbench.models.layers import GatedAttention
from mtlbench.registry import EXCHANGES


@EXCHANGES.register_module()
class PADNetExchange(Exchange):
    """Add the gated features of all other tasks to each task (https://arxiv.org/abs/1805.04409).

    Args:
        tasks: See :class:`Exchange`.
        channels: See :class:`Exchange`.
        level: See :class:`Exchange`.
        zero_init_attention: Whether every gate starts at 0.5.
    """

    def __init__(self, tasks: Sequence[str], channels: int, level: int, zero_init_attention: bool = False) -> None:
        super().__init__(tasks, channels, level)
        self.attention = ModuleDict(
            {
                target: ModuleDict(
                    {source: GatedAttention(channels, channels, zero_init_attention) for source in self.sources(target)}
                )
                for target in self.tasks
            }
        )

    def forward(self, features: dict[str, Tensor]) -> dict[str, Tensor]:
        """See :class:`Exchange`."""
        return {
            target: sum((gate(features[source]) for source, gate in gates.items()), features[target])
            for target, gates in self.attention.items()
        }
