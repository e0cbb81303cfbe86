"""Smallest convex combination of the gradients."""

from __future__ import annotations

import torch
from torch import Tensor

from mtlbench.balancers.gradients.quadratic import nonnegative_least_squares, root_of
from mtlbench.balancers.measured import Measured
from mtlbench.balancers.weighting import GramianBalancer, gramian_in
from mtlbench.registry import BALANCERS


@BALANCERS.register_module()
class MGDA(GramianBalancer):
    """Multiple-gradient descent (Sener and Koltun, NeurIPS 2018): the convex combination of least norm.

    The weights minimize w^T G w, are 0 or more and sum to 1. No task gets worse to first order. With gradients on maps,
    the default, this is MGDA-UB. The solution is exact: the paper's Frank-Wolfe iterations, which torchjd has, are off
    by 1e-3 after a hundred steps.

    Args:
        tasks: Names of the tasks of the network.
    """

    def weights(self, measured: Measured) -> Tensor:
        """Return the weights, which sum to 1."""
        return shortest(gramian_in(measured))


def shortest(gramian: Tensor) -> Tensor:
    """Return the w >= 0 of sum 1 that minimizes w^T G w.

    For x = t w with sum(w) = 1, the minimum over t of t^2 w^T G w + (t - 1)^2 is q / (1 + q) with q = w^T G w, which
    grows with q. So the sum needs no constraint: x minimizes the length of (R x, sum(x) - 1).
    """
    count = len(gramian)
    matrix = torch.cat([root_of(gramian), gramian.new_ones(1, count)])
    target = gramian.new_zeros(count + 1)
    target[-1] = 1
    found = nonnegative_least_squares(matrix, target)
    return found / found.sum()
