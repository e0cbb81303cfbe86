"""Smooth Tchebycheff scalarization."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from mtlbench.balancers.losses.gls import SMALLEST
from mtlbench.balancers.measured import Measured
from mtlbench.balancers.weighting import WeightedBalancer
from mtlbench.registry import BALANCERS
from mtlbench.utils.choices import require_known
from mtlbench.utils.numbers import positive, whole_number

FORMS = ('relative', 'plain')


@BALANCERS.register_module()
class STCH(WeightedBalancer):
    """Smooth Tchebycheff scalarization (Lin et al., ICML 2024): a smooth maximum over the m tasks.

    - ``relative``: m mu log sum exp(f_t / mu) with f_t = log(L_t / n_t). n_t is the mean loss of a task in the epoch
      after the warm-up; until then, the sum of the log losses is minimized. With mu = 1 the weights have the ratio of
      1 / n_t at every update.
    - ``plain``: mu log sum exp(L_t / (m mu)). The largest losses dominate, so they must have comparable units.

    The weights are the derivatives at the mean losses over all processes. Epochs are passes over the first stream.

    Args:
        tasks: Names of the tasks of the network.
        mu: Smoothness, more than 0; the smaller, the more the worst task dominates.
        warmup: Number of epochs before the mean losses are measured.
        form: ``'relative'`` or ``'plain'``.

    Raises:
        ConfigError: When the form is unknown, or a number is out of range.
    """

    def __init__(self, tasks: Sequence[str], mu: float = 1.0, warmup: int = 4, form: str = 'relative') -> None:
        super().__init__(tasks)
        require_known('balancer.form', form, FORMS)
        self.mu, self.warmup = positive('balancer.mu', mu), whole_number('balancer.warmup', warmup, 0)
        self.form = form
        self.updates: Tensor
        self.sums: Tensor
        self.counts: Tensor
        self.register_buffer('updates', torch.zeros((), dtype=torch.long))
        self.register_buffer('sums', torch.zeros(len(self.tasks), dtype=torch.float64))
        self.register_buffer('counts', torch.zeros(len(self.tasks), dtype=torch.float64))

    def weights(self, measured: Measured) -> Tensor:
        """Return the derivatives of the scalarization."""
        if self.form == 'plain':
            scale = 1 / len(self.tasks)
            return scale * torch.softmax(scale * measured.losses / self.mu, 0)
        losses, rows = measured.losses.clamp(min=SMALLEST), self.rows(measured.tasks)
        epoch = int(self.updates) // self.epoch
        self.updates += 1
        if epoch < self.warmup:
            return 1 / losses
        self._measure(losses, rows, epoch == self.warmup)
        if epoch == self.warmup:
            return 1 / losses
        nadir = (self.sums[rows] / self.counts[rows]).cpu()
        return len(losses) * torch.softmax((losses / nadir).log() / self.mu, 0) / losses

    def _measure(self, losses: Tensor, rows: Sequence[int], due: bool) -> None:
        """Add losses to the means; later, those of tasks that had none in the epoch."""
        counts = self.counts[rows]
        new = torch.ones_like(counts) if due else (counts == 0).to(counts)
        self.sums[rows] += new * losses.to(self.sums)
        self.counts[rows] += new
