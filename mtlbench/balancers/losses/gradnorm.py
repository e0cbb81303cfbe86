"""Weights that bring the norms of the gradients to a common scale."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from mtlbench.balancers.losses.adam import BufferedAdam
from mtlbench.balancers.losses.gls import SMALLEST
from mtlbench.balancers.measured import Measured
from mtlbench.balancers.weighting import GramianBalancer, gramian_in
from mtlbench.registry import BALANCERS
from mtlbench.utils.numbers import number_from, positive

SMALLEST_WEIGHT = 0.01


@BALANCERS.register_module()
class GradNorm(GramianBalancer):
    """Gradient normalization (Chen, Badrinarayanan, Lee and Rabinovich, ICML 2018).

    Adam moves the weights so that the norm of each weighted gradient approaches mean norm x r_t^alpha. r_t is the
    loss of a task relative to its first loss, divided by the mean over the tasks. The weights add up to the number of
    tasks; those of tasks without a gradient do not change.

    Args:
        tasks: Names of the tasks of the network.
        alpha: Strength with which slow tasks are favored.
        lr: Learning rate of the weights.

    Raises:
        ConfigError: When a number is out of range.
    """

    def __init__(self, tasks: Sequence[str], alpha: float = 1.5, lr: float = 0.025) -> None:
        super().__init__(tasks)
        self.alpha = number_from('balancer.alpha', alpha, 0)
        self.learned: Tensor
        self.first_losses: Tensor
        self.register_buffer('learned', torch.ones(len(self.tasks), dtype=torch.float64))
        self.register_buffer('first_losses', torch.zeros(len(self.tasks), dtype=torch.float64))
        self.adam = BufferedAdam(len(self.tasks), positive('balancer.lr', lr))

    def weights(self, measured: Measured) -> Tensor:
        """Return the weights, and learn those of the next update."""
        rows = self.rows(measured.tasks)
        first, losses = self.first_losses[rows], measured.losses.to(self.first_losses)
        self.first_losses[rows] = first.where(first != 0, losses)  # 0 is none yet
        pace = (losses / self.first_losses[rows].clamp(min=SMALLEST)).clamp(min=SMALLEST)
        norms = gramian_in(measured).diagonal().sqrt().to(pace)
        weights = self.learned[rows]
        stepped = self.adam.step(weights, rows, gradient_of_weights(weights, norms, pace, self.alpha))
        stepped = stepped.clamp(min=SMALLEST_WEIGHT)
        self.learned[rows] = stepped * (weights.sum() / stepped.sum())
        return weights.cpu()


def gradient_of_weights(weights: Tensor, norms: Tensor, pace: Tensor, alpha: float) -> Tensor:
    """Return the gradient of the distance between the weighted norms and their targets, which are constants.

    Args:
        weights: Weights of the tasks (m,).
        norms: Norms of their gradients (m,).
        pace: Loss of each task relative to its first loss (m,).
        alpha: Exponent of the relative pace.
    """
    weighted = weights * norms
    targets = weighted.mean() * (pace / pace.mean()) ** alpha
    return norms * (weighted - targets).sign()
