"""The contract of a balancer."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence

from mmengine.model import BaseModule
from torch import Tensor


class Balancer(BaseModule):
    """How the losses of the tasks become one update.

    Args:
        tasks: Names of the tasks of the network.

    Attributes:
        consumes: What it works on: ``'losses'``, the tasks' ``'gramian'`` or their ``'jacobian'``.
    """

    consumes: str = 'losses'

    def __init__(self, tasks: Sequence[str]) -> None:
        super().__init__()
        self.tasks = tuple(tasks)

    @abstractmethod
    def forward(self, losses: dict[str, Tensor]) -> Tensor:
        """One scalar to minimise, from the scalar losses by term."""
