"""Loss weights learned as uncertainties."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from mtlbench.balancers.losses.learned import LearnedScales, scalars
from mtlbench.registry import BALANCERS


@BALANCERS.register_module()
class UncertaintyWeights(LearnedScales):
    """Homoscedastic uncertainty weighting (Kendall, Gal and Cipolla, CVPR 2018): sum of exp(-s_t) L_t + s_t.

    s_t is the log variance of a task, learned by the optimizer of the network. The form is the paper's regression
    likelihood, L / (2 sigma^2) + log sigma, times two. It is used for every task, because a balancer does not know the
    likelihood behind a loss. At the optimum s_t = log L_t each task weighs 1 / L_t, so all tasks count the same. The
    variance of a task without a loss does not change.

    Args:
        tasks: Names of the tasks of the network.
        init: First value of s_t.
    """

    def __init__(self, tasks: Sequence[str], init: float = 0.0) -> None:
        super().__init__(tasks)
        self.log_variances = scalars(self.tasks, init)

    @property
    def scales(self) -> nn.ParameterDict:
        """Log variance by task."""
        return self.log_variances

    def weight(self, scale: Tensor) -> Tensor:
        """Return exp(-s_t)."""
        return torch.exp(-scale)

    def penalty(self, scale: Tensor) -> Tensor:
        """Return s_t."""
        return scale
