"""Constant weights."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from mtlbench.balancers.base import Balancer
from mtlbench.errors import ConfigError
from mtlbench.registry import BALANCERS


@BALANCERS.register_module()
class FixedWeights(Balancer):
    """Weighted sum of the losses with constant weights.

    Args:
        tasks: Names of the tasks of the network.
        weights: Weight by term, 0 or more. Every task needs one; other terms have weight 1 by default.

    Raises:
        ConfigError: When a task has no weight or, at the first update, when a weight matches no term.
    """

    def __init__(self, tasks: Sequence[str], weights: Mapping[str, float]) -> None:
        super().__init__(tasks)
        self.weights, self._met, self._calls = dict(weights), set(self.tasks), 0
        missing = [task for task in self.tasks if task not in self.weights]
        if missing:
            raise ConfigError(
                f'balancer.weights has no weight for {", ".join(missing)}, it has {self.weights}; add one per task'
            )

        for name, weight in self.weights.items():
            if isinstance(weight, bool) or not 0 <= weight < math.inf:
                raise ConfigError(f'balancer.weights.{name} is {weight!r}, expected a number of 0 or more')

    def forward(self, losses: dict[str, Tensor]) -> Tensor:
        """Return the sum of weight times loss."""
        self._check(losses)
        return torch.stack([self.weights.get(name, 1.0) * loss for name, loss in losses.items()]).sum()

    def current_weights(self) -> dict[str, float]:
        """Return the constant weights."""
        return dict(self.weights)

    def _check(self, losses: dict[str, Tensor]) -> None:
        """Check after the first update that each weight has matched a term."""
        self._calls += 1
        self._met |= losses.keys()
        stray = self.weights.keys() - self._met
        if stray and self._calls == self.turns:
            raise ConfigError(
                f'balancer.weights names {", ".join(sorted(stray))}, which is neither a task nor a term of the loss; '
                f'the terms are: {", ".join(sorted(self._met))}'
            )
