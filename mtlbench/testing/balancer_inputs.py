"""Losses and gradients of three tasks, on which balancers are checked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from mtlbench.balancers import Measured

TASKS = ('semseg', 'depth', 'normals')
VALUES = {'semseg': 0.5, 'depth': 8.0, 'normals': 0.25}
GRAMIANS = {
    'conflict': ((4, -1, 0.5), (-1, 1, -0.25), (0.5, -0.25, 9)),
    'orthogonal': ((1, 0, 0), (0, 4, 0), (0, 0, 9)),
    'nearly singular': ((1, 0.999, -0.5), (0.999, 1, -0.5), (-0.5, -0.5, 1)),
    'unlike sizes': ((100, -3, 0.2), (-3, 1, -0.05), (0.2, -0.05, 0.01)),
    'a task without gradient': ((4, 0, -1), (0, 0, 0), (-1, 0, 1)),
}
"""Gramians of the three tasks by name."""


@dataclass(frozen=True)
class Update:
    """Inputs of a balancer in one update.

    Args:
        measured: Losses and Gramian of the tasks that take part.
        maps: Shared maps (N, C, H, W).
        gradients: Gradients of these tasks on the maps (m, N, C, H, W).
    """

    measured: Measured
    maps: Tensor
    gradients: Tensor

    def of(self, tasks: Sequence[str]) -> Update:
        """Return the inputs with these tasks alone, in this order."""
        rows = [self.measured.tasks.index(task) for task in tasks]
        measured = measured_of(tasks, self.measured.losses[rows], self.gramian[rows][:, rows])
        return Update(measured, self.maps, self.gradients[rows])

    @property
    def gramian(self) -> Tensor:
        """Gramian (m, m)."""
        assert self.measured.gramian is not None
        return self.measured.gramian

    @property
    def losses(self) -> dict[str, Tensor]:
        """Scalar losses by task, with a gradient."""
        return losses_of(zip(self.measured.tasks, self.measured.losses.tolist(), strict=True))


def measured_of(tasks: Sequence[str], losses: Tensor, gramian: Tensor | None = None) -> Measured:
    """Return measurements in float64."""
    return Measured(tuple(tasks), losses.double(), None if gramian is None else gramian.double())


def update_at(number: int) -> Update:
    """Return the inputs of an update of three tasks.

    The losses fall at different rates, and the directions of the gradients change.
    """
    draw = torch.Generator().manual_seed(number)
    maps = torch.randn(2, 2, 1, 2, generator=draw)
    gradients = torch.randn(len(TASKS), *maps.shape, generator=draw)
    rows = gradients.flatten(1).double()
    values = values_at(number)
    return Update(measured_of(TASKS, torch.tensor(list(values.values())), rows @ rows.T), maps, gradients)


def values_at(number: int) -> dict[str, float]:
    """Return losses of an update; those of the tasks fall at different rates."""
    return {name: value * (0.9 - 0.1 * place) ** number for place, (name, value) in enumerate(VALUES.items())}


def losses_of(values: Mapping[str, float] | Iterable[tuple[str, float]]) -> dict[str, Tensor]:
    """Return scalar losses with a gradient."""
    return {name: torch.tensor(value, requires_grad=True) for name, value in dict(values).items()}


def fixed_gramian(name: str, factor: float = 1.0) -> Measured:
    """Return measurements with one of the fixed Gramians, times a factor."""
    return measured_of(TASKS, torch.tensor(list(VALUES.values())), factor * torch.tensor(GRAMIANS[name]).double())
