"""Constant weights."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from mtlbench.balancers.base import Balancer
from mtlbench.errors import ConfigError
from mtlbench.registry import BALANCERS
from mtlbench.utils.numbers import number_from


@BALANCERS.register_module()
class FixedWeights(Balancer):
    """Weighted sum of the losses with constant weights.

    Args:
        tasks: Names of the tasks of the network.
        weights: Weight by task, 0 or more; None: 1 for every task.

    Raises:
        ConfigError: When a task has no weight, a weight is no number of 0 or more, or a name is no task.
    """

    constant = True

    def __init__(self, tasks: Sequence[str], weights: Mapping[str, float] | None = None) -> None:
        super().__init__(tasks)
        self.weights = dict.fromkeys(self.tasks, 1.0) if weights is None else dict(weights)
        missing = [task for task in self.tasks if task not in self.weights]
        if missing:
            raise ConfigError(
                f'balancer.weights has no weight for {", ".join(missing)}, it has {self.weights}; add one per task'
            )
        if stray := sorted(self.weights.keys() - set(self.tasks)):
            raise ConfigError(
                f'balancer.weights names {", ".join(stray)}, but the tasks are {", ".join(self.tasks)}; terms of an '
                'objective that belong to no task have the weight that the objective gives them'
            )
        for name, weight in self.weights.items():
            number_from(f'balancer.weights.{name}', weight, 0)

    def forward(self, losses: dict[str, Tensor]) -> Tensor:
        """Return the sum of weight times loss."""
        return torch.stack([self.weights[task] * loss for task, loss in losses.items()]).sum()

    def current_weights(self) -> dict[str, float | Tensor]:
        """Return the constant weights."""
        return dict(self.weights)
