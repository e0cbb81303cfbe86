"""Measurements of an update, from which weights are computed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from mtlbench import processes


@dataclass(frozen=True)
class Measured:
    """Losses and gradients of the tasks in one update, over all processes and accumulated batches.

    Args:
        tasks: Tasks that take part in the update, in the order of the config.
        losses: Their losses (m,), float64 on the CPU.
        gramian: Inner products (m, m) of their gradients, float64 on the CPU; None if not measured.
    """

    tasks: tuple[str, ...]
    losses: Tensor
    gramian: Tensor | None = None

    @classmethod
    def of(cls, losses: Mapping[str, Tensor], tasks: Sequence[str]) -> Measured:
        """Measure the losses of this batch in all processes.

        Args:
            losses: Scalar losses by task.
            tasks: All tasks of the network, whose order counts.
        """
        present = tuple(task for task in tasks if task in losses)
        if not present:
            return cls((), torch.zeros(0, dtype=torch.float64))
        own = torch.stack([losses[task].detach().double() for task in present])
        return cls(present, processes.everywhere(own).mean(0).cpu())

    def only(self, tasks: Sequence[str]) -> Measured:
        """Return the measurements of some of the tasks."""
        rows = [number for number, task in enumerate(self.tasks) if task in tasks]
        gramian = None if self.gramian is None else self.gramian[rows][:, rows]
        return Measured(tuple(self.tasks[row] for row in rows), self.losses[rows], gramian)
