"""Directions that are fair to all tasks."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from mtlbench.balancers.measured import Measured
from mtlbench.balancers.weighting import GramianBalancer, SolverError, gramian_in
from mtlbench.registry import BALANCERS
from mtlbench.utils.numbers import positive

TOLERANCE = 1e-8
"""Largest relative error of the equations. Rounding leaves 1e-9 where the cosine of two gradients is 1e-7 above -1."""

STEPS = 50
"""Largest number of Newton steps; gradients of any scale need about 10, and opposite ones have no solution."""


@BALANCERS.register_module()
class FairGrad(GramianBalancer):
    """Fair resource allocation (Ban and Ji, ICML 2024): the alpha-fair direction.

    The weights are positive and solve (G w)_i = w_i^(-1 / alpha). They are not free of the scale of the gradients:
    those of c G are c^(-alpha / (1 + alpha)) times those of G. This class solves for the Gramian of trace m, so the
    length of a step does not depend on the units of the losses. torchjd's solver starts at equal weights and stops far
    from the solution where gradients are small.

    Opposite gradients have no solution; such an update uses the weights of the one before.

    Args:
        tasks: Names of the tasks of the network.
        alpha: Kind of fairness, above 0: near 0 the sum of the gains counts, 1 is Nash-MTL, and large values favor the
            worst task. The published tables use 2.

    Raises:
        ConfigError: When alpha is not above 0.
    """

    def __init__(self, tasks: Sequence[str], alpha: float = 2.0) -> None:
        super().__init__(tasks)
        self.alpha = positive('balancer.alpha', alpha)

    def weights(self, measured: Measured) -> Tensor:
        """Return the weights, all positive.

        Raises:
            SolverError: When there is no solution.
        """
        return fair(gramian_in(measured), self.alpha)


@BALANCERS.register_module()
class NashMTL(GramianBalancer):
    """Nash-MTL (Navon et al., ICML 2022): the Nash bargaining solution.

    The weights are positive and solve G w = 1 / w, so every task contributes the same w_i <g_i, d> = 1. Multiplying a
    loss by a number changes nothing but its weight. This is FairGrad with alpha 1, and solved for the Gramian of trace
    m. The published code, which torchjd has, stops at its start values where a gradient conflicts with the sum, and
    depends on the updates before; this class does neither. It does not clip gradients: set ``clip_grad`` of the
    optimizer wrapper.

    Opposite gradients have no solution; such an update uses the weights of the one before.

    Args:
        tasks: Names of the tasks of the network.
    """

    def weights(self, measured: Measured) -> Tensor:
        """Return the weights, all positive.

        Raises:
            SolverError: When there is no solution.
        """
        return fair(gramian_in(measured), 1.0)


def fair(gramian: Tensor, alpha: float) -> Tensor:
    """Solve (G w)_i = w_i^(-1 / alpha) for w > 0 by Newton's method in log w.

    Raises:
        SolverError: When there is no solution, or none was found.
    """
    logs = -alpha / (1 + alpha) * gramian.diagonal().log()
    for _ in range(STEPS):
        weights, goals = logs.exp(), (-logs / alpha).exp()
        products = gramian @ weights
        if float((products / goals - 1).abs().max()) < TOLERANCE:
            return weights
        slopes = gramian * weights + torch.diag(goals / alpha)
        step, failed = torch.linalg.solve_ex(slopes, goals - products)
        if failed:
            break
        logs = _damped(gramian, alpha, logs, step)
    raise SolverError(f'no weights are fair with alpha {alpha:g}; gradients may be opposite')


def _damped(gramian: Tensor, alpha: float, logs: Tensor, step: Tensor) -> Tensor:
    """Halve a step until the residual falls."""
    before = _residual(gramian, alpha, logs)
    for _ in range(STEPS):
        if _residual(gramian, alpha, logs + step) < before:
            break
        step = step / 2
    return logs + step


def _residual(gramian: Tensor, alpha: float, logs: Tensor) -> float:
    """Return the error of the equations, each in units of the length of its gradient."""
    errors = gramian @ logs.exp() - (-logs / alpha).exp()
    return float((errors / gramian.diagonal().sqrt()).norm())
