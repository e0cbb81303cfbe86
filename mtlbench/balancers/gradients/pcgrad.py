"""Gradients without the parts that oppose another task."""

from __future__ import annotations

from typing import cast

from torch import Tensor

from mtlbench.balancers.gradients.library import torchjd_weighting
from mtlbench.balancers.measured import Measured
from mtlbench.balancers.weighting import GramianBalancer, gramian_in
from mtlbench.registry import BALANCERS


@BALANCERS.register_module()
class PCGrad(GramianBalancer):
    """Gradient surgery (Yu et al., NeurIPS 2020).

    The gradient of each task is projected on the plane normal to every gradient that it conflicts with, in random
    order; the results are added up. Without conflict, all weights are 1.

    Args:
        tasks: Names of the tasks of the network.
    """

    def prepare(self) -> None:
        """Raise a MissingExtraError when torchjd is not installed."""
        torchjd_weighting('PCGradWeighting')

    def weights(self, measured: Measured) -> Tensor:
        """Return the weights, each 1 or more."""
        return cast('Tensor', torchjd_weighting('PCGradWeighting')(gramian_in(measured)))
