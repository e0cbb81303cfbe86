"""Balancers whose weights are computed at each update from its losses or gradients."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import torch
from mmengine.logging import MMLogger
from torch import Tensor

from mtlbench import processes
from mtlbench.balancers.base import Balancer
from mtlbench.balancers.measured import Measured
from mtlbench.errors import ConfigError

NO_GRADIENT = 1e-12
"""Share of the trace below which the gradient of a task counts as zero."""


class SolverError(Exception):
    """No weights exist for these measurements, or a solver did not find them."""


class WeightedBalancer(Balancer):
    """Weighted sum of the losses; the weights are numbers computed from the measurements of the update.

    The weights are the same in all processes, and over accumulated batches they are computed once, from all of them.
    A subclass defines :meth:`weights`, and keeps its state in buffers over all tasks, so that a resumed run repeats an
    uninterrupted one.
    """

    takes_turns = False

    def __init__(self, tasks: Sequence[str]) -> None:
        super().__init__(tasks)
        self.last: Tensor
        self.failures: Tensor
        self.register_buffer('last', torch.ones(len(self.tasks), dtype=torch.float64))
        self.register_buffer('failures', torch.zeros((), dtype=torch.long))

    @abstractmethod
    def weights(self, measured: Measured) -> Tensor:
        """Return the weights (m,) of the tasks of an update, float64 on the CPU.

        Called once per update. Random numbers are drawn from torch's global generator, which has the same state in all
        processes.

        Raises:
            SolverError: When there are no weights; those of the last update are used.
        """

    def forward(self, losses: dict[str, Tensor]) -> Tensor:
        """Return the weighted sum of the losses."""
        weights = self.weigh(Measured.of(losses, self.tasks))
        return torch.stack([weights[task] * losses[task] for task in weights]).sum()

    def own_loss(self, losses: dict[str, Tensor]) -> Tensor | None:
        """Return the scalar that trains the balancer's own parameters, given losses without gradient; None for none."""
        return None

    def weigh(self, measured: Measured) -> dict[str, float]:
        """Return the weights of an update by task, and keep them."""
        if not measured.tasks:
            return {}
        try:
            if not bool(measured.losses.isfinite().all()):
                raise SolverError('losses are not finite')
            with drawing_alike():
                found = self._weights(measured)
            if not bool(found.isfinite().all()):
                raise SolverError('the weights are not finite')
        except SolverError as error:
            found = self._kept(measured.tasks, error)
        self._present = frozenset(measured.tasks)
        self.last[self.rows(measured.tasks)] = found.to(self.last)
        return dict(zip(measured.tasks, found.tolist(), strict=True))

    def current_weights(self) -> dict[str, float | Tensor]:
        """Return the weights of the last update."""
        values = dict(zip(self.tasks, self.last.tolist(), strict=True))
        return {task: values[task] for task in self.tasks if task in self._present}

    _present: frozenset[str] = frozenset()

    def _weights(self, measured: Measured) -> Tensor:
        """Return the result of :meth:`weights` if it has one number per task."""
        found = self.weights(measured)
        if not isinstance(found, Tensor) or found.shape != (len(measured.tasks),):
            given = tuple(found.shape) if isinstance(found, Tensor) else f'a {type(found).__name__}'
            raise ConfigError(
                f'{type(self).__name__}.weights() returned {given}, expected a tensor of shape '
                f'({len(measured.tasks)},): a weight for each of {", ".join(measured.tasks)}'
            )
        return found

    def _kept(self, tasks: Sequence[str], error: SolverError) -> Tensor:
        """Return the weights of the last update, 1 for tasks that had none."""
        if not self.failures:
            MMLogger.get_current_instance().warning(
                f'{type(self).__name__}: no weights for an update ({error}); such updates keep the weights before'
            )
        self.failures += 1
        return self.last[self.rows(tasks)].cpu()

    def rows(self, tasks: Sequence[str]) -> list[int]:
        """Return the positions of tasks among all tasks, for buffers over all of them."""
        return [self.tasks.index(task) for task in tasks]


class GramianBalancer(WeightedBalancer):
    """Weights from the inner products of the tasks' gradients.

    :meth:`weights` receives the Gramian with a trace of m, so that no threshold or step length depends on the units of
    the losses and maps. Tasks with a zero gradient are left out and have weight 1, as a single task has.
    """

    consumes = 'gramian'

    def _weights(self, measured: Measured) -> Tensor:
        gramian = gramian_in(measured)
        if not bool(gramian.isfinite().all()):
            raise SolverError('gradients are not finite')
        squares = dict(zip(measured.tasks, gramian.diagonal().tolist(), strict=True))
        moving = [task for task, square in squares.items() if square > NO_GRADIENT * sum(squares.values())]
        weights = dict.fromkeys(measured.tasks, 1.0)
        if len(moving) > 1:
            part = measured.only(moving)
            scaled = gramian_of_trace(gramian_in(part), len(moving))
            found = super()._weights(Measured(part.tasks, part.losses, scaled))
            weights |= zip(moving, found.tolist(), strict=True)
        return torch.tensor(list(weights.values()), dtype=torch.float64)


class JacobianBalancer(Balancer):
    """Gradients of the tasks on the shared maps, combined entry by entry; other layers minimize the sum."""

    consumes = 'jacobian'
    takes_turns = False

    @abstractmethod
    def combine(self, maps: Tensor, gradients: Tensor) -> Tensor:
        """Return the gradient of the maps (N, C, H, W), from those of the tasks.

        Args:
            maps: Shared maps (N, C, H, W).
            gradients: Gradients of the tasks' losses (m, N, C, H, W), float32 or wider.
        """

    def forward(self, losses: dict[str, Tensor]) -> Tensor:
        """Return the sum of the losses, which the layers behind the shared maps minimize."""
        return torch.stack(list(losses.values())).sum()


def gramian_in(measured: Measured) -> Tensor:
    """Return the Gramian of an update.

    Raises:
        ValueError: When none was measured.
    """
    if measured.gramian is None:
        raise ValueError('the balancer consumes a Gramian, but none was measured')
    return measured.gramian


def gramian_of_trace(gramian: Tensor, trace: float) -> Tensor:
    """Scale a Gramian to a trace."""
    return gramian * (trace / gramian.trace())


@contextmanager
def drawing_alike() -> Iterator[None]:
    """Give torch's global generator of the CPU the same state in all processes, and its own state back at the end."""
    common = processes.common_generator()
    if common is None:
        yield
        return
    seed = int(torch.randint(2**62, (), generator=common).item())
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(seed)  # torch.manual_seed also sets the generators of all devices
        yield
