"""Semantic segmentation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from mtlbench import class_sets
from mtlbench.errors import ConfigError, DataError
from mtlbench.metrics import confusion_matrix, intersection_over_union
from mtlbench.registry import TASKS
from mtlbench.structures import IGNORE_INDEX, FieldKind
from mtlbench.tasks import losses
from mtlbench.tasks.base import Task, fit, likeliest
from mtlbench.tasks.critic_maps import one_hot, self_information
from mtlbench.tasks.losses import CE_NORMS, cross_entropy, pixels_with_classes
from mtlbench.utils.choices import require_known

CRITIC_VIEWS = ('information', 'probability')


@TASKS.register_module()
class SemSegTask(Task):
    """Semantic segmentation: logits, cross-entropy, mean IoU over the classes that occur.

    Metrics are in 0..1, from one confusion matrix over the whole set: ``miou``, ``pixel_acc`` and ``iou_<class>``
    (spaces become ``_``), which is NaN for a class that occurs neither in labels nor in predictions.

    Args:
        class_set: Name of the class set, or colors of the classes by name; see :func:`mtlbench.class_sets.class_set`.
        critic_view: Critic input: ``'information'``, the weighted self-information of each class (xTAM), or
            ``'probability'`` (SemiMTL), the only one that is comparable with labels.
        count_absent: Whether a class that never occurs counts as 0 in the mean instead of being left out (robust, R21).
        class_weights: Class weights of the loss, as arguments of :func:`~mtlbench.tasks.losses.class_weights`; None:
            equal weights.
        ce_norm: Divisor of the loss, see :func:`~mtlbench.tasks.losses.cross_entropy`.
        attack_weights: Whether the class weights also apply to the loss that attacks maximize.
        background: Whether to add a logit for a background class without labels. A pixel predicted as background is
            wrong (SGDepth; robust, R1).
        head_kernel: Kernel size of the convolution that predicts the logits; above 1 with reflection padding.

    Raises:
        ConfigError: When a choice is unknown, or the number of weights is not the number of classes.
    """

    name = 'semseg'
    letter = 's'
    kind = FieldKind.IDS
    meaning = 'class ids (listed below); 255 where the network gives no class'
    metric_of_record = 'miou'

    def __init__(
        self,
        class_set: str | Mapping[str, Sequence[int]],
        critic_view: str = 'information',
        count_absent: bool = False,
        class_weights: Mapping[str, Any] | None = None,
        ce_norm: str = 'weight_sum',
        attack_weights: bool = True,
        background: bool = False,
        head_kernel: int = 1,
    ) -> None:
        for key, value, known in (('critic_view', critic_view, CRITIC_VIEWS), ('ce_norm', ce_norm, CE_NORMS)):
            require_known(f'tasks.semseg.{key}', value, known)
        self.class_set, self.critic_view = class_sets.class_set(class_set), critic_view
        self.count_absent, self.background, self.head_kernel = count_absent, background, head_kernel
        self.ce_norm, self.attack_weights = ce_norm, attack_weights
        self.weights = self._weights(class_weights) if class_weights else None
        self._iou_names = [f'iou_{name.replace(" ", "_")}' for name in self.class_set.classes]
        self.higher_is_better = dict.fromkeys(['miou', 'pixel_acc', *self._iou_names], True)

    @property
    def out_channels(self) -> int:
        """One logit per class, plus the background."""
        return len(self.class_set) + self.background

    @property
    def classes(self) -> tuple[str, ...]:
        """Names of the classes of the class set."""
        return self.class_set.classes

    def decode(self, prediction: Tensor) -> Tensor:
        """Decode to the ids (N, 1, H, W) int64 of the largest logits; 255 where logits are NaN or -inf."""
        return likeliest(prediction)

    def loss(self, prediction: Tensor, label: Tensor) -> Tensor:
        """Return the cross-entropy over the pixels that are not ignored.

        Raises:
            DataError: When a label on the CPU holds an unknown id; on a GPU the check would cost a synchronization.
        """
        return self._loss(prediction, label, self.weights)

    def attack_loss(self, prediction: Tensor, label: Tensor) -> Tensor:
        """Return the loss, without class weights if ``attack_weights`` is False."""
        return self._loss(prediction, label, self.weights if self.attack_weights else None)

    def losses_by_pixel(self, prediction: Tensor, label: Tensor) -> tuple[Tensor, Tensor]:
        """Return the cross-entropy, weighted as in :meth:`attack_loss`, and a mask of the correct predictions."""
        logits = fit(prediction, label)
        weights = self.weights if self.attack_weights else None
        return pixels_with_classes(logits, label[:, 0].long(), IGNORE_INDEX, _on(weights, logits))

    def statistics(self, decoded: Tensor, label: Tensor) -> dict[str, Tensor]:
        """Return the confusion matrix.

        Raises:
            DataError: When the label holds an unknown id.
        """
        self._check(label)
        return {'confusion': confusion_matrix(decoded, label, self.out_channels, IGNORE_INDEX)}

    def scores(self, sums: Mapping[str, Tensor]) -> dict[str, float]:
        """Return all metrics in 0..1."""
        confusion = sums['confusion']
        iou = intersection_over_union(confusion)[: len(self.class_set)]
        accuracy = confusion.diagonal().sum() / confusion.sum()
        return {
            'miou': (iou.nan_to_num(0).mean() if self.count_absent and confusion.any() else iou.nanmean()).item(),
            'pixel_acc': accuracy.item(),
            **dict(zip(self._iou_names, iou.tolist(), strict=True)),
        }

    def constant_statistics(self, label: Tensor) -> dict[str, Tensor]:
        """Count the pixels of each class."""
        self._check(label)
        counts = torch.bincount(label[label != IGNORE_INDEX].long(), minlength=self.out_channels)
        return {'pixels': counts.double()}

    def best_constant(self, sums: Mapping[str, Tensor]) -> Tensor:
        """Return the most frequent class."""
        return sums['pixels'].argmax().reshape(1, 1, 1)

    def draw(self, values: Tensor) -> np.ndarray:
        """Draw ids in the colors of the palette; ignored pixels are black."""
        colors = np.zeros((256, 3), np.uint8)
        colors[: len(self.class_set)] = self.class_set.palette
        return colors[values[0].detach().cpu().numpy().astype(np.uint8)]

    def critic_input(self, prediction: Tensor, reference: Tensor | None = None) -> Tensor:
        """Return one map per class."""
        logits = prediction.float()
        return logits.softmax(1) if self.critic_view == 'probability' else self_information(logits)

    def critic_label(self, label: Tensor) -> tuple[Tensor, Tensor]:
        """Return one-hot labels; zeros where ignored.

        Raises:
            ConfigError: When critics see self-information, which is zero for any certain prediction.
        """
        if self.critic_view != 'probability':
            raise ConfigError("label critics need probabilities; set tasks.semseg.critic_view='probability'")
        return one_hot(label[:, 0], self.out_channels), self.valid(label)

    def build_head(self, channels: int) -> nn.Module:
        """Build the convolution that predicts the logits."""
        if self.head_kernel == 1:
            return super().build_head(channels)
        around = self.head_kernel // 2
        return nn.Conv2d(channels, self.out_channels, self.head_kernel, padding=around, padding_mode='reflect')

    def _loss(self, prediction: Tensor, label: Tensor, weights: Tensor | None) -> Tensor:
        if not label.is_cuda:
            self._check(label)
        logits = fit(prediction, label)
        return cross_entropy(logits, label[:, 0].long(), IGNORE_INDEX, _on(weights, logits), self.ce_norm)

    def _weights(self, settings: Mapping[str, Any]) -> Tensor:
        weights = losses.class_weights(**settings)
        if len(weights) != len(self.class_set):
            raise ConfigError(
                f"tasks.semseg.class_weights has {len(weights)} shares, but the class set '{self.class_set.name}' has "
                f'{len(self.class_set)} classes; give one share per class'
            )
        return torch.cat([weights, weights.new_zeros(int(self.background))])

    def _check(self, label: Tensor) -> None:
        unknown = (label != IGNORE_INDEX) & ((label < 0) | (label >= len(self.class_set)))
        if unknown.any():
            raise DataError(
                f'semseg labels contain the ids {label[unknown].unique().tolist()}, but the class set '
                f"'{self.class_set.name}' has the ids 0..{len(self.class_set) - 1} and {IGNORE_INDEX} (ignored); "
                'check that dataset and task use the same class set'
            )


def _on(weights: Tensor | None, like: Tensor) -> Tensor | None:
    """Move the weights to the device and dtype of another tensor."""
    return None if weights is None else weights.to(like)
