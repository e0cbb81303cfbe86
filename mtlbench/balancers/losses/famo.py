"""Weights that let all losses fall at the same rate."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from mtlbench.balancers.losses.adam import BufferedAdam
from mtlbench.balancers.losses.gls import SMALLEST
from mtlbench.balancers.measured import Measured
from mtlbench.balancers.weighting import WeightedBalancer
from mtlbench.errors import ConfigError
from mtlbench.registry import BALANCERS
from mtlbench.utils.numbers import number_from, positive


@BALANCERS.register_module()
class FAMO(WeightedBalancer):
    """Fast adaptive multitask optimization (Liu, Feng, Stone and Liu, NeurIPS 2023).

    The weights are proportional to z_t / (L_t - b_t) and add up to 1, with z = softmax(xi). After each update the
    losses of the same batch are computed again, which costs a forward pass. Adam then moves xi so that tasks whose
    log loss fell less count more.

    Args:
        tasks: Names of the tasks of the network.
        lr: Learning rate of xi.
        gamma: Weight decay of xi.
        min_losses: Lower bound b_t of the loss by task; tasks without an entry have 0.

    Raises:
        ConfigError: When ``min_losses`` names no task, or a number is out of range.
    """

    looks_back = True

    def __init__(
        self,
        tasks: Sequence[str],
        lr: float = 0.025,
        gamma: float = 1e-3,
        min_losses: Mapping[str, float] | None = None,
    ) -> None:
        super().__init__(tasks)
        rates = positive('balancer.lr', lr), number_from('balancer.gamma', gamma, 0)
        bounds = dict(min_losses or {})
        if stray := sorted(bounds.keys() - set(self.tasks)):
            raise ConfigError(
                f'balancer.min_losses names {", ".join(stray)}, but the tasks are {", ".join(self.tasks)}'
            )
        self.bounds = bounds
        self.xi: Tensor
        self.register_buffer('xi', torch.zeros(len(self.tasks), dtype=torch.float64))
        self.adam = BufferedAdam(len(self.tasks), *rates)

    def weights(self, measured: Measured) -> Tensor:
        """Return softmax(xi) over the distances to the lower bounds, normalized to a sum of 1."""
        shares = self.xi[self.rows(measured.tasks)].cpu().softmax(0) / self._distances(measured)
        return shares / shares.sum()

    def after_update(self, before: Measured, after: Measured) -> None:
        """Move xi by the change of the log losses of a batch."""
        before, after = before.only(after.tasks), after.only(before.tasks)
        change = self._distances(before).log() - self._distances(after).log()
        if not before.tasks or not bool(change.isfinite().all()):
            return
        rows, change = self.rows(before.tasks), change.to(self.xi)
        values = self.xi[rows]
        shares = values.softmax(0)
        self.xi[rows] = self.adam.step(values, rows, shares * (change - (shares * change).sum()))

    def _distances(self, measured: Measured) -> Tensor:
        bounds = [self.bounds.get(task, 0.0) for task in measured.tasks]
        return (measured.losses - measured.losses.new_tensor(bounds)).clamp(min=0) + SMALLEST
