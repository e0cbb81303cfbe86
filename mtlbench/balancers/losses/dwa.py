"""Weights from how fast each loss falls."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from mtlbench.balancers.measured import Measured
from mtlbench.balancers.weighting import WeightedBalancer
from mtlbench.registry import BALANCERS
from mtlbench.utils.numbers import positive, whole_number


@BALANCERS.register_module()
class DWA(WeightedBalancer):
    """Dynamic weight average (Liu, Johns and Davison, CVPR 2019): m softmax(r / T) over m tasks.

    r_t is the mean loss of a task in the last window divided by that in the window before; a loss that falls more
    slowly weighs more. All weights are 1 in the first two windows. r_t is 1 for a task without two means.

    Args:
        tasks: Names of the tasks of the network.
        temperature: T; larger values give more even weights.
        window: Number of updates of which the mean is taken; None for one pass over the first stream.

    Raises:
        ConfigError: When the temperature or the window is out of range.
    """

    scaled_arguments = {'window': 'updates'}

    def __init__(self, tasks: Sequence[str], temperature: float = 2.0, window: int | None = None) -> None:
        super().__init__(tasks)
        self.temperature = positive('balancer.temperature', temperature)
        self.window = None if window is None else whole_number('balancer.window', window, 1)
        self.updates: Tensor
        self.sums: Tensor
        self.counts: Tensor
        self.means: Tensor
        zeros = torch.zeros(len(self.tasks), dtype=torch.float64)
        self.register_buffer('updates', torch.zeros((), dtype=torch.long))
        self.register_buffer('sums', zeros.clone())
        self.register_buffer('counts', zeros.clone())
        self.register_buffer('means', torch.zeros(2, len(self.tasks), dtype=torch.float64))

    def weights(self, measured: Measured) -> Tensor:
        """Return the weights of this window, and add the losses to its means."""
        rows = self.rows(measured.tasks)
        window = self.epoch if self.window is None else self.window
        if self.updates and self.updates % window == 0:
            self._close()
        self.updates += 1
        self.sums[rows] += measured.losses.to(self.sums)
        self.counts[rows] += 1
        before, last = self.means[:, rows].cpu()
        ratios = (last / before).where((last != 0) & (before != 0), 1.0)  # a mean of 0 is none yet
        return len(rows) * torch.softmax(ratios / self.temperature, 0)

    def _close(self) -> None:
        """Finish the window; tasks without a loss in it keep their means."""
        seen = self.counts > 0
        mean = self.sums / self.counts
        self.means.copy_(torch.where(seen, torch.stack([self.means[1], mean]), self.means))
        self.sums.zero_()
        self.counts.zero_()
