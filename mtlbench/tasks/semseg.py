"""Semantic segmentation."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import torch
from torch import Tensor

from mtlbench import structures
from mtlbench.errors import ConfigError, DataError
from mtlbench.evaluation.functional import confusion_matrix, intersection_over_union
from mtlbench.registry import TASKS
from mtlbench.structures import FieldKind
from mtlbench.structures.class_set import IGNORE_INDEX
from mtlbench.tasks.base import Task, fit
from mtlbench.tasks.critic_maps import one_hot, self_information
from mtlbench.tasks.losses import cross_entropy, pixels_with_classes

CRITIC_VIEWS = ('information', 'probability')


@TASKS.register_module()
class SemSegTask(Task):
    """Semantic segmentation: logits, cross-entropy, mean IoU over the classes that occur.

    Metrics are in 0..1: ``miou``, ``pixel_acc`` and ``iou_<class>`` (spaces as ``_``), the latter NaN for a class that
    occurs neither in labels nor in predictions. One confusion matrix over the whole set.

    Args:
        class_set: Name of the class set of the ids, see :func:`mtlbench.structures.class_set`.
        critic_view: What a critic sees of a prediction: the weighted self-``'information'`` of each class (xTAM), or
            its ``'probability'`` (SemiMTL), which alone compares with labels.
        count_absent: Whether a class that occurs nowhere counts as 0 in the mean, instead of not at all (robust, R21).

    Raises:
        ConfigError: When the view is unknown.
    """

    name = 'semseg'
    kind = FieldKind.IDS
    metric_of_record = 'miou'

    def __init__(self, class_set: str, critic_view: str = 'information', count_absent: bool = False) -> None:
        if critic_view not in CRITIC_VIEWS:
            raise ConfigError(f"tasks.semseg.critic_view is '{critic_view}'; known are: {', '.join(CRITIC_VIEWS)}")
        self.class_set, self.critic_view = structures.class_set(class_set), critic_view
        self.count_absent = count_absent
        self._iou_names = [f'iou_{name.replace(" ", "_")}' for name in self.class_set.classes]
        self.higher_is_better = dict.fromkeys(['miou', 'pixel_acc', *self._iou_names], True)

    @property
    def out_channels(self) -> int:
        """One logit a class."""
        return len(self.class_set)

    def decode(self, prediction: Tensor) -> Tensor:
        """Ids (N, 1, H, W) int64 of the largest logits."""
        return prediction.argmax(1, keepdim=True)

    def loss(self, prediction: Tensor, label: Tensor) -> Tensor:
        """Cross-entropy over the pixels that are not ignored.

        Raises:
            DataError: When a label on the CPU holds an unknown id; on a GPU the check would cost a synchronisation.
        """
        if not label.is_cuda:
            self._check(label)
        return cross_entropy(fit(prediction, label), label[:, 0].long(), IGNORE_INDEX)

    def losses_by_pixel(self, prediction: Tensor, label: Tensor) -> tuple[Tensor, Tensor]:
        """Cross-entropy, and whether the largest logit is that of the label."""
        logits = fit(prediction, label)
        return pixels_with_classes(logits, label[:, 0].long(), IGNORE_INDEX)

    def statistics(self, decoded: Tensor, label: Tensor) -> dict[str, Tensor]:
        """The confusion matrix.

        Raises:
            DataError: When the label holds an unknown id.
        """
        self._check(label)
        return {'confusion': confusion_matrix(decoded, label, self.out_channels, IGNORE_INDEX)}

    def scores(self, sums: Mapping[str, Tensor]) -> dict[str, float]:
        """All in 0..1."""
        confusion = sums['confusion']
        iou = intersection_over_union(confusion)
        accuracy = confusion.diagonal().sum() / confusion.sum()
        return {
            'miou': (iou.nan_to_num(0).mean() if self.count_absent else iou.nanmean()).item(),
            'pixel_acc': accuracy.item(),
            **dict(zip(self._iou_names, iou.tolist(), strict=True)),
        }

    def constant_statistics(self, label: Tensor) -> dict[str, Tensor]:
        """Pixels by class."""
        self._check(label)
        counts = torch.bincount(label[label != IGNORE_INDEX].long(), minlength=self.out_channels)
        return {'pixels': counts.double()}

    def best_constant(self, sums: Mapping[str, Tensor]) -> Tensor:
        """The most frequent class."""
        return sums['pixels'].argmax().reshape(1, 1, 1)

    def draw(self, values: Tensor) -> np.ndarray:
        """The palette's colours; ignored pixels are black."""
        colours = np.zeros((256, 3), np.uint8)
        colours[: self.out_channels] = self.class_set.palette
        return colours[values[0].detach().cpu().numpy().astype(np.uint8)]

    def critic_input(self, prediction: Tensor, reference: Tensor | None = None) -> Tensor:
        """One map a class."""
        logits = prediction.float()
        return logits.softmax(1) if self.critic_view == 'probability' else self_information(logits)

    def critic_label(self, label: Tensor) -> tuple[Tensor, Tensor]:
        """One-hot ids; zeros where ignored.

        Raises:
            ConfigError: When critics see self-information, which is zero wherever one is sure.
        """
        if self.critic_view != 'probability':
            raise ConfigError("a critic of labels needs tasks.semseg.critic_view='probability'")
        return one_hot(label[:, 0], self.out_channels), label != IGNORE_INDEX

    def _check(self, label: Tensor) -> None:
        unknown = (label != IGNORE_INDEX) & ((label < 0) | (label >= self.out_channels))
        if unknown.any():
            raise DataError(
                f'semseg labels hold the ids {label[unknown].unique().tolist()}, but the class set '
                f"'{self.class_set.name}' has the ids 0..{self.out_channels - 1} and {IGNORE_INDEX} for ignored "
                'pixels; check that the dataset and the task name the same class set'
            )
