"""How fast a training step is, and what share of the machine it uses."""

from __future__ import annotations

import resource
import statistics
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass

import numpy as np
import torch
from mmengine.config import Config
from mmengine.optim import OptimWrapperDict, build_optim_wrapper
from mmengine.registry import init_default_scope
from mmengine.runner import Runner
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

from mtlbench.engine.allocator import keep_freed_memory
from mtlbench.engine.loops import StreamLoader
from mtlbench.errors import DataError
from mtlbench.registry import MODELS
from mtlbench.structures import FieldKind, MultiTaskSample
from mtlbench.tasks import Task


@dataclass(frozen=True)
class SpeedReport:
    """Medians over the measured steps.

    Args:
        data_s: Seconds to get a batch; NaN where there was no data set to read.
        forward_s: Seconds of forward pass and loss.
        backward_s: Seconds of the backward pass.
        optimizer_s: Seconds of clipping and update.
        gflop: Floating-point operations of forward and backward pass, in 1e9.
        memory_mb: Peak memory of the process, or of the GPU.
        peak_gflops: Best rate of a large square matrix product, same process, threads, device and type.
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
        """Seconds of a step once its batch is there."""
        return self.forward_s + self.backward_s + self.optimizer_s

    @property
    def share_of_peak(self) -> float:
        """Achieved rate over the matrix-product peak, 0..1."""
        return self.gflop / self.step_s / self.peak_gflops


def random_streams(
    cfg: Config, tasks: Mapping[str, Task], batch_size: int, size: tuple[int, int]
) -> dict[str, dict[str, list]]:
    """A batch of noise for each training stream of a composed config, labelled and with neighbours as its data set."""
    nodes = {name: loader.dataset for name, loader in cfg.train_dataloader.items()}
    return {
        name: random_batch(
            {task: tasks[task] for task in node.tasks}, batch_size, size, node.get('neighbour_offsets', ())
        )
        for name, node in nodes.items()
    }


def random_batch(
    tasks: Mapping[str, Task], batch_size: int, size: tuple[int, int], offsets: Sequence[int] = ()
) -> dict[str, list]:
    """A collated batch of noise, as a loader would give it.

    Args:
        tasks: The tasks that it is labelled for.
        batch_size: Pictures.
        size: Height and width.
        offsets: The neighbours, in frames, that each picture has.
    """
    generator = torch.Generator().manual_seed(0)
    height, width = size
    facts = dict(
        intrinsics=np.array([[width, 0, width / 2], [0, width, height / 2], [0, 0, 1]]),
        neighbour_offsets=tuple(offsets),
        img_path='noise',
    )

    def pictures(*count: int) -> Tensor:
        return torch.randint(0, 256, (*count, 3, *size), dtype=torch.uint8, generator=generator)

    samples = []
    for _ in range(batch_size):
        sample = MultiTaskSample(metainfo=facts)
        for name, task in tasks.items():
            sample.set_label(name, _random_label(task.kind, size, generator))
        if offsets:
            sample.neighbours = pictures(len(offsets))
        samples.append(sample)
    return {'inputs': [pictures() for _ in range(batch_size)], 'data_samples': samples}


def _random_label(kind: FieldKind, size: tuple[int, int], generator: torch.Generator) -> Tensor:
    if kind in (FieldKind.IDS, FieldKind.BOUNDARY):
        return torch.randint(0, 2, (1, *size), generator=generator)
    if kind is FieldKind.DIRECTION:
        return nn.functional.normalize(torch.rand((3, *size), generator=generator), dim=0)
    return torch.rand((1, *size), generator=generator) * 79 + 1  # metres


def measure_step(cfg: Config, size: tuple[int, int], batch_size: int, steps: int, dtype: torch.dtype) -> SpeedReport:
    """Time training steps of a composed config on this machine's device, with pictures of the given size.

    Args:
        cfg: The config; its network starts from random weights.
        size: Height and width.
        batch_size: Pictures a step.
        steps: Measured steps, after two to warm up.
        dtype: ``torch.float32``, or the type to autocast to.
    """
    init_default_scope(cfg.default_scope)
    keep_freed_memory()
    device = torch.device('cuda' if torch.cuda.is_available() else 'cpu')
    learner = MODELS.build(cfg.model).to(device).train()
    wrapper = build_optim_wrapper(learner, cfg.optim_wrapper)
    wrappers = list(wrapper.values()) if isinstance(wrapper, OptimWrapperDict) else [wrapper]
    streams = random_streams(cfg, learner.tasks, batch_size, size)
    autocast = nullcontext() if dtype is torch.float32 else torch.autocast(device.type, dtype)
    clock = _Clock(device)

    def step() -> None:
        data = learner.data_preprocessor(streams, True)
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
        peak_gflops=matrix_peak_gflops(device, dtype),
    )


def measure_loading(cfg: Config, batches: int) -> float:
    """Median seconds for a batch of every stream from the config's loaders; NaN where the data is not there."""
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
    """Best rate, in GFLOP/s, of a square matrix product."""
    left, right = (torch.rand(size, size, device=device, dtype=dtype) for _ in range(2))
    clock = _Clock(device)
    for _ in range(repeats + 1):
        with clock.phase('product'):
            left @ right
    return 2 * size**3 / min(clock.times['product'][1:]) / 1e9


def peak_memory_mb() -> float:
    """Most memory held so far: of the GPU where there is one, else of this process."""
    if torch.cuda.is_available():
        return torch.cuda.max_memory_allocated() / 2**20
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**10


def count_gflop(network: nn.Module, size: tuple[int, int]) -> float:
    """Floating-point operations (1e9) of one forward pass over one picture."""
    parameter = next(network.parameters())
    training = network.training
    with torch.no_grad(), FlopCounterMode(display=False) as counter:
        network.eval()(torch.zeros(1, 3, *size, device=parameter.device))
    network.train(training)
    return counter.get_total_flops() / 1e9


class _Clock:
    """Wall time by phase, with the device's queue drained around each."""

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
