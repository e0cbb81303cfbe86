"""Gradients of several batches that form one update."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor

from mtlbench.balancers import Measured
from mtlbench.balancing.gradients import BatchGradients
from mtlbench.balancing.sums import summed


@dataclass
class Collected:
    """Sums over the batches of an update.

    Args:
        order: All tasks of the network.
        gradients: Gradients of each task's loss on the parameters.
        rest: Gradients of the terms of no task.
        losses: Losses by task.
        gramian: Gramian on maps over all tasks; None if gradients are not compared on maps.
    """

    order: Sequence[str]
    gradients: dict[str, list[Tensor | None]] = field(default_factory=dict)
    rest: list[Tensor | None] = field(default_factory=list)
    losses: dict[str, Tensor] = field(default_factory=dict)
    gramian: Tensor | None = None

    @property
    def tasks(self) -> tuple[str, ...]:
        """Tasks that had a loss in some batch, in the order of the network."""
        return tuple(task for task in self.order if task in self.losses)

    @property
    def rows(self) -> list[list[Tensor | None]]:
        """Gradients of the tasks."""
        return [self.gradients[task] for task in self.tasks]

    def add(self, measured: Measured, batch: BatchGradients) -> None:
        """Add the losses and gradients of a batch."""
        rows, rest = batch.through_encoder()
        for task, loss, row in zip(measured.tasks, measured.losses, rows, strict=True):
            self.losses[task] = self.losses.get(task, torch.zeros_like(loss)) + loss
            self.gradients[task] = summed(self.gradients.get(task), row)
        self.rest = summed(self.rest or None, rest)
        if measured.gramian is not None:
            self._add_gramian(measured.tasks, measured.gramian)

    def mean(self, count: int, gramian: Tensor | None) -> Measured:
        """Return the means over the batches.

        Args:
            count: Number of batches.
            gramian: Gramian of the summed gradients on parameters; None for that on maps, if there is one.
        """
        if gramian is None and self.gramian is not None:
            rows = [self.order.index(task) for task in self.tasks]
            gramian = self.gramian[rows][:, rows]
        losses = torch.tensor([self.losses[task].item() for task in self.tasks], dtype=torch.float64) / count
        return Measured(self.tasks, losses, None if gramian is None else gramian / count**2)

    def _add_gramian(self, tasks: Sequence[str], gramian: Tensor) -> None:
        if self.gramian is None:
            self.gramian = gramian.new_zeros(len(self.order), len(self.order))
        rows = torch.tensor([self.order.index(task) for task in tasks])
        self.gramian[rows[:, None], rows] += gramian
