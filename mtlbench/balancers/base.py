"""Base class of balancers."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import TYPE_CHECKING

from mmengine.model import BaseModule
from torch import Tensor

if TYPE_CHECKING:
    from mtlbench.balancers.measured import Measured


class Balancer(BaseModule):
    """Combine the losses of the tasks into one update.

    The loss of a task is the sum of all terms that belong to it (:meth:`mtlbench.objectives.Objective.task_of`). Terms
    of no task never reach a balancer; they are added with weight 1. A task without a loss, which has no valid label in
    the batch of any process, takes no part in the update.

    Args:
        tasks: Names of the tasks of the network.

    Attributes:
        consumes: Input of the balancer: the ``'losses'``; the tasks' ``'gramian'``, see
            :class:`~mtlbench.balancers.GramianBalancer`; or their ``'jacobian'``, see
            :class:`~mtlbench.balancers.JacobianBalancer`.
        constant: Whether the weights never change; the weights of other balancers are logged at each update.
        takes_turns: Whether the balancer can be called for one stream after the other (``model.routes.in_turn``).
        looks_back: Whether :meth:`after_update` is called, which costs a forward pass per update.
        epoch: Number of updates in one pass over the first stream; set by the training loop.
    """

    consumes: str = 'losses'
    constant: bool = False
    takes_turns: bool = True
    looks_back: bool = False
    epoch: int = 1

    def __init__(self, tasks: Sequence[str]) -> None:
        super().__init__()
        self.tasks = tuple(tasks)

    def prepare(self) -> None:
        """Check what training needs and evaluation does not, such as optional packages; called before training."""

    @abstractmethod
    def forward(self, losses: dict[str, Tensor]) -> Tensor:
        """Return the scalar to minimize, given the scalar losses by task."""

    def current_weights(self) -> dict[str, float | Tensor]:
        """Return the weights of the tasks, as numbers or scalars without gradient, for logs.

        Tasks without a weight in this update are left out; balancers without weights return an empty dict.
        """
        return {}

    def rest(self) -> None:
        """Remove the gradients of parameters that must not move; called before each step of the optimizer.

        A zero gradient is not enough, because momentum and weight decay still move the parameter.
        """

    def after_update(self, before: Measured, after: Measured) -> None:
        """Learn from the losses of one batch before and after the update; called if ``looks_back`` is set."""
