"""Gramian of the tasks' gradients."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from mtlbench import processes

Gradients = Sequence[Tensor | None]
"""Gradients with respect to some tensors; None where a loss does not reach the tensor."""


def gramian(gradients: Sequence[Gradients]) -> Tensor:
    """Return the inner products (m, m) of the gradients of m losses, in float64, on the device of the gradients.

    The entries are multiplied in float32 or wider; autocast does not apply.
    """
    by_tensor = list(zip(*gradients, strict=True))
    device = next((one.device for found in by_tensor for one in found if one is not None), torch.device('cpu'))
    sums: dict[tuple[int, ...], Tensor] = {}  # by the rows that have a gradient, whose positions are copied once
    with torch.autocast(device.type, enabled=False):
        for found in by_tensor:
            rows = tuple(row for row, one in enumerate(found) if one is not None)
            if rows:
                products = _products(torch.stack([wide(one).flatten() for one in found if one is not None]))
                sums[rows] = sums[rows] + products if rows in sums else products
    total = torch.zeros(len(gradients), len(gradients), dtype=torch.float64, device=device)
    for rows, products in sums.items():
        index = torch.tensor(rows, device=device)
        total[index[:, None], index] += products
    return total


def conflict_of(gramian: Tensor) -> float | None:
    """Return the share of the pairs of tasks whose gradients have a negative product; None for a single task."""
    count = len(gramian)
    rows, columns = torch.triu_indices(count, count, 1)
    return (gramian[rows, columns] < 0).double().mean().item() if count > 1 else None


def summed_over_processes(own: Tensor) -> Tensor:
    """Return the Gramian on maps over all processes, whose losses are means over processes.

    Each process has the maps of its own samples, so the inner products add up. The mean over W processes divides each
    gradient by W.
    """
    parts = processes.everywhere(own)
    return parts.sum(0) / len(parts) ** 2


def mean_over_processes(gradients: Gradients) -> list[Tensor | None]:
    """Return the means of gradients on parameters over all processes, which the Gramian needs before it multiplies."""
    return [None if one is None else processes.average(one) for one in gradients]


def wide(gradient: Tensor) -> Tensor:
    """Return a gradient in float32 or wider."""
    return gradient if gradient.dtype == torch.float64 else gradient.float()


def _products(rows: Tensor, chunk: int = 2**16) -> Tensor:
    """Return the products of rows (m, n), of chunks in the type of the rows, added in float64."""
    return torch.stack([(part @ part.T).double() for part in rows.split(chunk, dim=1)]).sum(0)
