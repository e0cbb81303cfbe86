"""Adam for the few numbers that a balancer learns, with its state in buffers."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

DECAYS = (0.9, 0.999)
EPSILON = 1e-8


class BufferedAdam(nn.Module):
    """Adam over a vector, of which any part can rest.

    Args:
        size: Length of the vector.
        lr: Learning rate.
        weight_decay: Factor of the vector that is added to its gradient.
    """

    def __init__(self, size: int, lr: float, weight_decay: float = 0.0) -> None:
        super().__init__()
        self.lr, self.weight_decay = lr, weight_decay
        self.means: Tensor
        self.squares: Tensor
        self.steps: Tensor
        for name in ('means', 'squares', 'steps'):
            self.register_buffer(name, torch.zeros(size, dtype=torch.float64))

    def step(self, values: Tensor, rows: Sequence[int], gradient: Tensor) -> Tensor:
        """Return the entries ``rows`` of the vector after a step; other entries keep their moments.

        Args:
            values: The entries (k,).
            rows: Their positions in the vector.
            gradient: Their gradient (k,).
        """
        first, second = DECAYS
        gradient = gradient + self.weight_decay * values
        self.steps[rows] += 1
        self.means[rows] = first * self.means[rows] + (1 - first) * gradient
        self.squares[rows] = second * self.squares[rows] + (1 - second) * gradient.square()
        mean = self.means[rows] / (1 - first ** self.steps[rows])
        square = self.squares[rows] / (1 - second ** self.steps[rows])
        return values - self.lr * mean / (square.sqrt() + EPSILON)
