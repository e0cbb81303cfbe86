"""The contract of a balancer."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence

from mmengine.model import BaseModule
from torch import Tensor


class Balancer(BaseModule):
    """How the losses of the tasks become one update.

    A task without a loss takes no part in that update: in no process has the batch a valid label of it.

    Args:
        tasks: Names of the tasks of the network.

    Attributes:
        consumes: What it works on: ``'losses'``, the tasks' ``'gramian'`` or their ``'jacobian'``.
        turns: How many calls make one update; above 1 where the network learns from one stream after the other.
    """

    consumes: str = 'losses'
    turns: int = 1

    def __init__(self, tasks: Sequence[str]) -> None:
        super().__init__()
        self.tasks = tuple(tasks)

    @abstractmethod
    def forward(self, losses: dict[str, Tensor]) -> Tensor:
        """One scalar to minimize, from the scalar losses by term."""

    def rest(self) -> None:
        """Called right before each step of the optimizer: takes the gradient from what is not to move in it.

        A zero would not do, for momentum and weight decay move what has a gradient of zero.
        """
