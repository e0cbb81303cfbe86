"""Gradients of the tasks in one batch, each by itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.autograd.graph import GradientEdge

from mtlbench.balancing.gramian import Gradients
from mtlbench.balancing.layers import LayerCalls
from mtlbench.balancing.sums import summed, weighted_sum
from mtlbench.structures.shared_maps import SharedMaps

HALF_SCALE = 2.0**16
"""Factor of the losses in float16, whose gradients on maps would otherwise be rounded to zero."""


@dataclass(frozen=True)
class BatchGradients:
    """Gradients of one batch on the shared maps, and on the parameters that a loss reaches without them.

    Args:
        maps: Shared maps.
        parameters: Parameters that are trained.
        calls: Calls of layers whose parameters receive their gradient through their outputs.
        rows: Gradients of each task's loss on the maps, on the other parameters, and on the outputs of the layers.
        rest: Gradients of the terms of no task on the maps and on all parameters.
    """

    maps: SharedMaps
    parameters: Sequence[Tensor]
    calls: LayerCalls
    rows: list[Gradients]
    rest: Gradients

    @classmethod
    def of(
        cls,
        losses: Sequence[Tensor],
        further: Tensor,
        maps: SharedMaps,
        parameters: Sequence[Tensor],
        calls: LayerCalls,
    ) -> BatchGradients:
        """Differentiate the loss of each task, and the sum of further terms."""
        (rest,) = differentiated([further], [*maps.given, *parameters])
        direct = [one for one in parameters if id(one) not in calls.covered]
        rows = differentiated(losses, [*maps.given, *direct, *calls.outputs])
        return cls(maps, parameters, calls, rows, rest)

    @property
    def tensors(self) -> list[Tensor]:
        """Tensors that the gradients of an update belong to: the maps that the encoder made, and the parameters."""
        return [*self.maps.made, *self.parameters]

    @property
    def on_maps(self) -> list[Gradients]:
        """Gradients of the tasks on the maps."""
        return [row[: len(self.maps.given)] for row in self.rows]

    def combined(self, weights: Sequence[float]) -> list[Tensor | None]:
        """Return the weighted sum of the gradients of the tasks, plus those of the rest, on :attr:`tensors`."""
        if not self.rows:
            return list(self.rest)
        total = weighted_sum(self.rows, weights)
        end = len(total) - len(self.calls.outputs)
        layers, found = self.calls.gradients(total[end:]), iter(total[:end])
        maps = [next(found) for _ in self.maps.given]
        own = [layers.get(id(one)) if id(one) in self.calls.covered else next(found) for one in self.parameters]
        return summed([*maps, *own], self.rest)

    def through_encoder(self) -> tuple[list[list[Tensor | None]], list[Tensor | None]]:
        """Return the gradients of the tasks and of the rest on the parameters, with those on the maps pushed on."""
        *rows, rest = [self._pushed(row) for row in (*self.rows, self.rest)]
        return rows, rest

    def _pushed(self, gradients: Gradients) -> list[Tensor | None]:
        count = len(self.maps.given)
        pairs = [(made, one) for made, one in zip(self.maps.made, gradients[:count], strict=True) if one is not None]
        direct = list(gradients[count:])
        if not pairs:
            return direct
        outputs, given = [made for made, _ in pairs], [one.to(made.dtype) for made, one in pairs]
        through = torch.autograd.grad(outputs, self.parameters, given, retain_graph=True, allow_unused=True)
        return summed(direct, through)


def differentiated(losses: Sequence[Tensor], inputs: Sequence[Tensor | GradientEdge]) -> list[Gradients]:
    """Return the gradients of each loss with respect to all inputs; None where it does not reach."""
    found: list[Gradients] = []
    for loss in losses:
        if not loss.requires_grad:
            found.append([None] * len(inputs))
            continue
        scale = HALF_SCALE if _in_half(loss.device.type) else 1.0
        one = torch.autograd.grad(scale * loss, list(inputs), retain_graph=True, allow_unused=True)  # type: ignore[arg-type]
        found.append([_unscaled(gradient, scale) for gradient in one])
    return found


def _unscaled(gradient: Tensor | None, scale: float) -> Tensor | None:
    return gradient if gradient is None or scale == 1 else gradient.float() / scale


def _in_half(device: str) -> bool:
    return torch.is_autocast_enabled(device) and torch.get_autocast_dtype(device) == torch.float16
