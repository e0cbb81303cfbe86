"""Sums that are additive over samples and processes."""

from __future__ import annotations

from collections.abc import Mapping

from torch import Tensor


class Sums:
    """Named sums by task. A task appears with its first statistics."""

    def __init__(self) -> None:
        self.by_task: dict[str, dict[str, Tensor]] = {}

    def add(self, task: str, statistics: Mapping[str, Tensor]) -> None:
        """Add the statistics of a sample or a process to those of the task."""
        kept = self.by_task.setdefault(task, {})
        for name, value in statistics.items():
            kept[name] = kept[name] + value if name in kept else value

    def on_cpu(self) -> dict[str, dict[str, Tensor]]:
        """Return a copy of the sums in host memory."""
        return {task: {name: value.cpu() for name, value in sums.items()} for task, sums in self.by_task.items()}
