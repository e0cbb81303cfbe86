"""One update from the separate gradients of the tasks."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

import torch
import torch._functorch.config
from mmengine.logging import MMLogger
from torch import Tensor, nn

from mtlbench.balancers import Balancer, JacobianBalancer, Measured, WeightedBalancer
from mtlbench.balancing.collected import Collected
from mtlbench.balancing.cycle import Cycle
from mtlbench.balancing.delivery import delivering
from mtlbench.balancing.gradients import BatchGradients
from mtlbench.balancing.gramian import (
    Gradients,
    conflict_of,
    gramian,
    mean_over_processes,
    summed_over_processes,
    wide,
)
from mtlbench.balancing.sums import added, weighted_sum, zeros_of
from mtlbench.errors import ConfigError
from mtlbench.structures.shared_maps import SharedMaps, cut_shared_maps

GRADIENTS_ON = ('maps', 'parameters')


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
        self.conflict: float | None = None
        self._maps, self._collected = SharedMaps(), Collected(balancer.tasks)
        self._warned = False
        # Compiled parts would free what the backward pass of the next task needs.
        torch._functorch.config.donated_buffer = False

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
            losses: Scalar losses by task, in the order of the tasks.
            others: Further scalars, one or more, which are added.

        Raises:
            ConfigError: When the balancer cannot combine the gradients of this network or of accumulated batches.
        """
        parameters = [one for one in self.learner.parameters() if one.requires_grad]
        kind = parameters[0].device.type
        scale = self.cycle.loss_scale if in_half(kind) else 1.0
        with torch.autocast(kind, enabled=False):  # as in a plain backward pass, which runs outside of it
            return self._total(losses, others, parameters, scale)

    def _total(
        self, losses: Mapping[str, Tensor], others: Sequence[Tensor], parameters: Sequence[Tensor], scale: float
    ) -> Tensor:
        further = torch.stack([*others, *self._own_loss(losses)]).sum()
        once = bool(self._maps.given) and self.cycle.batches == 1
        batch = BatchGradients.of(list(losses.values()), further, self._maps, parameters, once, scale)
        measured = Measured.of(losses, self.balancer.tasks)
        self._maps = SharedMaps()
        if self.cycle.batches > 1:
            weights, tensors, combined = self._accumulated(measured, batch)
        elif isinstance(self.balancer, JacobianBalancer):
            weights, tensors = {}, batch.tensors
            combined = batch.on_tensors(combined_on_maps(self.balancer, batch))
        else:
            weights = self._weigh(self._with_gramian(measured, batch))
            tensors = batch.tensors
            combined = batch.on_tensors(weighted_sum([*batch.rows, batch.rest], [*weights.values(), 1.0]))
        values = [further.detach(), *(weights.get(task, 1.0) * loss.detach() for task, loss in losses.items())]
        return delivering(torch.stack(values).sum(), tensors, combined)

    def _own_loss(self, losses: Mapping[str, Tensor]) -> list[Tensor]:
        if not isinstance(self.balancer, WeightedBalancer):
            return []
        found = self.balancer.own_loss({task: loss.detach() for task, loss in losses.items()})
        return [] if found is None else [found]

    def _weigh(self, measured: Measured) -> dict[str, float]:
        if not isinstance(self.balancer, WeightedBalancer):
            raise TypeError(f'{type(self.balancer).__name__} is no WeightedBalancer')
        self.conflict = None if measured.gramian is None else conflict_of(measured.gramian)
        return self.balancer.weigh(measured)

    def _with_gramian(self, measured: Measured, batch: BatchGradients) -> Measured:
        """Add the Gramian over all processes, if the balancer needs it."""
        if self.balancer.consumes == 'losses' or not batch.rows:
            return measured
        if batch.maps.given:
            found = summed_over_processes(gramian(batch.on_maps)).cpu()
            self._warn_if_apart(found)
        else:
            found = self._gramian_on_parameters(batch.rows).cpu()
        return dataclasses.replace(measured, gramian=found)

    def _warn_if_apart(self, found: Tensor) -> None:
        """Warn once if no two tasks have a gradient on the same image."""
        if self._warned or len(found) < 2 or torch.count_nonzero(found) > len(found):
            return
        self._warned = True
        MMLogger.get_current_instance().warning(
            f'{type(self.balancer).__name__}: the tasks have labels on different images, whose maps are apart, so no '
            "conflict can be seen; set model=dict(gradients_on='parameters')"
        )

    def _gramian_on_parameters(self, rows: Sequence[Gradients]) -> Tensor:
        parameters = [one for one in self.learner.parameters() if one.requires_grad]
        inside = {id(one) for one in self.encoder.parameters()}
        places = [
            place
            for place, one in enumerate(parameters)
            if id(one) in inside and sum(row[place] is not None for row in rows) > 1
        ]
        if places:
            return gramian([mean_over_processes([row[place] for place in places]) for row in rows])
        if len(rows) == 1:
            return torch.ones(1, 1, dtype=torch.float64)
        raise ConfigError(
            f'{type(self.balancer).__name__} compares gradients on what the tasks share, but no two tasks train a '
            'parameter of the encoder; use FixedWeights, or train the encoder'
        )

    def _accumulated(
        self, measured: Measured, batch: BatchGradients
    ) -> tuple[dict[str, float], Sequence[Tensor], list[Tensor | None]]:
        """Add a batch to the update; return weights, parameters and their gradients, zeros before the last batch."""
        if isinstance(self.balancer, JacobianBalancer):
            raise ConfigError(
                f'{type(self.balancer).__name__} masks gradients by their sum over the batch, so batches cannot be '
                'accumulated; set optim_wrapper.accumulative_counts=1, or choose another balancer'
            )
        found = self._collected
        found.add(self._with_gramian(measured, batch) if batch.maps.given else measured, batch)
        if not self.cycle.last:
            return {}, batch.parameters, zeros_of([*found.rows, found.rest])
        self._collected = Collected(self.balancer.tasks)
        on_parameters = self.balancer.consumes != 'losses' and found.gramian is None and found.tasks
        total = self._gramian_on_parameters(found.rows).cpu() if on_parameters else None
        weights = self._weigh(found.mean(self.cycle.batches, total))
        return weights, batch.parameters, weighted_sum([*found.rows, found.rest], [*weights.values(), 1.0])


def combined_on_maps(balancer: JacobianBalancer, batch: BatchGradients) -> list[Tensor | None]:
    """Return the balancer's gradients on the maps, and the sums of those of all losses on the parameters.

    Raises:
        ConfigError: When the network has no shared maps.
    """
    if not batch.maps.given:
        raise ConfigError(
            f'{type(balancer).__name__} needs maps that all tasks share, which this network does not have; choose a '
            "balancer that consumes a Gramian, and gradients_on='parameters'"
        )
    combined = weighted_sum([*batch.rows, batch.rest], [1.0] * (len(batch.rows) + 1))
    for place, maps in enumerate(batch.maps.given if batch.rows else []):
        found = [row[place] for row in batch.rows]
        rows = torch.stack([wide(torch.zeros_like(maps) if one is None else one) for one in found])
        combined[place] = added(balancer.combine(maps.detach(), rows), batch.rest[place])
    return combined


def in_half(kind: str) -> bool:
    """Return true under autocast to float16 on a kind of device."""
    return torch.is_autocast_enabled(kind) and torch.get_autocast_dtype(kind) == torch.float16
