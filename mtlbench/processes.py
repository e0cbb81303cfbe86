"""What the processes that train together know of each other.

Processes average their gradients. A loss that is a mean over samples then has the gradient of one process with all
their batches. One that divides by a number of labeled pixels, or takes the largest error, has it only where that number
is of all processes; :func:`everywhere` makes it so.
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
    """In here all processes compute the same losses in the same order, each of its part of the batch."""
    token = _together.set(dist.is_available() and dist.is_initialized() and dist.get_world_size() > 1)
    try:
        yield
    finally:
        _together.reset(token)


def several() -> bool:
    """Whether other processes compute the same losses."""
    return _together.get()


@contextmanager
def draw_in_common(seed: int) -> Iterator[None]:
    """In here :func:`common_generator` draws the same numbers in all processes, however many there are."""
    token = _common.set(torch.Generator().manual_seed(seed))
    try:
        yield
    finally:
        _common.reset(token)


def common_generator() -> torch.Generator | None:
    """For draws that are not of a sample, on the CPU; None outside of a training loop: torch's own."""
    return _common.get()


def everywhere(part: Tensor) -> Tensor:
    """A tensor of each process, stacked (processes, ...); outside of :func:`together` the own one alone.

    The gradient is that of the own part times the number of processes. So it is right where every process computes the
    same loss from here on, and the gradients of all are averaged.
    """
    if not several():
        return part[None]
    return _Everywhere.apply(part)


def ratio(total: Tensor, count: Tensor) -> Tensor:
    """A total over a count or a sum of weights, both of all processes; 0 where nothing counts."""
    totals, counts = everywhere(torch.stack([total, count.detach().to(total)])).unbind(1)
    divisor = counts.sum()
    return totals.sum() / divisor.where(divisor > 0, 1)


def mean(values: Tensor) -> Tensor:
    """The mean over the values of all processes, however many each has."""
    if not several():
        return values.mean()
    return ratio(values.sum(), values.new_tensor(values.numel()))


def largest(values: Tensor) -> Tensor:
    """The largest of the values of all processes; -inf of none."""
    own = values.amax() if values.numel() else values.new_full((), -torch.inf)
    return everywhere(own).amax()


def counts(own: Sequence[int], device: torch.device) -> list[int]:
    """Numbers of this process, added up over all. Waits for the device, where the processes meet."""
    return everywhere(torch.tensor(own, device=device)).sum(0).tolist() if several() else list(own)


class _Everywhere(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, part: Tensor) -> Tensor:
        """Gather."""
        parts = [torch.empty_like(part) for _ in range(dist.get_world_size())]
        dist.all_gather(parts, part.detach().contiguous())
        return torch.stack(parts)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> Tensor:
        """The own part's share, as if all processes had gone on to one loss."""
        return gradient[dist.get_rank()] * dist.get_world_size()
