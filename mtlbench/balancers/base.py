"""Base class of balancers."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence

from mmengine.model import BaseModule
from torch import Tensor


class Balancer(BaseModule):
    """Combine the losses of the tasks into one update.

    A task without a loss, which has no valid label in the batch of any process, takes no part in the update.

    Args:
        tasks: Names of the tasks of the network.

    Attributes:
        consumes: Input of the balancer: ``'losses'``, or the tasks' ``'gramian'`` or ``'jacobian'``.
        turns: Number of calls per update; above 1 if the network learns from one stream after the other.
    """

    consumes: str = 'losses'
    turns: int = 1

    def __init__(self, tasks: Sequence[str]) -> None:
        super().__init__()
        self.tasks = tuple(tasks)

    @abstractmethod
    def forward(self, losses: dict[str, Tensor]) -> Tensor:
        """Return the scalar to minimize, given the scalar losses by term."""

    def current_weights(self) -> dict[str, float]:
        """Return the weights of the terms in the next update, for logs; empty if the balancer has none."""
        return {}

    def rest(self) -> None:
        """Remove the gradients of parameters that must not move; called before each step of the optimizer.

        A zero gradient is not enough, because momentum and weight decay still move the parameter.
        """
