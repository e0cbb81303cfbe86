"""The contract of a task: everything particular to it stands in its one class."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping

import numpy as np
from torch import Tensor, nn
from torch.nn import functional as F

from mtlbench.structures import FieldKind


class Task(ABC):
    """Output channels, codec, loss, metrics and drawing of one task.

    *Prediction* is what the network puts out (N, ``out_channels``, h, w). *Label* and *decoded prediction* are in the
    sample's units (N, C, H, W): ids, metres, unit vectors.

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

    @abstractmethod
    def statistics(self, decoded: Tensor, label: Tensor) -> dict[str, Tensor]:
        """Sums (float64, any shape) from which the metrics follow; they add up over batches and processes."""

    @abstractmethod
    def scores(self, sums: Mapping[str, Tensor]) -> dict[str, float]:
        """Metrics from the summed :meth:`statistics`: exact, unit in the name, NaN where nothing was valid."""

    @abstractmethod
    def draw(self, values: Tensor) -> np.ndarray:
        """Picture (H, W, 3) uint8 RGB of a label or decoded prediction (C, H, W)."""

    def constant_statistics(self, label: Tensor) -> dict[str, Tensor]:
        """Sums over the labels (C, H, W) of which :meth:`best_constant` is made; empty where there is no such thing."""
        return {}

    def best_constant(self, sums: Mapping[str, Tensor]) -> Tensor:
        """The decoded prediction (C, 1, 1) that serves best when it may not depend on the picture."""
        raise NotImplementedError(f'{type(self).__name__} gives constant_statistics but no best_constant')

    def build_head(self, channels: int) -> nn.Module:
        """The layer from a decoder's ``channels`` to ``out_channels``."""
        return nn.Conv2d(channels, self.out_channels, kernel_size=1)


def fit(prediction: Tensor, label: Tensor) -> Tensor:
    """The prediction in float32, brought bilinearly (corners aligned) to the label's size where they differ."""
    prediction = prediction.float()
    if prediction.shape[-2:] == label.shape[-2:]:
        return prediction
    return F.interpolate(prediction, size=label.shape[-2:], mode='bilinear', align_corners=True)
