"""Small tasks, networks and batches for contracts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from mtlbench.structures import Batch, FieldKind, MultiTaskSample, Predictions
from mtlbench.tasks import Task
from mtlbench.tasks.base import fit

SIZE = (32, 64)


class PlainTask(Task):
    """Regression of a map by its absolute error; pixels below 0 are invalid.

    Args:
        name: Name of the task.
        out_channels: Number of channels of the map.
    """

    kind = FieldKind.HEIGHT
    metric_of_record = 'mae'
    higher_is_better = {'mae': False}

    def __init__(self, name: str, out_channels: int = 1) -> None:
        self.name, self._channels = name, out_channels

    @property
    def out_channels(self) -> int:
        """Number of channels of the map."""
        return self._channels

    def decode(self, prediction: Tensor) -> Tensor:
        """Return the prediction."""
        return prediction.float()

    def valid(self, label: Tensor) -> Tensor:
        """Return the mask of the pixels of 0 or more."""
        return (label >= 0).all(1, keepdim=True)

    def loss(self, prediction: Tensor, label: Tensor) -> Tensor:
        """Return the mean absolute error of the valid pixels, or 0."""
        values, _ = self.losses_by_pixel(prediction, label)
        return values.sum() / self.valid(label).sum().clamp(min=1)

    def losses_by_pixel(self, prediction: Tensor, label: Tensor) -> tuple[Tensor, Tensor]:
        """Return the error of each pixel, and a mask of the pixels with an error below 0.5."""
        valid = self.valid(label)[:, 0]
        errors = ((fit(prediction, label) - label).abs().mean(1)).where(valid, 0)
        return errors, valid & (errors < 0.5)

    def statistics(self, decoded: Tensor, label: Tensor) -> dict[str, Tensor]:
        """Return the sum of the errors and the number of valid pixels."""
        errors, _ = self.losses_by_pixel(decoded, label)
        return {'error': errors.sum(dtype=torch.float64), 'count': self.valid(label).sum(dtype=torch.float64)}

    def scores(self, sums: Mapping[str, Tensor]) -> dict[str, float]:
        """Return the mean absolute error."""
        return {'mae': (sums['error'] / sums['count']).item()}


class PlainNetwork(nn.Module):
    """Two convolutions as encoder, and one convolution per task as decoder.

    Args:
        tasks: Tasks by name.
    """

    def __init__(self, tasks: Mapping[str, Task]) -> None:
        super().__init__()
        self.first = nn.Conv2d(3, 8, 3, stride=2, padding=1)
        self.second = nn.Conv2d(8, 12, 3, stride=2, padding=1)
        self.heads = nn.ModuleDict({name: task.build_head(12) for name, task in tasks.items()})

    @property
    def head_levels(self) -> dict[str, tuple[int, ...]]:
        """Level 0 for every task."""
        return dict.fromkeys(self.heads, (0,))

    def forward(self, images: Tensor, tasks: Sequence[str] | None = None) -> Predictions:
        """Return the predictions of the tasks."""
        return self.decode(self.encode(images), images.shape[-2:], tasks)

    def encode(self, images: Tensor) -> list[Tensor]:
        """Return two maps."""
        fine = F.elu(self.first(images))
        return [fine, F.elu(self.second(fine))]

    def decode(self, features: list[Tensor], size: Sequence[int], tasks: Sequence[str] | None = None) -> Predictions:
        """Return the predictions, resized to the images."""
        names = list(self.heads) if tasks is None else [name for name in self.heads if name in tasks]
        return {
            name: {0: F.interpolate(self.heads[name](features[-1]), tuple(size), mode='bilinear')} for name in names
        }


def plain_batch(tasks: Sequence[str], labeled: Sequence[str], count: int = 2, seed: int = 0) -> Batch:
    """Return images of noise, labeled for some tasks with some invalid pixels.

    Args:
        tasks: Names of all tasks, each with a label of one channel.
        labeled: Names of the tasks with labels.
        count: Number of images.
        seed: Seed of images and labels.
    """
    draw = torch.Generator().manual_seed(seed)
    images = torch.rand(count, 3, *SIZE, generator=draw)
    samples = []
    for _ in range(count):
        sample = MultiTaskSample()
        for name in tasks:
            label = torch.rand(1, *SIZE, generator=draw)
            label[torch.rand(1, *SIZE, generator=draw) < 0.2] = -1
            if name in labeled:
                sample.set_label(name, label)
        samples.append(sample)
    return Batch(images, samples)
