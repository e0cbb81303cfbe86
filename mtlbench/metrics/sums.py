"""Sums that add up over samples and processes."""

from __future__ import annotations

from collections.abc import Mapping

from torch import Tensor


class Sums:
    """Named sums by task. A task appears with the first thing added for it."""

    def __init__(self) -> None:
        self.by_task: dict[str, dict[str, Tensor]] = {}

    def add(self, task: str, statistics: Mapping[str, Tensor]) -> None:
        """Add one sample's or one process's statistics to those of the task."""
        kept = self.by_task.setdefault(task, {})
        for name, value in statistics.items():
            kept[name] = kept[name] + value if name in kept else value

    def on_cpu(self) -> dict[str, dict[str, Tensor]]:
        """A copy of the sums in host memory."""
        return {task: {name: value.cpu() for name, value in sums.items()} for task, sums in self.by_task.items()}
