"""Gradients turned toward each other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import torch
from torch import Tensor

from mtlbench.balancers.gradients.library import torchjd_weighting
from mtlbench.balancers.measured import Measured
from mtlbench.balancers.weighting import GramianBalancer, gramian_in
from mtlbench.registry import BALANCERS
from mtlbench.utils.numbers import number_from


@BALANCERS.register_module()
class GradVac(GramianBalancer):
    """Gradient vaccine (Wang et al., ICLR 2021): gradients are turned until their cosine is the usual one.

    The target of a pair is the moving average of its cosine. Where the cosine is lower, the gradient of the first task
    gets a part of the second's; with targets of 0 this is PCGrad. torchjd computes an update but loses the averages in
    checkpoints and where a task has no loss, so the balancer keeps them.

    Args:
        tasks: Names of the tasks of the network.
        beta: Share of the new cosine in the average, 0 to 1.

    Raises:
        ConfigError: When beta is not between 0 and 1.
    """

    def __init__(self, tasks: Sequence[str], beta: float = 0.5) -> None:
        super().__init__(tasks)
        self.beta = number_from('balancer.beta', beta, 0, 1)
        self.cosines: Tensor
        self.register_buffer('cosines', torch.zeros(len(self.tasks), len(self.tasks), dtype=torch.float64))

    def prepare(self) -> None:
        """Raise a MissingExtraError when torchjd is not installed."""
        torchjd_weighting('GradVacWeighting')

    def weights(self, measured: Measured) -> Tensor:
        """Return the weights, and move the averages of the pairs that take part."""
        gramian = gramian_in(measured)
        rows = torch.tensor(self.rows(measured.tasks))
        weighting = torchjd_weighting('GradVacWeighting', beta=self.beta)
        weighting._phi_t = self.cosines.cpu()[rows[:, None], rows].to(gramian)
        weighting._state_key = (len(gramian), gramian.dtype)
        found = cast('Tensor', weighting(gramian))
        self.cosines[rows[:, None], rows] = weighting._phi_t.to(self.cosines)
        return found
