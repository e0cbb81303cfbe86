"""Time and memory of CCAM's pooled products, as one matrix product and as the tensor in the paper's text."""

from __future__ import annotations

import time
from collections.abc import Callable

from torch import Tensor

from mtlbench.analysis.memory import peak_bytes


def literal_products(first: Tensor, second: Tensor) -> Tensor:
    """Multiply each channel by all channels of the other task, then average over the image."""
    return (first[:, :, None] * second[:, None]).mean((3, 4))


def measure(products: Callable[[Tensor, Tensor], Tensor], maps: list[Tensor], rounds: int) -> tuple[float, int, Tensor]:
    """Measure seconds and bytes of a forward and a backward pass, and return them with the products."""

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
