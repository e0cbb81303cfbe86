"""Equivalents of layers whose dependence on the size of their input exporters capture wrongly."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from mtlbench.export.network import ExportedNetwork


def traceable(network: ExportedNetwork) -> ExportedNetwork:
    """Return a copy of a network, on the CPU, that exporters capture for all sizes of the images."""
    copied = copy.deepcopy(network).cpu().eval()  # copies of traced encoders return to training mode
    equals = _equals()
    for parent in list(copied.modules()):
        for name, child in list(parent.named_children()):
            for kind, equal in equals.items():
                if isinstance(child, kind):
                    setattr(parent, name, equal(child))
    return copied


def _equals() -> dict[type[nn.Module], Callable[[Any], nn.Module]]:
    """Return the replacement of each class of layers."""
    found: dict[type[nn.Module], Callable[[Any], nn.Module]] = {nn.AdaptiveAvgPool2d: MatrixPooling}
    try:
        from timm.layers import Conv2dSame
    except ImportError:
        return found
    return {**found, Conv2dSame: FixedPadding}


class FixedPadding(nn.Module):
    """Convolution of timm with the padding 'same', for inputs whose sides are multiples of its stride.

    The padding is then a constant, but exporters cannot infer that.
    """

    def __init__(self, conv: nn.Conv2d) -> None:
        super().__init__()
        self.weight, self.bias, self.groups = conv.weight, conv.bias, conv.groups
        self.stride, self.dilation = conv.stride, conv.dilation
        self.padding: list[int] = []
        for kernel, dilation, stride in zip(conv.kernel_size, conv.dilation, conv.stride, strict=True):
            total = max((kernel - 1) * dilation + 1 - stride, 0)
            self.padding = [total // 2, total - total // 2, *self.padding]

    def forward(self, features: Tensor) -> Tensor:
        """Return the convolved maps."""
        padded = F.pad(features, self.padding)
        return F.conv2d(padded, self.weight, self.bias, self.stride, 0, self.dilation, self.groups)


class MatrixPooling(nn.Module):
    """Adaptive average pooling as two matrix products; exporters fix the cells of the pooling at one size."""

    def __init__(self, pool: nn.AdaptiveAvgPool2d) -> None:
        super().__init__()
        size = pool.output_size
        self.rows, self.columns = size if isinstance(size, tuple) else (size, size)

    def forward(self, features: Tensor) -> Tensor:
        """Return the pooled maps (N, C, rows, columns)."""
        height, width = features.shape[-2:]
        return _means(height, self.rows, features) @ features @ _means(width, self.columns, features).mT


def _means(length: int, cells: int | None, like: Tensor) -> Tensor:
    """Return the matrix (cells, length) that averages a line within cells; None keeps the line."""
    count = length if cells is None else cells
    cell = torch.arange(count, device=like.device)[:, None]
    place = torch.arange(length, device=like.device)[None]
    start, end = cell * length // count, ((cell + 1) * length + count - 1) // count
    return ((place >= start) & (place < end)).to(like.dtype) / (end - start)
