"""Base class of a task. Everything specific to one task belongs to its class."""

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
from mtlbench.tasks.critic_maps import one_hot
from mtlbench.tasks.losses import pixels_with_classes


class Task(ABC):
    """Output channels, encoding, loss, metrics and drawing of one task.

    A *prediction* is a raw output of the network (N, ``out_channels``, h, w). A *label* and a *decoded prediction* are
    in the units of the sample (N, C, H, W): ids, meters or unit vectors.

    Attributes:
        name: Key of the task in configs, samples and predictions, and name of its label field in datasets.
        letter: Letter of the task in task sets such as ``sd`` and in names of configs; lowercase, unlike all others.
        kind: Kind of the label field, which determines how geometric transforms move it.
        meaning: Meaning, unit and axes of the values of :meth:`to_output`, for readers of a model card.
        unit_of_values: Unit of a decoded prediction, such as ``'m'``, beside color bars and in the description of maps;
            empty if it has none or its kind implies it.
        metric_of_record: Name of the metric used for the multi-task delta.
        higher_is_better: Direction of every metric in :meth:`scores`.
        drawn_range: Values that :meth:`draw` shows darkest and brightest, for the kind ``CONTINUOUS``.
    """

    name: str
    letter: str
    kind: FieldKind
    meaning: str = 'decoded prediction'
    unit_of_values: str = ''
    metric_of_record: str
    higher_is_better: Mapping[str, bool]
    drawn_range: tuple[float, float] = (0.0, 1.0)

    @property
    @abstractmethod
    def out_channels(self) -> int:
        """Number of channels that the network predicts."""

    @property
    def classes(self) -> tuple[str, ...]:
        """Names of the classes in the order of their ids; empty for a task without named classes."""
        return ()

    @property
    def label_channels(self) -> int:
        """Number of channels of a label."""
        return self.decode(torch.zeros(1, self.out_channels, 1, 1)).shape[1]

    @abstractmethod
    def decode(self, prediction: Tensor) -> Tensor:
        """Convert a prediction to the units of the label."""

    def to_output(self, prediction: Tensor) -> Tensor:
        """Convert a prediction to the output of an exported network; by default :meth:`decode`."""
        return self.decode(prediction)

    @abstractmethod
    def loss(self, prediction: Tensor, label: Tensor) -> Tensor:
        """Return the supervised loss, a float32 scalar. The prediction may have any size; see :func:`fit`."""

    def valid(self, label: Tensor) -> Tensor:
        """Return the mask of valid pixels (N, 1, H, W) bool of a label (N, C, H, W); by default the known ones."""
        return self.kind.known(label)

    def attack_loss(self, prediction: Tensor, label: Tensor) -> Tensor:
        """Return the scalar that an attack maximizes; by default the supervised loss."""
        return self.loss(prediction, label)

    def to_size(self, decoded: Tensor, size: Sequence[int]) -> Tensor:
        """Resize a decoded prediction (N, C, H, W) to (height, width); by default as its kind."""
        return self.kind.to_size(decoded, size)

    def losses_by_pixel(self, prediction: Tensor, label: Tensor) -> tuple[Tensor, Tensor]:
        """Return the loss per pixel (N, H, W), 0 where unlabeled, and a mask of the correctly predicted pixels.

        By default, the loss is the cross-entropy.

        Raises:
            ConfigError: When the task has no classes, so no pixel is correct or wrong.
        """
        if not self.kind.has_classes:
            raise ConfigError(
                f"the task '{self.name}' has no classes, so its pixels cannot be scored as correct or wrong; "
                'attacks that need this, such as SegPGD, work on tasks with classes only: use PGD instead'
            )
        return pixels_with_classes(fit(prediction, label), label[:, 0].long(), IGNORE_INDEX)

    @abstractmethod
    def statistics(self, decoded: Tensor, label: Tensor) -> dict[str, Tensor]:
        """Return additive sums (float64, any shape) over batches and processes, from which the metrics follow."""

    @abstractmethod
    def scores(self, sums: Mapping[str, Tensor]) -> dict[str, float]:
        """Compute the metrics from the summed :meth:`statistics`: exact, units in names, NaN without valid pixels."""

    def range_of(self, metric: str) -> tuple[float, float]:
        """Return the smallest and largest possible value of a metric: 0..1 where higher is better, else 0..infinity."""
        return 0.0, 1.0 if self.higher_is_better[metric] else math.inf

    def draw(self, values: Tensor) -> np.ndarray:
        """Draw a label or a decoded prediction (C, H, W) as an image (H, W, 3) uint8 RGB; by default, as its kind."""
        low, high = self.drawn_range
        return self.kind.draw(((values.detach().float() - low) / (high - low)).cpu().numpy())

    def constant_statistics(self, label: Tensor) -> dict[str, Tensor]:
        """Return the sums over a label (C, H, W) for :meth:`best_constant`; empty if the task has no constant."""
        return {}

    def best_constant(self, sums: Mapping[str, Tensor]) -> Tensor:
        """Return the best decoded prediction (C, 1, 1) that does not depend on the image."""
        raise NotImplementedError(f'{type(self).__name__} must implement best_constant() to use constant_statistics()')

    @property
    def critic_channels(self) -> int:
        """Number of channels of :meth:`critic_input`."""
        prediction = torch.zeros(1, self.out_channels, 1, 1)
        return self.critic_input(prediction, self.decode(prediction)).shape[1]

    def critic_input(self, prediction: Tensor, reference: Tensor | None = None) -> Tensor:
        """Return the input of a critic for a prediction, (N, ``critic_channels``, H, W) in float32.

        By default, the probabilities of the classes, or the decoded prediction if the task has no classes.

        Args:
            prediction: Prediction (N, ``out_channels``, H, W) at the image size.
            reference: Labels (M, C, H, W) of the labeled domain, for tasks that normalize by the range of the labels.
        """
        prediction = prediction.float()
        return prediction.softmax(1) if self.kind.has_classes else self.decode(prediction)

    def critic_label(self, label: Tensor) -> tuple[Tensor, Tensor]:
        """Return the critic's input for a label, as in :meth:`critic_input`, and its mask of validity (N, 1, H, W).

        By default, one map per class, or the label if the task has no classes; 0 where invalid.
        """
        valid = self.valid(label)
        return one_hot(label[:, 0], self.out_channels) if self.kind.has_classes else label.where(valid, 0), valid

    def build_head(self, channels: int) -> nn.Module:
        """Build the layer that maps a decoder's ``channels`` to ``out_channels``."""
        return nn.Conv2d(channels, self.out_channels, kernel_size=1)


def likeliest(logits: Tensor) -> Tensor:
    """Return the ids (N, 1, H, W) int64 of the largest logits (N, classes, H, W); 255 where logits are NaN or -inf."""
    largest, ids = logits.max(1, keepdim=True)
    return ids.where(largest > -torch.inf, IGNORE_INDEX)


def fit(prediction: Tensor, label: Tensor) -> Tensor:
    """Convert a prediction to float32 and resize it to the label (bilinear, aligned corners)."""
    prediction = prediction.float()
    if prediction.shape[-2:] == label.shape[-2:]:
        return prediction
    return F.interpolate(prediction, size=label.shape[-2:], mode='bilinear', align_corners=True)
