"""What an objective sees of one training step."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from torch import Tensor, nn

from mtlbench.errors import ConfigError
from mtlbench.structures import MultiTaskSample
from mtlbench.tasks import Task

Predictions = dict[str, dict[int, Tensor]]


@dataclass
class Batch:
    """One stream's pictures (N, 3, H, W), RGB in [0, 1], and their samples."""

    images: Tensor
    samples: list[MultiTaskSample]

    def labelled(self, task: str) -> tuple[list[int], list[Tensor]]:
        """Positions of the samples labelled for a task, and their labels (C, H, W)."""
        where = [i for i, sample in enumerate(self.samples) if sample.has_label(task)]
        return where, [self.samples[i].label(task) for i in where]


@dataclass
class Step:
    """The batches of one step by stream, and the network's predictions, computed once a stream.

    Args:
        network: ``forward(images) -> {task: {level: prediction}}``.
        tasks: The tasks by name.
        batches: The batches by stream.
    """

    network: nn.Module
    tasks: Mapping[str, Task]
    batches: Mapping[str, Batch]
    _predictions: dict[str, Predictions] = field(default_factory=dict)

    def batch(self, stream: str) -> Batch:
        """The batch of a stream.

        Raises:
            ConfigError: When no loader feeds that stream.
        """
        if stream not in self.batches:
            raise ConfigError(
                f"an objective reads the stream '{stream}', but train_dataloader has {list(self.batches)}"
            )
        return self.batches[stream]

    def predictions(self, stream: str) -> Predictions:
        """The network's predictions for a stream, shared by all objectives."""
        if stream not in self._predictions:
            self._predictions[stream] = self.network(self.batch(stream).images)
        return self._predictions[stream]
