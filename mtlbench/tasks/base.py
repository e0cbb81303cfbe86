"""The contract of a task: everything particular to it stands in its one class."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from mtlbench.errors import ConfigError
from mtlbench.structures import IGNORE_INDEX, FieldKind


class Task(ABC):
    """Output channels, codec, loss, metrics and drawing of one task.

    *Prediction* is what the network puts out (N, ``out_channels``, h, w). *Label* and *decoded prediction* are in the
    sample's units (N, C, H, W): ids, meters, unit vectors.

    Attributes:
        name: The key of the task in configs, samples and predictions.
        kind: How its label follows a change of geometry.
        metric_of_record: The metric that enters the delta.
        higher_is_better: Direction of every metric of :meth:`scores`.
    """

    name: str
    kind: FieldKind
    metric_of_record: str
    higher_is_better: Mapping[str, bool]

    @property
    @abstractmethod
    def out_channels(self) -> int:
        """Channels the network predicts."""

    @abstractmethod
    def decode(self, prediction: Tensor) -> Tensor:
        """Prediction to the units of the label."""

    @abstractmethod
    def loss(self, prediction: Tensor, label: Tensor) -> Tensor:
        """Supervised loss, a scalar in float32. The prediction may be of any size; see :func:`fit`."""

    def valid(self, label: Tensor) -> Tensor:
        """Where a label (N, C, H, W) says something, (N, 1, H, W) bool."""
        return torch.ones_like(label[:, :1], dtype=torch.bool)

    def attack_loss(self, prediction: Tensor, label: Tensor) -> Tensor:
        """What an attack makes grow, a scalar: the supervised loss, where the task has no better measure."""
        return self.loss(prediction, label)

    def to_size(self, decoded: Tensor, size: Sequence[int]) -> Tensor:
        """A decoded prediction (N, C, H, W) in the size (height, width) of its label: each pixel takes the nearest."""
        return nearest(decoded, size)

    def losses_by_pixel(self, prediction: Tensor, label: Tensor) -> tuple[Tensor, Tensor]:
        """The loss (N, H, W) of each pixel, 0 where nothing is labeled, and whether its prediction is right.

        Raises:
            ConfigError: For a task without classes, where no pixel is right or wrong.
        """
        raise ConfigError(
            f"the task '{self.name}' has no classes, so none of its pixels is right or wrong; an attack that asks for "
            'that, such as SegPGD, is for tasks with classes: choose PGD'
        )

    @abstractmethod
    def statistics(self, decoded: Tensor, label: Tensor) -> dict[str, Tensor]:
        """Sums (float64, any shape) from which the metrics follow; they add up over batches and processes."""

    @abstractmethod
    def scores(self, sums: Mapping[str, Tensor]) -> dict[str, float]:
        """Metrics from the summed :meth:`statistics`: exact, unit in the name, NaN where nothing was valid."""

    def range_of(self, metric: str) -> tuple[float, float]:
        """Least and largest value that one of the metrics can have: a share where higher is better, else an error."""
        return 0.0, 1.0 if self.higher_is_better[metric] else math.inf

    @abstractmethod
    def draw(self, values: Tensor) -> np.ndarray:
        """Image (H, W, 3) uint8 RGB of a label or decoded prediction (C, H, W)."""

    def constant_statistics(self, label: Tensor) -> dict[str, Tensor]:
        """Sums over the labels (C, H, W) of which :meth:`best_constant` is made; empty where there is no such thing."""
        return {}

    def best_constant(self, sums: Mapping[str, Tensor]) -> Tensor:
        """The decoded prediction (C, 1, 1) that serves best when it may not depend on the image."""
        raise NotImplementedError(f'{type(self).__name__} gives constant_statistics but no best_constant')

    @property
    def critic_channels(self) -> int:
        """Channels of :meth:`critic_input`."""
        return self.out_channels

    def critic_input(self, prediction: Tensor, reference: Tensor | None = None) -> Tensor:
        """What a critic sees of a prediction, (N, ``critic_channels``, H, W) in float32.

        Args:
            prediction: Of the image's size.
            reference: Labels (M, C, H, W) of the domain that has them, for a task that scales by their range.
        """
        return prediction.float()

    def critic_label(self, label: Tensor) -> tuple[Tensor, Tensor]:
        """What a critic sees of a label, in the form of :meth:`critic_input`, and where it is valid (N, 1, H, W)."""
        raise NotImplementedError(f'{type(self).__name__} says not how a critic sees its labels: no critic_label')

    def build_head(self, channels: int) -> nn.Module:
        """The layer from a decoder's ``channels`` to ``out_channels``."""
        return nn.Conv2d(channels, self.out_channels, kernel_size=1)


def likeliest(logits: Tensor) -> Tensor:
    """Ids (N, 1, H, W) int64 of the largest logits (N, classes, H, W); 255 where these are no numbers."""
    largest, ids = logits.max(1, keepdim=True)
    return ids.where(largest > -torch.inf, IGNORE_INDEX)


def fit(prediction: Tensor, label: Tensor) -> Tensor:
    """The prediction in float32, brought bilinearly (corners aligned) to the label's size where they differ."""
    prediction = prediction.float()
    if prediction.shape[-2:] == label.shape[-2:]:
        return prediction
    return F.interpolate(prediction, size=label.shape[-2:], mode='bilinear', align_corners=True)


def nearest(values: Tensor, size: Sequence[int]) -> Tensor:
    """Values (..., H, W) of any type in another size, each pixel taking the one under its center."""
    for dim, length in zip((-2, -1), size, strict=True):
        old = values.shape[dim]
        if old != length:
            index = (2 * torch.arange(length, device=values.device) + 1) * old // (2 * length)
            values = values.index_select(dim, index)
    return values
