"""Random weights."""

from __future__ import annotations

import torch
from torch import Tensor

from mtlbench.balancers.measured import Measured
from mtlbench.balancers.weighting import WeightedBalancer
from mtlbench.registry import BALANCERS


@BALANCERS.register_module()
class RLW(WeightedBalancer):
    """Random loss weighting (Lin, Ye, Zhang and Tsang, TMLR 2022): softmax of standard normals, drawn at each update.

    The weights of all tasks add up to 1; those of the tasks without a loss are drawn too, and not used.
    """

    def weights(self, measured: Measured) -> Tensor:
        """Return new random weights."""
        return torch.randn(len(self.tasks)).double().softmax(0)[self.rows(measured.tasks)]
