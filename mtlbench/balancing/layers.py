"""Convolutions whose weights receive their gradient once, from the combined gradient of their output."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.autograd.graph import GradientEdge, Node

CONVOLUTION = 'ConvolutionBackward0'


@dataclass(frozen=True)
class SharedConvolutions:
    """Convolutions that two losses or more reach, with parameters that nothing else in the graph uses.

    The gradient of a weight is linear in that of the convolution's output. So the losses of m tasks do not need m
    gradients of a weight: their gradients on the output are combined first.

    Args:
        outputs: Place of the output of each convolution in the graph.
        parameters: Trained parameters of each.
    """

    outputs: Sequence[GradientEdge] = ()
    parameters: Sequence[Sequence[Tensor]] = ()

    @classmethod
    def of(cls, losses: Sequence[Tensor], parameters: Sequence[Tensor]) -> SharedConvolutions:
        """Find the convolutions in the graph of some losses.

        Convolutions whose weights are cast, computed, or used again, and those in compiled parts, are left out.

        Args:
            losses: Losses that are differentiated.
            parameters: Parameters that are trained.
        """
        reached = Counter(node for loss in losses for node in _graph(loss))
        uses = Counter(used for node in reached for used, _ in node.next_functions if used is not None)
        trained = {id(one) for one in parameters}
        found = {
            node: _own_parameters(node, uses, trained)
            for node, count in reached.items()
            if count > 1 and node.name() == CONVOLUTION
        }
        found = {node: own for node, own in found.items() if own}
        return cls([GradientEdge(node, 0) for node in found], list(found.values()))

    @property
    def all_parameters(self) -> list[Tensor]:
        """Parameters of all convolutions."""
        return [one for own in self.parameters for one in own]

    def gradients(self, on_outputs: Sequence[Tensor | None]) -> list[Tensor | None]:
        """Return the gradients of all parameters, from those of the outputs; the graph of a convolution is freed."""
        found: list[Tensor | None] = []
        for output, own, gradient in zip(self.outputs, self.parameters, on_outputs, strict=True):
            found += [None] * len(own) if gradient is None else torch.autograd.grad(output, own, gradient)
        return found


def _graph(loss: Tensor) -> set[Node]:
    """Return all nodes that a loss reaches."""
    found: set[Node] = set()
    waiting = [loss.grad_fn]
    while waiting:
        node = waiting.pop()
        if node is not None and node not in found:
            found.add(node)
            waiting += [following for following, _ in node.next_functions]
    return found


def _own_parameters(node: Node, uses: Counter[Node], trained: Collection[int]) -> list[Tensor]:
    """Return the trained weight and bias of a convolution; nothing if another node uses one, or one is computed."""
    given = [used for used, _ in node.next_functions[1:] if used is not None]
    found = [getattr(used, 'variable', None) for used in given]
    if any(id(one) not in trained for one in found) or any(uses[used] > 1 for used in given):
        return []
    return [one for one in found if one is not None]
