"""Base class of exchange modules."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import ClassVar

from mmengine.model import BaseModule
from torch import Tensor

from mtlbench.errors import ConfigError


class Exchange(BaseModule):
    """Exchange features between the decoders of the tasks at one level, without change of shape or state.

    Args:
        tasks: Names of two or more tasks, in the order of the config.
        channels: Channels of each task's map.
        level: Decoder level after which the exchange acts (stride ``2**level``).

    Attributes:
        size_multiple: Common divisor required of the height and width of the maps.

    Raises:
        ConfigError: When there are fewer than two tasks.
    """

    scaled_arguments: ClassVar[Mapping[str, str]]
    """Arguments that profiles scale, and their kinds: see :mod:`mtlbench.config.kinds`."""
    size_multiple: int = 1

    def __init__(self, tasks: Sequence[str], channels: int, level: int) -> None:
        super().__init__()
        if len(tasks) < 2:
            raise ConfigError(
                f'{type(self).__name__} exchanges features between tasks and needs at least two, got {list(tasks)}; '
                'for one task use a method without exchange, such as configs/stl'
            )
        self.tasks = tuple(tasks)
        self.channels = channels
        self.level = level

    def sources(self, target: str) -> list[str]:
        """Return the other tasks in order."""
        return [task for task in self.tasks if task != target]

    @abstractmethod
    def forward(self, features: dict[str, Tensor]) -> dict[str, Tensor]:
        """Return the refined maps of every task, keyed and shaped as ``features`` (N, C, h, w)."""
