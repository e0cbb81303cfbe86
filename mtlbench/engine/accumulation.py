"""Which iterations make an update, where gradients are accumulated."""

from __future__ import annotations

from dataclasses import dataclass

from mmengine.optim import OptimWrapper, OptimWrapperDict
from mmengine.runner import Runner


@dataclass(frozen=True)
class Accumulation:
    """Every ``count`` iterations make one update, and what is left at the last iteration makes one more.

    Args:
        count: Iterations whose gradients are averaged.
        last: The last iteration of the run.
    """

    count: int
    last: int

    @classmethod
    def of(cls, runner: Runner) -> Accumulation:
        """That of a runner's optimizer."""
        return cls(iterations_per_update(runner), runner.max_iters)

    def whole(self, iterations: int) -> bool:
        """Whether after so many iterations no gradient waits for others."""
        return iterations % self.count == 0 or iterations >= self.last

    def updates(self, iterations: int) -> int:
        """How many updates so many iterations have made."""
        return -(-iterations // self.count) if iterations >= self.last else iterations // self.count

    def previous(self, iterations: int) -> int:
        """After how many iterations the update before the newest one was made."""
        return (iterations - 1) // self.count * self.count


def iterations_per_update(runner: Runner) -> int:
    """How many iterations make an update."""
    return max((one._accumulative_counts for one in wrappers(runner).values()), default=1)


def wrappers(runner: Runner) -> dict[str, OptimWrapper]:
    """The optimizer wrappers of a runner, by name; none where it has none."""
    found = getattr(runner, 'optim_wrapper', None)
    if isinstance(found, OptimWrapperDict):
        return dict(found.items())
    return {'': found} if found is not None else {}
