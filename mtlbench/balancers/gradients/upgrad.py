"""Sum of gradients without conflict."""

from __future__ import annotations

import torch
from torch import Tensor

from mtlbench.balancers.gradients.quadratic import nonnegative_least_squares, root_of
from mtlbench.balancers.measured import Measured
from mtlbench.balancers.weighting import GramianBalancer, gramian_in, gramian_of_trace
from mtlbench.registry import BALANCERS

REGULARIZATION = 1e-4
"""Number added to the diagonal of the Gramian of trace 1, as in torchjd."""


@BALANCERS.register_module()
class UPGrad(GramianBalancer):
    """Unconflicting projection (Quinton and Rey, 2024): mean of the gradients, each without conflict with any task.

    The gradient of each task is projected on the dual cone of all gradients: the vectors that raise no loss to first
    order. The projections are weighted sums of all gradients. Their quadratic programs are solved as nonnegative least
    squares; torchjd's need quadprog, which has a GPL license.

    Args:
        tasks: Names of the tasks of the network.
    """

    def weights(self, measured: Measured) -> Tensor:
        """Return the weights, each 1 / m or more."""
        return unconflicting(gramian_in(measured))


def unconflicting(gramian: Tensor) -> Tensor:
    """Return the sum over the tasks i of the v that minimize v^T G v, with v >= e_i / m.

    With v = e_i / m + x, x >= 0 minimizes the length of R x + R e_i / m.
    """
    count = len(gramian)
    regular = gramian_of_trace(gramian, 1.0) + REGULARIZATION * torch.eye(count, dtype=gramian.dtype)
    root = root_of(regular)
    added = [nonnegative_least_squares(root, -column / count) for column in root.T]
    return torch.stack(added).sum(0) + 1 / count
