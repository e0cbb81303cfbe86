"""The pooled products of CCAM, as one matrix product and as the tensor of the paper's text: time and memory."""

from __future__ import annotations

import time
from collections.abc import Callable

from torch import Tensor

from mtlbench.analysis.memory import peak_bytes


def literal_products(first: Tensor, second: Tensor) -> Tensor:
    """Each channel times all channels of the other task, then the mean over the image."""
    return (first[:, :, None] * second[:, None]).mean((3, 4))


def measure(products: Callable[[Tensor, Tensor], Tensor], maps: list[Tensor], rounds: int) -> tuple[float, int, Tensor]:
    """Seconds and bytes of a forward and a backward pass, and the products."""

    def once() -> Tensor:
        result = products(*maps)
        result.sum().backward()
        return result.detach()

    times = []
    for _ in range(rounds):
        start = time.perf_counter()
        once()
        times.append(time.perf_counter() - start)
    for one in maps:
        one.grad = None
    return min(times), peak_bytes(once), once()
