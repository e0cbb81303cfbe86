"""Speed of a training step, absolute and relative to the machine's peak."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass

import torch
from mmengine.config import Config
from mmengine.optim import OptimWrapperDict
from mmengine.registry import init_default_scope
from mmengine.runner import Runner
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from mtlbench.analysis.bench import build_bench
from mtlbench.engine.cost import peak_memory_mb
from mtlbench.engine.loops import StreamLoader
from mtlbench.errors import DataError


@dataclass(frozen=True)
class SpeedReport:
    """Medians over the measured steps.

    Args:
        data_s: Seconds to load a batch; NaN without a dataset.
        forward_s: Seconds of forward pass and loss.
        backward_s: Seconds of the backward pass.
        optimizer_s: Seconds of clipping and update.
        gflop: Floating-point operations of forward and backward pass, in 1e9.
        memory_mb: Peak memory of the process, or of the GPU.
        peak_gflops: Best rate (GFLOP/s) of a large square matrix product, with the same process, threads, device and
            dtype.
    """

    data_s: float
    forward_s: float
    backward_s: float
    optimizer_s: float
    gflop: float
    memory_mb: float
    peak_gflops: float

    @property
    def step_s(self) -> float:
        """Seconds of a step without loading its batch."""
        return self.forward_s + self.backward_s + self.optimizer_s

    @property
    def share_of_peak(self) -> float:
        """Achieved rate relative to the matrix-product peak, in 0..1."""
        return self.gflop / self.step_s / self.peak_gflops


def measure_step(cfg: Config, size: tuple[int, int], batch_size: int, steps: int, dtype: torch.dtype) -> SpeedReport:
    """Time training steps of a composed config on this machine's device, with images of the given size.

    Args:
        cfg: Composed config; its network starts from random weights.
        size: Height and width of the images.
        batch_size: Number of images per step and stream.
        steps: Number of measured steps, after two for warm-up.
        dtype: ``torch.float32``, or the autocast dtype.
    """
    bench = build_bench(cfg, size, batch_size)
    learner = bench.learner
    wrappers = list(bench.wrapper.values()) if isinstance(bench.wrapper, OptimWrapperDict) else [bench.wrapper]
    autocast = nullcontext() if dtype is torch.float32 else torch.autocast(bench.device.type, dtype)
    clock = _Clock(bench.device)

    def step() -> None:
        data = learner.data_preprocessor(bench.streams, True)
        with clock.phase('forward'), autocast:
            loss, _ = learner.parse_losses(learner(**data, mode='loss'))
        with clock.phase('backward'):
            loss.backward()
        with clock.phase('optimizer'):
            nn.utils.clip_grad_norm_(learner.parameters(), 10.0)
            for wrapper in wrappers:
                wrapper.optimizer.step()
                wrapper.optimizer.zero_grad()

    with FlopCounterMode(display=False) as counter:
        step()
    step()
    clock.clear()
    for _ in range(steps):
        step()
    return SpeedReport(
        data_s=measure_loading(cfg, steps),
        forward_s=clock.median('forward'),
        backward_s=clock.median('backward'),
        optimizer_s=clock.median('optimizer'),
        gflop=counter.get_total_flops() / 1e9,
        memory_mb=peak_memory_mb(),
        peak_gflops=matrix_peak_gflops(bench.device, dtype),
    )


def measure_loading(cfg: Config, batches: int) -> float:
    """Measure the median seconds for a batch of every stream from the config's loaders; NaN without data."""
    init_default_scope(cfg.default_scope)
    try:
        nodes = {name: dict(node) for name, node in cfg.train_dataloader.items()}
        loaders = {name: Runner.build_dataloader(node, seed=0) for name, node in nodes.items()}
    except DataError:
        return float('nan')
    iterator, times = iter(StreamLoader(loaders)), []
    next(iterator)
    for _ in range(max(batches, 5)):
        start = time.perf_counter()
        next(iterator)
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def matrix_peak_gflops(device: torch.device, dtype: torch.dtype, size: int = 4096, repeats: int = 5) -> float:
    """Measure the best rate of a square matrix product, in GFLOP/s."""
    left, right = (torch.rand(size, size, device=device, dtype=dtype) for _ in range(2))
    clock = _Clock(device)
    for _ in range(repeats + 1):
        with clock.phase('product'):
            left @ right
    return 2 * size**3 / min(clock.times['product'][1:]) / 1e9


class _Clock:
    """Wall time by phase, with synchronization of the device around each."""

    def __init__(self, device: torch.device) -> None:
        self.device = device
        self.times: dict[str, list[float]] = {}

    @contextmanager
    def phase(self, name: str) -> Iterator[None]:
        self._drain()
        start = time.perf_counter()
        yield
        self._drain()
        self.times.setdefault(name, []).append(time.perf_counter() - start)

    def median(self, name: str) -> float:
        return statistics.median(self.times[name])

    def clear(self) -> None:
        self.times.clear()

    def _drain(self) -> None:
        if self.device.type == 'cuda':
            torch.cuda.synchronize(self.device)
