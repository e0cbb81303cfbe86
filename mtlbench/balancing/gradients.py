"""Gradients of the tasks in one batch, each by itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import cast

import torch
from torch import Tensor
from torch.autograd.graph import GradientEdge

from mtlbench.balancing.gramian import Gradients
from mtlbench.balancing.layers import SharedConvolutions
from mtlbench.balancing.sums import summed
from mtlbench.structures.shared_maps import SharedMaps


@dataclass(frozen=True)
class BatchGradients:
    """Gradients of one batch on the shared maps, and on the parameters that a loss reaches without them.

    Args:
        maps: Shared maps.
        parameters: Parameters that are trained, except those of the convolutions.
        rows: Gradients of each task's loss on the maps, then on the parameters, then on the outputs of convolutions.
        rest: Gradients of the terms of no task.
        convolutions: Convolutions whose weights are differentiated once, for the combined gradient.
        scale: Factor of the losses while they are differentiated.
    """

    maps: SharedMaps
    parameters: Sequence[Tensor]
    rows: list[Gradients]
    rest: Gradients
    convolutions: SharedConvolutions = field(default_factory=SharedConvolutions)
    scale: float = 1.0

    @classmethod
    def of(
        cls,
        losses: Sequence[Tensor],
        further: Tensor,
        maps: SharedMaps,
        parameters: Sequence[Tensor],
        weights_once: bool = False,
        scale: float = 1.0,
    ) -> BatchGradients:
        """Differentiate the loss of each task, and the sum of further terms.

        Args:
            losses: Losses of the tasks.
            further: Sum of the terms of no task.
            maps: Shared maps.
            parameters: Parameters that are trained.
            weights_once: Whether only the combined gradient of weights is needed, where that is cheaper.
            scale: Factor of the losses while they are differentiated, against small gradients of zero in float16.
        """
        values = [*losses, further]
        found = SharedConvolutions.of(values, parameters) if weights_once else SharedConvolutions()
        apart = {id(one) for one in found.all_parameters}
        plain = [one for one in parameters if id(one) not in apart]
        *rows, rest = differentiated(values, [*maps.given, *plain, *found.outputs], bool(found.outputs), scale)
        return cls(maps, plain, rows, rest, found, scale)

    @property
    def tensors(self) -> list[Tensor]:
        """Tensors that receive gradients: the maps that the encoder made, and all parameters."""
        return [*self.maps.made, *self.parameters, *self.convolutions.all_parameters]

    @property
    def on_maps(self) -> list[Gradients]:
        """Gradients of the tasks on the maps."""
        return [row[: len(self.maps.given)] for row in self.rows]

    def on_tensors(self, combined: Gradients) -> list[Tensor | None]:
        """Return the gradients of ``tensors``, from the combination of those in ``rows`` and ``rest``."""
        count = len(self.maps.given) + len(self.parameters)
        return [*combined[:count], *self.convolutions.gradients(combined[count:])]

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
        outputs, given = [made for made, _ in pairs], [(self.scale * one).to(made.dtype) for made, one in pairs]
        through = torch.autograd.grad(outputs, self.parameters, given, retain_graph=True, allow_unused=True)
        return summed(direct, [_unscaled(one, self.scale) for one in through])


def differentiated(
    losses: Sequence[Tensor], inputs: Sequence[Tensor | GradientEdge], keep_graph: bool = False, scale: float = 1.0
) -> list[Gradients]:
    """Return the gradients of each loss with respect to all inputs; None where it does not reach."""
    wanted = cast('Sequence[Tensor]', inputs)
    reaching = [place for place, loss in enumerate(losses) if loss.requires_grad]
    found: list[Gradients] = [[None] * len(inputs)] * len(losses)
    for place in reaching:
        kept = keep_graph or place != reaching[-1]
        one = torch.autograd.grad(scale * losses[place], wanted, retain_graph=kept, allow_unused=True)
        found[place] = [_unscaled(gradient, scale) for gradient in one]
    return found


def _unscaled(gradient: Tensor | None, scale: float) -> Tensor | None:
    return gradient if gradient is None or scale == 1 else gradient.float() / scale
