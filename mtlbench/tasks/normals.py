"""Surface normals."""

from __future__ import annotations

import math
from collections.abc import Mapping

import torch
from torch import Tensor
from torch.nn import functional as F

from mtlbench.metrics import angle_deg, lower_median
from mtlbench.registry import TASKS
from mtlbench.structures import FieldKind
from mtlbench.tasks.base import Task, fit
from mtlbench.tasks.losses import cosine_loss, dot_loss
from mtlbench.utils.choices import require_known

WITHIN_DEG = (11.25, 22.5, 30.0)
METRICS = ('angle', 'reference')
ACCUMULATIONS = ('image', 'pixel')
LABELS = ('unit', 'stored')
BINS_PER_DEG = 100
SHORTEST = 0.75
CELLS = 16  # a side of the grid that normals are counted on, per unit length: cells of about 4 degrees


@TASKS.register_module()
class NormalsTask(Task):
    """Surface normals: three unnormalized channels, cosine loss, angular error.

    Metrics: ``mean_deg``, ``median_deg``, ``rmse_deg`` and ``within_<degrees>`` (0..1), over the valid pixels
    (``rmse_deg``: root of the averaged squares). Images without valid pixels are ignored.

    Args:
        metric: ``'angle'`` is the angle at each pixel. ``'reference'`` adds ``reference_deg``, which the authors'
            released code computes instead of ``mean_deg``: norms along the columns of the image instead of the
            channels, on unnormalized predictions, including masked pixels (see ``NormalsFromDepth.masked``). It is not
            an angle and must not be compared with published figures; it exists to compare with that code.
        over_valid: Whether the loss is averaged over the valid pixels instead of all pixels, with invalid ones as
            zeros.
        accumulate: ``'image'`` computes the metrics of each image and averages them over the images. ``'pixel'``
            computes them over the pixels of all images at once (survey, LibMTL), the median to a hundredth of a degree.
        labels: ``'unit'`` counts labels of a length above 0.75 and normalizes them. ``'stored'`` follows MTAN's code:
            it counts labels whose three components do not sum to zero, and the loss is 1 - the dot product with the
            label of any length.

    Raises:
        ConfigError: When a choice is unknown.
    """

    name = 'normals'
    letter = 'n'
    kind = FieldKind.DIRECTION
    meaning = 'unit vectors: x right, y down, z towards the camera'
    metric_of_record = 'mean_deg'
    higher_is_better = {
        **dict.fromkeys(('mean_deg', 'median_deg', 'rmse_deg'), False),
        **{f'within_{degrees:g}': True for degrees in WITHIN_DEG},
    }
    out_channels = 3

    def __init__(
        self, metric: str = 'angle', over_valid: bool = True, accumulate: str = 'image', labels: str = 'unit'
    ) -> None:
        require_known('tasks.normals.metric', metric, METRICS)
        require_known('tasks.normals.accumulate', accumulate, ACCUMULATIONS)
        require_known('tasks.normals.labels', labels, LABELS)
        self.by_pixel, self.as_stored = accumulate == 'pixel', labels == 'stored'
        self.with_reference, self.over_valid = metric == 'reference', over_valid
        if self.with_reference:
            self.higher_is_better = {**self.higher_is_better, 'reference_deg': False}

    def decode(self, prediction: Tensor) -> Tensor:
        """Decode to unit vectors; the reference metric needs the unnormalized prediction."""
        prediction = prediction.float()
        return prediction if self.with_reference else F.normalize(prediction, dim=1)

    def to_output(self, prediction: Tensor) -> Tensor:
        """Return unit vectors, also with the reference metric."""
        return F.normalize(prediction.float(), dim=1)

    def loss(self, prediction: Tensor, label: Tensor) -> Tensor:
        """Return 1 - cosine, averaged over the pixels (xTAM, section 4.1)."""
        loss = dot_loss if self.as_stored else cosine_loss
        return loss(fit(prediction, label), label, self._valid(label, dim=1), self.over_valid)

    def valid(self, label: Tensor) -> Tensor:
        """See :class:`Task`."""
        return self._valid(label, dim=1)[:, None]

    def statistics(self, decoded: Tensor, label: Tensor) -> dict[str, Tensor]:
        """Return the summed metrics (6,) and the number of images or pixels, and likewise for the reference metric.

        Over pixels there is also the histogram of the angles, from which the median follows.
        """
        images = [
            _angles(predicted[:, valid], truth[:, valid])
            for predicted, truth, valid in zip(decoded, label, self._valid(label, dim=1), strict=True)
        ]
        weights = [angles.numel() if self.by_pixel else 1 for angles in images if angles.numel()]
        rows = [_summary(angles) for angles in images if angles.numel()]
        zero = torch.zeros(len(WITHIN_DEG) + 3, dtype=torch.float64, device=label.device)
        weighted = [row * weight for row, weight in zip(rows, weights, strict=True)]
        sums = {'angles': sum(weighted, zero), 'count': zero.new_tensor(sum(weights))}
        if self.by_pixel:
            sums['histogram'] = _histogram(torch.cat(images))
        if self.with_reference:
            by_column = angle_deg(decoded, F.normalize(label, dim=1), dim=-2).nan_to_num(180.0).mean((1, 2))
            sums |= {'reference': by_column.sum(), 'reference_count': zero.new_tensor(len(by_column))}
        return sums

    def scores(self, sums: Mapping[str, Tensor]) -> dict[str, float]:
        """Return angles in degrees, and fractions in 0..1."""
        mean = (sums['angles'] / sums['count']).tolist()
        if self.by_pixel and sums['count']:
            mean[1] = _median(sums['histogram'])
        if self.with_reference:
            mean.append((sums['reference'] / sums['reference_count']).item())
        scores = dict(zip(self.higher_is_better, mean, strict=True))
        return {**scores, 'rmse_deg': math.sqrt(scores['rmse_deg'])}

    def range_of(self, metric: str) -> tuple[float, float]:
        """Return 0..180 for angles in degrees, and 0..1 for fractions."""
        return (0.0, 180.0) if metric.endswith('_deg') else super().range_of(metric)

    def constant_statistics(self, label: Tensor) -> dict[str, Tensor]:
        """Return a grid over the directions: for each cell its share of the image and its summed normals."""
        valid = label.double()[:, self._valid(label, dim=0)]
        side = 2 * CELLS + 1
        x, y, z = (valid * CELLS).round().long() + CELLS
        grid = torch.zeros(4, side**3, dtype=torch.float64, device=label.device)
        rows = torch.cat([valid, torch.ones_like(valid[:1])]) / max(valid.shape[1], 1)
        return {'grid': grid.index_add(1, (x * side + y) * side + z, rows)}

    def best_constant(self, sums: Mapping[str, Tensor]) -> Tensor:
        """Return the occurring direction (up to the cell size of the grid) of least mean angle to all labels."""
        grid = sums['grid'][:, sums['grid'][3] > 0]
        if not grid.numel():
            return torch.full((3, 1, 1), math.nan)
        directions, shares = F.normalize(grid[:3], dim=0), grid[3]
        angles = torch.acos((directions.T @ directions).clamp(-1, 1))
        return directions[:, (angles @ shares).argmin()].float().reshape(3, 1, 1)

    def critic_input(self, prediction: Tensor, reference: Tensor | None = None) -> Tensor:
        """Return unit vectors."""
        return F.normalize(prediction.float(), dim=1)

    def _valid(self, label: Tensor, dim: int) -> Tensor:
        """Return the mask of counted labels; length 0.5 marks masked pixels, and 0 unknown ones."""
        return label.sum(dim) != 0 if self.as_stored else label.square().sum(dim) > SHORTEST**2


def _angles(predicted: Tensor, label: Tensor) -> Tensor:
    """Return the angles between vectors (3, pixels), degrees in float64; 180 where degenerate."""
    guess, truth = (F.normalize(vectors.double(), dim=0) for vectors in (predicted, label))
    return angle_deg(guess, truth, dim=0).where(guess.any(0), 180.0).nan_to_num(180.0)


def _summary(angles: Tensor) -> Tensor:
    """Return mean, lower median, mean square, and the fractions within the limits."""
    within = [(angles < degrees).double().mean() for degrees in WITHIN_DEG]
    return torch.stack([angles.mean(), lower_median(angles), (angles**2).mean(), *within])


def _histogram(angles: Tensor) -> Tensor:
    """Return the number of angles in each hundredth of a degree, float64."""
    last = 180 * BINS_PER_DEG - 1
    return torch.bincount((angles * BINS_PER_DEG).long().clamp(max=last), minlength=last + 1).double()


def _median(histogram: Tensor) -> float:
    """Return the middle of the bin that holds the lower median."""
    reached = histogram.cumsum(0) >= histogram.sum() / 2
    return (int(reached.int().argmax()) + 0.5) / BINS_PER_DEG
