"""Semantic edges: boundaries between objects."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from mtlbench.errors import ConfigError
from mtlbench.metrics import confusion_matrix, f1_score
from mtlbench.registry import TASKS
from mtlbench.structures import IGNORE_INDEX, FieldKind
from mtlbench.tasks.base import Task, fit, likeliest
from mtlbench.tasks.losses import cross_entropy, pixels_with_classes
from mtlbench.utils.choices import require_known

METRICS = {'macro': 'f1', 'binary': 'f1_edge'}


@TASKS.register_module()
class EdgesTask(Task):
    """Binary edge detection with two logits (no edge, edge), weighted cross-entropy and F1 scores.

    Labels are 1 on an edge and 0 elsewhere; 255 is ignored. Metrics are in 0..1, from one confusion matrix over the
    whole set, per pixel, without thinning or tolerance: ``f1``, the mean F1 of both classes (xTAM), and ``f1_edge``,
    the F1 of the edge class.

    Args:
        edge_weight: Weight of edge pixels in (0, 1); other pixels weigh 1 - edge_weight.
        metric: Metric of record: ``'macro'`` for ``f1``, ``'binary'`` for ``f1_edge``.

    Raises:
        ConfigError: When the weight is not between 0 and 1, or the metric is unknown.
    """

    name = 'edges'
    letter = 'e'
    kind = FieldKind.BOUNDARY
    meaning = '1 = edge, 0 = no edge; 255 where the network gives neither'
    higher_is_better = {'f1': True, 'f1_edge': True}
    out_channels = 2

    def __init__(self, edge_weight: float = 0.95, metric: str = 'macro') -> None:
        if not 0 < edge_weight < 1:
            raise ConfigError(f'tasks.edges.edge_weight is {edge_weight}, expected a number between 0 and 1')
        require_known('tasks.edges.metric', metric, METRICS)
        self.weights = (1 - edge_weight, edge_weight)
        self.metric_of_record = METRICS[metric]

    def decode(self, prediction: Tensor) -> Tensor:
        """Decode to 0 or 1 (N, 1, H, W) int64; 255 where logits are NaN or -inf."""
        return likeliest(prediction)

    def loss(self, prediction: Tensor, label: Tensor) -> Tensor:
        """Return the weighted mean cross-entropy (xTAM, section 4.1)."""
        logits = fit(prediction, label)
        return cross_entropy(logits, label[:, 0].long(), IGNORE_INDEX, logits.new_tensor(self.weights))

    def losses_by_pixel(self, prediction: Tensor, label: Tensor) -> tuple[Tensor, Tensor]:
        """Return the cross-entropy per pixel, and a mask of the pixels whose largest logit is the label."""
        logits = fit(prediction, label)
        return pixels_with_classes(logits, label[:, 0].long(), IGNORE_INDEX, logits.new_tensor(self.weights))

    def statistics(self, decoded: Tensor, label: Tensor) -> dict[str, Tensor]:
        """Return the confusion matrix (2, 2)."""
        return {'confusion': confusion_matrix(decoded, label, 2, IGNORE_INDEX)}

    def scores(self, sums: Mapping[str, Tensor]) -> dict[str, float]:
        """Return both F1 scores in 0..1."""
        f1 = f1_score(sums['confusion'])
        return {'f1': f1.nanmean().item(), 'f1_edge': f1[1].item()}

    def constant_statistics(self, label: Tensor) -> dict[str, Tensor]:
        """Count the pixels off and on edges."""
        return {'pixels': torch.bincount(label[label != IGNORE_INDEX].long(), minlength=2).double()}

    def best_constant(self, sums: Mapping[str, Tensor]) -> Tensor:
        """Return the more frequent class, whose F1 is larger; for ``'binary'`` edges everywhere."""
        chosen = sums['pixels'].argmax() if self.metric_of_record == 'f1' else sums['pixels'].new_ones(()).long()
        return chosen.reshape(1, 1, 1)
