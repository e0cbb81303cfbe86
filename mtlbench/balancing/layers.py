"""Layers whose weights receive their gradient once, from the combined gradient of their output."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn
from torch.autograd.graph import GradientEdge, get_gradient_edge

LAYERS = (nn.Conv2d, nn.Linear, nn.BatchNorm2d)
"""Layers that use their own parameters in their own forward pass only."""


@dataclass(frozen=True)
class LayerCalls:
    """Calls of layers in a forward pass.

    The gradient of a weight is linear in that of the layer's output. So the losses of m tasks need no m gradients of a
    weight: their gradients on the output are combined first.

    Args:
        outputs: Place of each output in the graph.
        parameters: Trained parameters of the layer of each output.
    """

    outputs: list[GradientEdge] = field(default_factory=list)
    parameters: list[list[nn.Parameter]] = field(default_factory=list)

    @property
    def covered(self) -> set[int]:
        """Ids of the parameters of all calls."""
        return {id(one) for parameters in self.parameters for one in parameters}

    def gradients(self, combined: Sequence[Tensor | None]) -> dict[int, Tensor]:
        """Return the gradients of the parameters by their ids, from those of the outputs."""
        found: dict[int, Tensor] = {}
        for output, parameters, gradient in zip(self.outputs, self.parameters, combined, strict=True):
            if gradient is None:
                continue
            own = torch.autograd.grad((output,), parameters, (gradient,), retain_graph=True)
            for parameter, one in zip(parameters, own, strict=True):
                found[id(parameter)] = found[id(parameter)] + one if id(parameter) in found else one
        return found

    def keep(self, layer: nn.Module, inputs: Any, output: Any) -> None:
        """Remember a call; a forward hook."""
        parameters = [one for one in layer.parameters(recurse=False) if one.requires_grad]
        if parameters and isinstance(output, Tensor) and output.requires_grad:
            self.outputs.append(get_gradient_edge(output))
            self.parameters.append(parameters)


@contextmanager
def recorded_layers(network: nn.Module, encoder: nn.Module) -> Iterator[LayerCalls]:
    """Record the calls of the layers of a network outside of its encoder and of compiled parts."""
    found = LayerCalls()
    apart = [encoder, *(one for one in network.modules() if one._compiled_call_impl is not None)]
    inside = {layer for one in apart for layer in one.modules()}
    layers = [one for one in network.modules() if type(one) in LAYERS and one not in inside]
    handles = [layer.register_forward_hook(found.keep) for layer in layers]
    try:
        yield found
    finally:
        for handle in handles:
            handle.remove()
