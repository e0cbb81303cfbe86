"""Direction near the mean gradient that helps the worst task."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from torch import Tensor

from mtlbench.balancers.gradients.library import torchjd_weighting
from mtlbench.balancers.measured import Measured
from mtlbench.balancers.weighting import GramianBalancer, SolverError, gramian_in
from mtlbench.registry import BALANCERS
from mtlbench.utils.numbers import number_from


@BALANCERS.register_module()
class CAGrad(GramianBalancer):
    """Conflict-averse gradient descent (Liu et al., NeurIPS 2021).

    The direction d maximizes the progress of the worst task, the least <g_i, d>, within c abs(g_0) of the mean gradient
    g_0. It is not rescaled afterwards. Where no direction helps all tasks, the weights are 0.

    Args:
        tasks: Names of the tasks of the network.
        c: Radius, 0 or more: 0 is the mean gradient, a large one tends to the direction of MGDA.

    Raises:
        ConfigError: When c is negative or no number.
    """

    def __init__(self, tasks: Sequence[str], c: float = 0.4) -> None:
        super().__init__(tasks)
        self.c = number_from('balancer.c', c, 0)

    def prepare(self) -> None:
        """Raise a MissingExtraError when torchjd or its solver is not installed."""
        self._weighting()

    def weights(self, measured: Measured) -> Tensor:
        """Return the weights, each 1 / m or more, or zeros.

        Raises:
            SolverError: When the solver does not converge.
        """
        from cvxpy.error import SolverError as NotSolved

        try:
            return cast('Tensor', self._weighting()(gramian_in(measured)))
        except (NotSolved, TypeError) as error:  # a TypeError, when the solver returns nothing
            raise SolverError(f'clarabel: {error}') from error

    def _weighting(self) -> Any:
        return torchjd_weighting('CAGradWeighting', 'cvxpy', 'clarabel', c=self.c)
