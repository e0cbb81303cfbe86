"""Base class of loss weights that the optimizer of the network learns."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence

import torch
from mmengine import dist
from torch import Tensor, nn

from mtlbench.balancers.base import Balancer


class LearnedScales(Balancer):
    """One learned number per task, and a total that is linear in the losses.

    The number of a task without a loss does not change.
    """

    def __init__(self, tasks: Sequence[str]) -> None:
        super().__init__(tasks)
        self._due: set[str] = set()

    @property
    @abstractmethod
    def scales(self) -> nn.ParameterDict:
        """Learned scalar by task."""

    @abstractmethod
    def weight(self, scale: Tensor) -> Tensor:
        """Return the weight of a loss."""

    @abstractmethod
    def penalty(self, scale: Tensor) -> Tensor:
        """Return the term that is added to the weighted loss."""

    def forward(self, losses: dict[str, Tensor]) -> Tensor:
        """Return the sum of weighted losses and penalties."""
        self._due |= losses.keys()
        terms = []
        for task, scale in self.scales.items():
            if task in losses:
                terms.append(self.weight(scale) * losses[task] + self.penalty(scale))
            elif dist.is_distributed():
                terms.append(0 * scale)  # DDP waits for the gradient of every parameter
        return torch.stack(terms).sum()

    def current_weights(self) -> dict[str, float | Tensor]:
        """Return the weight of each task."""
        return {task: self.weight(scale.detach()) for task, scale in self.scales.items()}

    def rest(self) -> None:
        """Remove the gradients of the tasks without a loss since the last step."""
        for task in self.scales.keys() - self._due:
            self.scales[task].grad = None
        self._due.clear()


def scalars(tasks: Sequence[str], value: float) -> nn.ParameterDict:
    """Return a learned scalar for each task."""
    return nn.ParameterDict({task: nn.Parameter(torch.tensor(float(value))) for task in tasks})
