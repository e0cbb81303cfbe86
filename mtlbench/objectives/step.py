"""What an objective sees of one training step."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import torch
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

    def clean_images(self) -> Tensor:
        """The pictures (N, 3, H, W) in [0, 1] before any change of their colours."""
        if not any('clean_image' in sample for sample in self.samples):
            return self.images
        kept = [sample.get('clean_image') for sample in self.samples]
        return torch.stack(
            [image if clean is None else _scaled(clean) for image, clean in zip(self.images, kept, strict=True)]
        )

    def neighbours(self, offset: int, clean: bool = False) -> Tensor:
        """The video frames (N, 3, H, W) in [0, 1] that come ``offset`` frames later.

        Args:
            offset: Negative for an earlier frame.
            clean: Whether before any change of their colours.

        Raises:
            ConfigError: When a sample has no such frame.
        """
        frames = []
        for sample in self.samples:
            offsets = list(sample.get('neighbour_offsets', ()))
            if offset not in offsets:
                raise ConfigError(
                    f'the frame {offset:+d} from {sample.get("img_path")} is needed, but its dataset gives '
                    f'{offsets or "none"}; set neighbour_offsets and require_neighbours=True of that dataset'
                )
            name = 'clean_neighbours' if clean and 'clean_neighbours' in sample else 'neighbours'
            frames.append(sample.get(name)[offsets.index(offset)])
        return _scaled(torch.stack(frames).contiguous(memory_format=torch.channels_last))

    def intrinsics(self) -> Tensor:
        """Intrinsics (N, 3, 3) float32 of the pictures."""
        matrices = [torch.as_tensor(sample.get('intrinsics'), dtype=torch.float32) for sample in self.samples]
        return torch.stack(matrices).to(self.images.device)


def _scaled(pictures: Tensor) -> Tensor:
    return pictures.float() / 255


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
