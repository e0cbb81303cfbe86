"""Gradients without the parts that oppose another task."""

from __future__ import annotations

from collections.abc import Sequence
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

    Raises:
        MissingExtraError: When torchjd is not installed.
    """

    def __init__(self, tasks: Sequence[str]) -> None:
        super().__init__(tasks)
        self._weighting = torchjd_weighting('PCGradWeighting')

    def weights(self, measured: Measured) -> Tensor:
        """Return the weights, each 1 or more."""
        return cast('Tensor', self._weighting(gramian_in(measured)))
