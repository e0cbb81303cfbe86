"""Benchmark of training steps: the learner of a config, with batches of noise instead of data."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from mmengine.config import Config
from mmengine.optim import OptimWrapper, OptimWrapperDict, build_optim_wrapper
from mmengine.registry import init_default_scope
from torch import Tensor

from mtlbench.engine.allocator import keep_freed_memory
from mtlbench.learner import Learner
from mtlbench.registry import MODELS
from mtlbench.structures import MultiTaskSample
from mtlbench.tasks import Task


@dataclass(frozen=True)
class Bench:
    """Learner, optimizer and batches for training steps without a dataset.

    Args:
        learner: Learner in training mode, with random weights, on this machine's device.
        wrapper: Optimizer of the learner.
        streams: One batch of noise per stream.
        device: Device of the learner.
    """

    learner: Learner
    wrapper: OptimWrapper | OptimWrapperDict
    streams: dict[str, dict[str, list]]
    device: torch.device

    def step(self) -> None:
        """Make a training step."""
        self.learner.train_step(self.streams, self.wrapper)

    def seconds(self, run: Callable[[], None]) -> float:
        """Measure the seconds of a call: processor time on a CPU, wall time on a GPU."""
        # Processor time excludes other work on the machine, but does not include a GPU's time.
        clock = time.perf_counter if self.device.type == 'cuda' else time.process_time
        self.wait()
        start = clock()
        run()
        self.wait()
        return clock() - start

    def in_turn(self, runs: Sequence[Callable[[], None]], rounds: int) -> list[tuple[float, ...]]:
        """Measure the seconds of calls in turn, so that other work on the machine disturbs all alike.

        Returns:
            Seconds of the calls, by round.
        """
        return [tuple(self.seconds(run) for run in runs) for _ in range(rounds)]

    def wait(self) -> None:
        """Wait for the queue of the device."""
        if self.device.type == 'cuda':
            torch.cuda.synchronize(self.device)


def build_bench(cfg: Config, size: tuple[int, int], batch_size: int) -> Bench:
    """Build the benchmark of a composed config.

    Args:
        cfg: Composed config.
        size: Height and width of the images.
        batch_size: Number of images of every stream.
    """
    init_default_scope(cfg.default_scope)
    keep_freed_memory()
    device = torch.device('cuda' if torch.cuda.is_available() else 'cpu')
    learner = MODELS.build(cfg.model).to(device).train()
    wrapper = build_optim_wrapper(learner, cfg.optim_wrapper)
    return Bench(learner, wrapper, random_streams(cfg, learner.tasks, batch_size, size), device)


def random_streams(
    cfg: Config, tasks: Mapping[str, Task], batch_size: int, size: tuple[int, int]
) -> dict[str, dict[str, list]]:
    """Create a batch of noise for each training stream of a config, with the labels and neighbors of its dataset."""
    nodes = {name: loader.dataset for name, loader in cfg.train_dataloader.items()}
    return {
        name: random_batch(
            {task: tasks[task] for task in node.tasks}, batch_size, size, node.get('neighbor_offsets', ())
        )
        for name, node in nodes.items()
    }


def random_batch(
    tasks: Mapping[str, Task], batch_size: int, size: tuple[int, int], offsets: Sequence[int] = ()
) -> dict[str, list]:
    """Create a collated batch of noise, as a loader does.

    Args:
        tasks: Tasks to label.
        batch_size: Number of images.
        size: Height and width of the images.
        offsets: Offsets, in frames, of the neighbors of each image.
    """
    generator = torch.Generator().manual_seed(0)
    height, width = size
    facts = dict(
        intrinsics=np.array([[width, 0, width / 2], [0, width, height / 2], [0, 0, 1]]),
        neighbor_offsets=tuple(offsets),
        img_path='noise',
    )

    def images(*count: int) -> Tensor:
        return torch.randint(0, 256, (*count, 3, *size), dtype=torch.uint8, generator=generator)

    samples = []
    for _ in range(batch_size):
        sample = MultiTaskSample(metainfo=facts)
        for name, task in tasks.items():
            sample.set_label(name, task.kind.random(size, task.label_channels, generator))
        if offsets:
            sample.neighbors = images(len(offsets))
        samples.append(sample)
    return {'inputs': [images() for _ in range(batch_size)], 'data_samples': samples}
