"""One update from the separate gradients of the tasks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

import torch
from torch import Tensor, nn

from mtlbench.balancers import Balancer, JacobianBalancer, Measured, WeightedBalancer
from mtlbench.balancing.cycle import Cycle
from mtlbench.balancing.delivery import delivering
from mtlbench.balancing.gramian import Gradients, gramian, mean_over_processes, summed_over_processes
from mtlbench.errors import ConfigError
from mtlbench.structures.shared_maps import SharedMaps, cut_shared_maps

GRADIENTS_ON = ('maps', 'parameters')
HALF_SCALE = 2.0**16
"""Factor of the losses in float16, whose gradients on maps would otherwise be rounded to zero."""


@dataclass
class Collected:
    """Sums over the batches of an update.

    Args:
        gradients: Gradients of each task's loss on the parameters.
        rest: Gradients of the terms of no task.
        losses: Losses by task, means over the processes.
        gramian: Gramian on maps over all tasks of the network, None if not measured.
    """

    gradients: dict[str, list[Tensor | None]] = field(default_factory=dict)
    rest: list[Tensor | None] = field(default_factory=list)
    losses: dict[str, Tensor] = field(default_factory=dict)
    gramian: Tensor | None = None


class SeparateGradients:
    """Differentiate the loss of each task by itself, and combine the gradients as a balancer says.

    The network is cut at its shared maps, so the losses are differentiated back to these maps and to all parameters
    that they reach without the encoder. The result is a scalar whose backward pass delivers the combined gradients to
    the parameters and to the encoder. Gradients on parameters need no cut. With accumulated batches, the gradients of
    the tasks are added up, and combined with the last batch, so the update is that of one large batch.

    Args:
        balancer: Balancer that gives weights, or combines gradients on maps.
        learner: Module with all parameters.
        encoder: Part whose parameters the tasks share.
        on: Where gradients are compared: ``'maps'``, or ``'parameters'`` that two tasks or more reach. Networks without
            shared maps use parameters.

    Attributes:
        cycle: Batches that form the update; set before each batch.
        conflict: Share of the pairs of tasks whose gradients pointed in opposite directions in the last update; None if
            not measured.
    """

    def __init__(self, balancer: Balancer, learner: nn.Module, encoder: nn.Module, on: str = 'maps') -> None:
        self.balancer, self.learner, self.encoder, self.on = balancer, learner, encoder, on
        self.cycle = Cycle()
        self._maps, self._collected = SharedMaps(), Collected()
        self.conflict: float | None = None

    @contextmanager
    def recording(self) -> Iterator[None]:
        """Record the shared maps of everything that the network computes inside."""
        self._maps = SharedMaps()
        if self.on == 'parameters' or self.balancer.consumes == 'losses':
            yield
            return
        with cut_shared_maps() as self._maps:
            yield

    def total(self, losses: Mapping[str, Tensor], others: Sequence[Tensor]) -> Tensor:
        """Return the scalar to minimize.

        Args:
            losses: Scalar losses by task.
            others: Further scalars, one or more, which are added.

        Raises:
            ConfigError: When the balancer cannot combine the gradients of this network or of accumulated batches.
        """
        losses = {task: losses[task] for task in self.balancer.tasks if task in losses}
        parameters = [one for one in self.learner.parameters() if one.requires_grad]
        further = torch.stack([*others, *self._own_loss(losses)]).sum()
        found = _differentiated([*losses.values(), further], [*self._maps.given, *parameters])
        *gradients, rest = found
        if self.cycle.batches > 1:
            weights, combined = self._accumulated(losses, gradients, rest, parameters)
            tensors: list[Tensor] = list(parameters)
        else:
            weights, combined = self._combined(losses, gradients, rest)
            tensors = [*self._maps.made, *parameters]
        values = [further.detach(), *(weights.get(task, 1.0) * loss.detach() for task, loss in losses.items())]
        return delivering(torch.stack(values).sum(), tensors, combined)

    def _own_loss(self, losses: Mapping[str, Tensor]) -> list[Tensor]:
        if not isinstance(self.balancer, WeightedBalancer):
            return []
        found = self.balancer.own_loss({task: loss.detach() for task, loss in losses.items()})
        return [] if found is None else [found]

    def _combined(
        self, losses: Mapping[str, Tensor], gradients: Sequence[Gradients], rest: Gradients
    ) -> tuple[dict[str, float], list[Tensor | None]]:
        """Return the weights, and the combined gradients on maps and parameters."""
        if isinstance(self.balancer, JacobianBalancer):
            return dict.fromkeys(losses, 1.0), self._jacobian(self.balancer, gradients, rest)
        weights = self._weigh(Measured.of(losses, self.balancer.tasks), self._gramian(gradients))
        return weights, weighted_sum([*gradients, rest], [*weights.values(), 1.0])

    def _weigh(self, measured: Measured, found: Tensor | None) -> dict[str, float]:
        found = None if found is None else found.cpu()
        self.conflict = None if found is None else conflict_of(found)
        if not isinstance(self.balancer, WeightedBalancer):
            raise TypeError(f'{type(self.balancer).__name__} is no WeightedBalancer')
        return self.balancer.weigh(Measured(measured.tasks, measured.losses, found))

    def _gramian(self, gradients: Sequence[Gradients]) -> Tensor | None:
        """Return the Gramian over all processes; None if the balancer needs none."""
        if self.balancer.consumes == 'losses' or not gradients:
            return None
        count = len(self._maps.given)
        if count:
            return summed_over_processes(gramian([one[:count] for one in gradients]))
        return self._gramian_on_parameters(gradients)

    def _gramian_on_parameters(self, gradients: Sequence[Gradients]) -> Tensor:
        parameters = [one for one in self.learner.parameters() if one.requires_grad]
        inside = {id(one) for one in self.encoder.parameters()}
        places = [
            place
            for place, one in enumerate(parameters)
            if id(one) in inside and sum(found[place] is not None for found in gradients) > 1
        ]
        if not places and len(gradients) > 1:
            raise ConfigError(
                f'{type(self.balancer).__name__} compares gradients on what the tasks share, but no two tasks train a '
                'parameter of the encoder; use FixedWeights, or train the encoder'
            )
        shared = [mean_over_processes([one[place] for place in places]) for one in gradients]
        return gramian(shared) if places else torch.ones(1, 1, dtype=torch.float64)

    def _jacobian(
        self, balancer: JacobianBalancer, gradients: Sequence[Gradients], rest: Gradients
    ) -> list[Tensor | None]:
        if not self._maps.given:
            raise ConfigError(
                f'{type(balancer).__name__} needs maps that all tasks share, which this network does not have; '
                "choose a balancer that consumes a Gramian, and gradients_on='parameters'"
            )
        combined = weighted_sum([*gradients, rest], [1.0] * (len(gradients) + 1))
        for place, maps in enumerate(self._maps.given):
            rows = [maps.new_zeros(maps.shape) if one[place] is None else one[place] for one in gradients]
            found = balancer.combine(maps.detach(), torch.stack(rows)) if rows else None  # type: ignore[arg-type]
            combined[place] = added(found, rest[place])
        return combined

    def _accumulated(
        self,
        losses: Mapping[str, Tensor],
        gradients: Sequence[Gradients],
        rest: Gradients,
        parameters: Sequence[Tensor],
    ) -> tuple[dict[str, float], list[Tensor | None]]:
        """Add a batch to the update; return weights and gradients on the parameters, zeros before the last batch."""
        if isinstance(self.balancer, JacobianBalancer):
            raise ConfigError(
                f'{type(self.balancer).__name__} masks gradients by their sum over the batch, so batches cannot be '
                'accumulated; set optim_wrapper.accumulative_counts=1, or choose another balancer'
            )
        self._collect(losses, gradients, rest, parameters)
        found = self._collected
        if not self.cycle.last:
            first = next(one for one in (*found.gradients.values(), found.rest) if any(g is not None for g in one))
            return dict.fromkeys(losses, 1.0), _one_zero(first)
        self._collected = Collected()
        count = self.cycle.batches
        tasks = tuple(task for task in self.balancer.tasks if task in found.losses)
        mean = Measured(tasks, torch.stack([found.losses[task] for task in tasks]) / count)
        weights = self._weigh(mean, self._collected_gramian(found, tasks, count))
        rows = [*(found.gradients[task] for task in tasks), found.rest]
        return weights, weighted_sum(rows, [*weights.values(), 1.0])

    def _collected_gramian(self, found: Collected, tasks: Sequence[str], count: int) -> Tensor | None:
        if self.balancer.consumes == 'losses':
            return None
        if found.gramian is None:
            return self._gramian_on_parameters([found.gradients[task] for task in tasks]) / count**2
        rows = [self.balancer.tasks.index(task) for task in tasks]
        return found.gramian[rows][:, rows] / count**2

    def _collect(
        self,
        losses: Mapping[str, Tensor],
        gradients: Sequence[Gradients],
        rest: Gradients,
        parameters: Sequence[Tensor],
    ) -> None:
        found, count = self._collected, len(self._maps.given)
        if count:
            rows = torch.tensor([self.balancer.tasks.index(task) for task in losses])
            size = len(self.balancer.tasks)
            own = self._gramian(gradients)
            if found.gramian is None:
                found.gramian = torch.zeros(size, size, dtype=torch.float64)
            if own is not None:
                found.gramian[rows[:, None], rows] += own.cpu()
        for task, loss in zip(losses, Measured.of(losses, self.balancer.tasks).losses, strict=True):
            found.losses[task] = found.losses[task] + loss if task in found.losses else loss
        for task, one in zip(losses, gradients, strict=True):
            found.gradients[task] = _sum(found.gradients.get(task), self._pushed(one, parameters))
        found.rest = _sum(found.rest or None, self._pushed(rest, parameters))

    def _pushed(self, gradients: Gradients, parameters: Sequence[Tensor]) -> list[Tensor | None]:
        """Return the gradients on the parameters, with those on the shared maps pushed through the encoder."""
        count = len(self._maps.given)
        pairs = [(made, one) for made, one in zip(self._maps.made, gradients[:count], strict=True) if one is not None]
        direct = list(gradients[count:])
        if not pairs:
            return direct
        outputs, given = [made for made, _ in pairs], [one.to(made.dtype) for made, one in pairs]
        through = torch.autograd.grad(outputs, parameters, given, retain_graph=True, allow_unused=True)
        return _sum(direct, list(through))


def conflict_of(gramian: Tensor) -> float | None:
    """Return the share of the pairs of tasks whose gradients have a negative product; None for a single task."""
    count = len(gramian)
    rows, columns = torch.triu_indices(count, count, 1)
    return (gramian[rows, columns] < 0).double().mean().item() if count > 1 else None


def weighted_sum(rows: Sequence[Gradients], weights: Sequence[float]) -> list[Tensor | None]:
    """Return the weighted sums of gradients, tensor by tensor; None where no row has one."""
    combined: list[Tensor | None] = []
    for found in zip(*rows, strict=True):
        parts = [weight * one for weight, one in zip(weights, found, strict=True) if one is not None]
        combined.append(torch.stack(parts).sum(0) if len(parts) > 1 else parts[0] if parts else None)
    return combined


def added(one: Tensor | None, other: Tensor | None) -> Tensor | None:
    """Return the sum of two gradients, of which each may be missing."""
    return other if one is None else one if other is None else one + other


def _sum(one: Gradients | None, other: Gradients) -> list[Tensor | None]:
    return list(other) if one is None else [added(*pair) for pair in zip(one, other, strict=True)]


def _one_zero(gradients: Gradients) -> list[Tensor | None]:
    """Return zeros in place of the first gradient, so that the backward pass of a batch has something to deliver."""
    first = next(place for place, one in enumerate(gradients) if one is not None)
    return [
        torch.zeros_like(one) if place == first and one is not None else None for place, one in enumerate(gradients)
    ]


def _differentiated(losses: Sequence[Tensor], inputs: Sequence[Tensor]) -> list[Gradients]:
    """Return the gradients of each loss with respect to all inputs; None where it does not reach."""
    reaching = [place for place, loss in enumerate(losses) if loss.requires_grad]
    found: list[Gradients] = [[None] * len(inputs)] * len(losses)
    scale = HALF_SCALE if _in_half(inputs) else 1.0
    for place in reaching:
        kept = place != reaching[-1]
        one = torch.autograd.grad(scale * losses[place], inputs, retain_graph=kept, allow_unused=True)
        found[place] = [_unscaled(gradient, scale) for gradient in one]
    return found


def _unscaled(gradient: Tensor | None, scale: float) -> Tensor | None:
    return gradient if gradient is None or scale == 1 else gradient.float() / scale


def _in_half(inputs: Sequence[Tensor]) -> bool:
    kind = inputs[0].device.type
    return torch.is_autocast_enabled(kind) and torch.get_autocast_dtype(kind) == torch.float16
