"""Initial weights."""

from __future__ import annotations

from torch import nn


def xavier_normal(module: nn.Module) -> None:
    """Draw the weights of all convolutions in a module from Xavier's normal distribution, and set their biases to 0."""
    for one in module.modules():
        if isinstance(one, nn.Conv2d):
            nn.init.xavier_normal_(one.weight)
            if one.bias is not None:
                nn.init.zeros_(one.bias)
