"""Weights learnt as uncertainties."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from mtlbench.balancers.base import Balancer
from mtlbench.registry import BALANCERS


@BALANCERS.register_module()
class UncertaintyWeights(Balancer):
    """Homoscedastic uncertainty as weight (Kendall, Gal and Cipolla, CVPR 2018): sum of exp(-s_t) L_t + s_t.

    s_t is the logarithm of a task's variance, learnt from 0. The form is that of the paper's regression likelihood,
    L / (2 sigma^2) + log sigma, times two. It is used for every task, because a balancer does not know what kind of
    likelihood a loss stands for: at the optimum s_t = log L_t each task then weighs 1 / L_t, so all count the same.
    Terms that are no task are added unweighted.

    Args:
        tasks: Names of the tasks of the network.
    """

    def __init__(self, tasks: Sequence[str]) -> None:
        super().__init__(tasks)
        self.log_variances = nn.ParameterDict({task: nn.Parameter(torch.zeros(())) for task in self.tasks})

    def forward(self, losses: dict[str, Tensor]) -> Tensor:
        """The sum over the tasks, plus the other terms as they are."""
        terms = [loss for name, loss in losses.items() if name not in self.log_variances]
        for task, log_variance in self.log_variances.items():
            # A task without a loss keeps its parameter in the graph, as distributed training demands.
            loss = losses.get(task)
            terms.append(0 * log_variance if loss is None else torch.exp(-log_variance) * loss + log_variance)
        return torch.stack(terms).sum()
