"""Impartial multi-task learning."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from mtlbench.balancers.gradients.quadratic import RANK_TOLERANCE, spectrum
from mtlbench.balancers.losses.imtl_l import IMTLL
from mtlbench.balancers.measured import Measured
from mtlbench.balancers.weighting import GramianBalancer, gramian_in
from mtlbench.registry import BALANCERS


@BALANCERS.register_module()
class IMTLG(GramianBalancer):
    """IMTL-G (Liu et al., ICLR 2021): the direction with equal projections on the gradients of all tasks.

    The weights sum to 1 and can be negative. They are 0 where the gradients cancel. Gradients count as dependent where
    an eigenvalue of their cosines is below 1e-6 of the largest; torchjd's tolerance is the rounding of float64, below
    the noise of float32 gradients.

    Args:
        tasks: Names of the tasks of the network.
    """

    def weights(self, measured: Measured) -> Tensor:
        """Return the weights."""
        return impartial(gramian_in(measured))


@BALANCERS.register_module()
class IMTL(GramianBalancer):
    """IMTL (Liu et al., ICLR 2021): learned scales of the losses (IMTL-L), then IMTL-G on the scaled losses.

    The scale e^(s_t) of a task minimizes e^(s_t) L_t - s_t by itself, without a weight, and starts at 1. At its optimum
    the scaled loss is 1. The scale of a task without a loss does not change.

    Args:
        tasks: Names of the tasks of the network.
    """

    def __init__(self, tasks: Sequence[str]) -> None:
        super().__init__(tasks)
        self.scaled = IMTLL(tasks)

    def weights(self, measured: Measured) -> Tensor:
        """Return the weights of the losses: scale times IMTL-G's weight of the scaled loss."""
        logs = torch.stack([self.scaled.scales[task].detach() for task in measured.tasks])
        scales = logs.cpu().double().exp()
        return scales * impartial(scales[:, None] * gramian_in(measured) * scales)

    def own_loss(self, losses: dict[str, Tensor]) -> Tensor | None:
        """Return the sum of e^(s_t) L_t - s_t."""
        return self.scaled(losses) if losses else None

    def rest(self) -> None:
        """Remove the gradients of the scales of tasks without a loss since the last step."""
        self.scaled.rest()


def impartial(gramian: Tensor) -> Tensor:
    """Return v / sum(v) with v = pinv(G) sqrt(diag(G)), and zeros where the sum of v is zero."""
    values, vectors = spectrum(gramian)
    found = vectors / values @ (vectors.T @ gramian.diagonal().sqrt())
    total = found.sum()
    return found / total if total.abs() > RANK_TOLERANCE * found.abs().sum() else torch.zeros_like(found)
