"""Arithmetic of gradient accumulation."""

from __future__ import annotations

from dataclasses import dataclass

from mmengine.optim import OptimWrapper, OptimWrapperDict
from mmengine.runner import Runner


@dataclass(frozen=True)
class Accumulation:
    """Mapping of iterations to updates: ``count`` iterations form one, and a remainder at the end one more.

    Args:
        count: Number of iterations whose gradients are averaged.
        last: Last iteration of the run; irrelevant if each iteration is an update.
    """

    count: int
    last: int

    @classmethod
    def of(cls, runner: Runner) -> Accumulation:
        """Return the accumulation of a runner's optimizer."""
        count = iterations_per_update(runner)
        return cls(count, runner.max_iters if count > 1 else 0)

    def whole(self, iterations: int) -> bool:
        """Return whether the gradients of all iterations so far have been applied."""
        return iterations % self.count == 0 or iterations >= self.last

    def updates(self, iterations: int) -> int:
        """Return the number of updates made by a number of iterations."""
        return -(-iterations // self.count) if iterations >= self.last else iterations // self.count

    def previous(self, iterations: int) -> int:
        """Return the number of iterations at the update before the newest one."""
        return (iterations - 1) // self.count * self.count


def iterations_per_update(runner: Runner) -> int:
    """Return the number of iterations per update."""
    return max((one._accumulative_counts for one in wrappers(runner).values()), default=1)


def wrappers(runner: Runner) -> dict[str, OptimWrapper]:
    """Return the optimizer wrappers of a runner by name; empty if it has none."""
    found = getattr(runner, 'optim_wrapper', None)
    if isinstance(found, OptimWrapperDict):
        return dict(found.items())
    return {'': found} if found is not None else {}
