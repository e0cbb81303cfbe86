"""The contract of an exchange module."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import ClassVar

from mmengine.model import BaseModule
from torch import Tensor

from mtlbench.errors import ConfigError


class Exchange(BaseModule):
    """Passes features between the decoders of the tasks at one level. Shapes are kept; no state between calls.

    Args:
        tasks: Names of the tasks, in the one order used throughout; two or more.
        channels: Channels of every task's map.
        level: The decoder level it acts after (stride ``2**level``).

    Attributes:
        size_multiple: What the height and width of the maps must be multiples of.

    Raises:
        ConfigError: For fewer than two tasks.
    """

    scaled_arguments: ClassVar[Mapping[str, str]]
    """Arguments that profiles scale, and their kinds: see :mod:`mtlbench.config.kinds`."""
    size_multiple: int = 1

    def __init__(self, tasks: Sequence[str], channels: int, level: int) -> None:
        super().__init__()
        if len(tasks) < 2:
            raise ConfigError(
                f'{type(self).__name__} passes features between tasks and needs two or more, got {list(tasks)}; '
                'for one task use a method without exchange, such as configs/stl'
            )
        self.tasks = tuple(tasks)
        self.channels = channels
        self.level = level

    def sources(self, target: str) -> list[str]:
        """The other tasks, in order."""
        return [task for task in self.tasks if task != target]

    @abstractmethod
    def forward(self, features: dict[str, Tensor]) -> dict[str, Tensor]:
        """Refined maps of every task, keyed and shaped as ``features`` (N, C, h, w)."""
