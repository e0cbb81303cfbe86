"""Multi-task exchange block of xTAM."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from mmengine.model import ModuleDict
from torch import Tensor

from mtlbench.errors import ConfigError
from mtlbench.models.exchanges.base import Exchange
from mtlbench.models.exchanges.directional import Directional, DirectionalOptions
from mtlbench.models.layers import ConvNormReLU
from mtlbench.registry import EXCHANGES
from mtlbench.utils.choices import require_known

FUSIONS = {
    'add': lambda own, received: own + received,
    'prod': lambda own, received: own * received,
    'concat': lambda own, received: received,
}
FACTORS = {4: 1, 3: 1, 2: 2, 1: 4, 0: 8}


@EXCHANGES.register_module()
class CrossTaskExchange(Exchange):
    """Correlation-guided and self-attention between all ordered pairs of tasks, fused per task.

    Multi-task exchange block of xTAM (https://arxiv.org/abs/2206.08927, section 3.2.1).

    Args:
        tasks: See :class:`Exchange`.
        channels: See :class:`Exchange`.
        level: See :class:`Exchange`.
        fusion: Fusion with the task's own features: ``'add'``, ``'prod'``, or ``'concat'``, where they enter the fusing
            convolution.
        factors: Reduction factor of the target maps by level; entries override the paper's.
        source_order: Order in which the features of the tasks are concatenated before the fusion; None: the order of
            ``tasks``.
        options: Options of the directional modules, see :class:`DirectionalOptions`.

    Raises:
        ConfigError: When an option or a combination of options is invalid.
    """

    def __init__(
        self,
        tasks: Sequence[str],
        channels: int,
        level: int,
        fusion: str = 'add',
        factors: Mapping[int, int] | None = None,
        source_order: Sequence[str] | None = None,
        **options: Any,
    ) -> None:
        super().__init__(tasks, channels, level)
        self.source_order = tuple(source_order or tasks)
        factors = {**FACTORS, **(factors or {})}
        require_known('exchange.fusion', fusion, FUSIONS)
        if sorted(self.source_order) != sorted(self.tasks):
            raise ConfigError(f'exchange.source_order is {source_order}, expected each of {list(self.tasks)} once')
        if level not in factors:
            raise ConfigError(f'exchange.factors has no entry for level {level}; add one, such as {{{level}: 1}}')
        self.fusion = fusion
        made = DirectionalOptions.of(options)
        self.size_multiple = made.source_factor(factors[level])
        self.pairs = ModuleDict(
            {
                target: ModuleDict(
                    {source: Directional(channels, factors[level], made) for source in self.sources(target)}
                )
                for target in self.tasks
            }
        )
        self.fuse = ModuleDict({task: ConvNormReLU(self._fused_width(task), channels) for task in self.tasks})

    def sources(self, target: str) -> list[str]:
        """Return the other tasks in the order of concatenation."""
        return [task for task in self.source_order if task != target]

    def forward(self, features: dict[str, Tensor]) -> dict[str, Tensor]:
        """See :class:`Exchange`. Height and width are multiples of ``size_multiple``."""
        return {target: self._refined(target, features) for target in self.tasks}

    def _refined(self, target: str, features: dict[str, Tensor]) -> Tensor:
        own = features[target]
        received = [pair(own, features[source]) for source, pair in self.pairs[target].items()]
        if self.fusion == 'concat':
            received.insert(0, own)
        return FUSIONS[self.fusion](own, self.fuse[target](torch.cat(received, dim=1)))

    def _fused_width(self, target: str) -> int:
        width = sum(pair.out_channels for pair in self.pairs[target].values())
        return width + self.channels if self.fusion == 'concat' else width
