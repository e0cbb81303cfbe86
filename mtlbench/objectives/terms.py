"""Terms of the training signal, and the tasks that they belong to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from torch import Tensor

from mtlbench.objectives.base import Objective


class Terms:
    """Terms of all objectives, and the tasks that they belong to.

    Args:
        tasks: Names of the tasks of the network.
    """

    def __init__(self, tasks: Sequence[str]) -> None:
        self.tasks = tasks
        self.values: dict[str, Tensor] = {}
        self.owners: dict[str, str | None] = {}

    def add(self, objective: Objective, terms: Mapping[str, Tensor]) -> None:
        """Add the terms of an objective; terms of equal names are summed."""
        for name, value in terms.items():
            owner = objective.task_of(name)
            self.values[name] = self.values[name] + value if name in self.values else value
            self.owners[name] = owner if owner in self.tasks else None

    def by_task(self) -> dict[str, Tensor]:
        """Return the loss of each task that has a term, the sum of its terms, in the order of the tasks."""
        found: dict[str, Tensor] = {}
        for name, owner in self.owners.items():
            if owner is not None:
                found[owner] = found[owner] + self.values[name] if owner in found else self.values[name]
        return {task: found[task] for task in self.tasks if task in found}

    def of_no_task(self) -> list[Tensor]:
        """Return the terms that belong to no task."""
        return [self.values[name] for name, owner in self.owners.items() if owner is None]

    def logged(self) -> dict[str, Tensor]:
        """Return all terms by the name in the log."""
        return {f'loss_{name}': value for name, value in self.values.items()}
