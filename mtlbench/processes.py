"""Sums, means and extremes over all processes of a distributed training.

Processes average their gradients. The gradient of a loss that is a mean over samples then equals that of one process
with all batches. A loss that divides by a number of labeled pixels or uses the largest error has this property only if
the number or the error covers all processes; the functions of this module, based on :func:`everywhere`, provide them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor

_together: ContextVar[bool] = ContextVar('together', default=False)
_common: ContextVar[torch.Generator | None] = ContextVar('common', default=None)


@contextmanager
def together() -> Iterator[None]:
    """Declare that all processes compute the same losses in the same order, each for its part of the batch."""
    token = _together.set(dist.is_available() and dist.is_initialized() and dist.get_world_size() > 1)
    try:
        yield
    finally:
        _together.reset(token)


def several() -> bool:
    """Return true if other processes compute the same losses."""
    return _together.get()


@contextmanager
def draw_in_common(seed: int) -> Iterator[None]:
    """Make :func:`common_generator` draw the same numbers in all processes, independent of their number."""
    token = _common.set(torch.Generator().manual_seed(seed))
    try:
        yield
    finally:
        _common.reset(token)


@contextmanager
def draw_again() -> Iterator[None]:
    """Repeat all draws since torch was seeded, which the training loop does before each batch."""
    common = _common.get()
    devices = [torch.cuda.current_device()] if torch.cuda.is_initialized() else []
    with torch.random.fork_rng(devices):
        torch.manual_seed(torch.initial_seed())
        if common is not None:
            common.manual_seed(common.initial_seed())
        yield


def common_generator() -> torch.Generator | None:
    """Return the CPU generator for draws that do not belong to a sample; None (torch's default) outside of training."""
    return _common.get()


def everywhere(part: Tensor) -> Tensor:
    """Stack the tensors of all processes (processes, ...); outside of :func:`together`, only the given one.

    The backward pass returns the gradient of this process's part times the number of processes. This is correct if all
    processes compute the same loss from the result and their gradients are averaged.
    """
    if not several():
        return part[None]
    return _Everywhere.apply(part)


def ratio(total: Tensor, count: Tensor) -> Tensor:
    """Divide a total by a count or sum of weights, both over all processes; return 0 for a count of 0."""
    totals, counts = everywhere(torch.stack([total, count.detach().to(total)])).unbind(1)
    divisor = counts.sum()
    return totals.sum() / divisor.where(divisor > 0, 1)


def mean(values: Tensor) -> Tensor:
    """Return the mean over the values of all processes, which may differ in number."""
    if not several():
        return values.mean()
    return ratio(values.sum(), values.new_tensor(values.numel()))


def average(own: Tensor) -> Tensor:
    """Return the mean of a tensor over all processes, without gradient."""
    if not several():
        return own.detach()
    total = own.detach().clone()
    dist.all_reduce(total)
    return total / dist.get_world_size()


def largest(values: Tensor) -> Tensor:
    """Return the largest value of all processes; -inf without values."""
    own = values.amax() if values.numel() else values.new_full((), -torch.inf)
    return everywhere(own).amax()


def counts(own: Sequence[int], device: torch.device) -> list[int]:
    """Sum numbers over all processes; with several processes this waits for the device."""
    return everywhere(torch.tensor(own, device=device)).sum(0).tolist() if several() else list(own)


class _Everywhere(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, part: Tensor) -> Tensor:
        """Gather the parts of all processes."""
        parts = [torch.empty_like(part) for _ in range(dist.get_world_size())]
        dist.all_gather(parts, part.detach().contiguous())
        return torch.stack(parts)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> Tensor:
        """Return the gradient of this process's part, scaled by the number of processes."""
        return gradient[dist.get_rank()] * dist.get_world_size()
