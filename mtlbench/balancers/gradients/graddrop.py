"""Random choice between positive and negative gradients."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from mtlbench import processes
from mtlbench.balancers.weighting import JacobianBalancer
from mtlbench.registry import BALANCERS
from mtlbench.utils.numbers import number_from


@BALANCERS.register_module()
class GradDrop(JacobianBalancer):
    """Gradient sign dropout (Chen et al., NeurIPS 2020): each entry of the maps keeps the gradients of one sign.

    With a_i the gradient of task i times the sign of the map, summed over the batch of all processes, the positive sign
    is drawn with probability (1 + sum(a_i) / sum(abs(a_i))) / 2. Gradients of tasks with the other sign are dropped in
    this entry, in all samples of the batch.

    Args:
        tasks: Names of the tasks of the network.
        leak: Share of a dropped gradient that is kept, 0 to 1; 1 is the plain sum.

    Raises:
        ConfigError: When the leak is not between 0 and 1.
    """

    def __init__(self, tasks: Sequence[str], leak: float = 0.0) -> None:
        super().__init__(tasks)
        self.leak = number_from('balancer.leak', leak, 0, 1)

    def combine(self, maps: Tensor, gradients: Tensor) -> Tensor:
        """Return the sum of the gradients that are kept (N, C, H, W).

        Args:
            maps: Shared maps (N, C, H, W).
            gradients: Gradients of the tasks' losses (m, N, C, H, W), float32 or wider.
        """
        signed = processes.everywhere((gradients * maps.sign()).sum(1)).sum(0)
        drawn = torch.rand(signed.shape[1:], generator=processes.common_generator()).to(signed.device)
        kept = sign_mask(signed, drawn)
        return ((self.leak + (1 - self.leak) * kept)[:, None] * gradients).sum(0)


def sign_mask(signed: Tensor, drawn: Tensor) -> Tensor:
    """Return 1 for the gradients that are kept, 0 for others (m, ...).

    Args:
        signed: Signed gradients (m, ...).
        drawn: Uniform random numbers (...), one for all tasks.
    """
    purity = (1 + signed.sum(0) / signed.abs().sum(0)) / 2  # NaN without gradients, where no comparison holds
    return (((purity > drawn) & (signed > 0)) | ((purity < drawn) & (signed < 0))).to(signed.dtype)
