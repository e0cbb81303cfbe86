"""Loss weights learned as uncertainties."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from mmengine import dist
from torch import Tensor, nn

from mtlbench.balancers.base import Balancer
from mtlbench.registry import BALANCERS


@BALANCERS.register_module()
class UncertaintyWeights(Balancer):
    """Homoscedastic uncertainty weighting (Kendall, Gal and Cipolla, CVPR 2018): sum of exp(-s_t) L_t + s_t.

    s_t is the log variance of a task, learned from 0. The form is the paper's regression likelihood, L / (2 sigma^2) +
    log sigma, times two. It is used for every task, because a balancer does not know the likelihood behind a loss. At
    the optimum s_t = log L_t each task weighs 1 / L_t, so all tasks count the same. The variance of a task without a
    loss does not change.

    Args:
        tasks: Names of the tasks of the network.
    """

    def __init__(self, tasks: Sequence[str]) -> None:
        super().__init__(tasks)
        self.log_variances = nn.ParameterDict({task: nn.Parameter(torch.zeros(())) for task in self.tasks})
        self._due: set[str] = set()

    def forward(self, losses: dict[str, Tensor]) -> Tensor:
        """Return the weighted sum over the tasks."""
        self._due |= losses.keys()
        terms = []
        for task, log_variance in self.log_variances.items():
            if task in losses:
                terms.append(torch.exp(-log_variance) * losses[task] + log_variance)
            elif dist.is_distributed():
                terms.append(0 * log_variance)  # DDP waits for the gradient of every parameter
        return torch.stack(terms).sum()

    def current_weights(self) -> dict[str, float | Tensor]:
        """Return exp(-s_t) of each task."""
        return {task: torch.exp(-value.detach()) for task, value in self.log_variances.items()}

    def rest(self) -> None:
        """Remove the gradients of the tasks without a loss since the last step."""
        for task in self.log_variances.keys() - self._due:
            self.log_variances[task].grad = None
        self._due.clear()
