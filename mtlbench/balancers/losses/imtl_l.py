"""Loss weights that bring all losses to the same size."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from mtlbench.balancers.losses.learned import LearnedScales, scalars
from mtlbench.registry import BALANCERS


@BALANCERS.register_module()
class IMTLL(LearnedScales):
    """Loss balance of impartial multi-task learning (Liu et al., ICLR 2021): sum of exp(s_t) L_t - s_t.

    s_t starts at 0 and is learned by the optimizer of the network. At the optimum each task weighs 1 / L_t. The total
    is that of :class:`UncertaintyWeights` with -s_t in place of s_t.

    Args:
        tasks: Names of the tasks of the network.
    """

    def __init__(self, tasks: Sequence[str]) -> None:
        super().__init__(tasks)
        self.log_weights = scalars(self.tasks, 0.0)

    @property
    def scales(self) -> nn.ParameterDict:
        """Log weight by task."""
        return self.log_weights

    def weight(self, scale: Tensor) -> Tensor:
        """Return exp(s_t)."""
        return torch.exp(scale)

    def penalty(self, scale: Tensor) -> Tensor:
        """Return -s_t."""
        return -scale
