"""Depth and inverse depth as direct outputs of the network, with the loss and metrics of MTAN."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from mtlbench import processes
from mtlbench.errors import ConfigError
from mtlbench.registry import TASKS
from mtlbench.tasks.base import fit
from mtlbench.tasks.depth import DepthTask, away_from_zero
from mtlbench.tasks.inverse_depth import CITYSCAPES_RIG
from mtlbench.utils.choices import require_known

ACCUMULATIONS = ('pixel', 'image')
MTAN_UNIT, MTAN_OFFSET = CITYSCAPES_RIG * 256 / 65535, 1 / 65535
"""Unit and offset of the inverse depth in MTAN's Cityscapes, which is (256 disparity + 1) / 65535."""


@TASKS.register_module()
class LinearDepthTask(DepthTask):
    """Depth in meters, predicted without encoding, bound or activation; the loss is L1 over the valid pixels (MTAN).

    Metrics: ``abs_err_m`` and ``rel_err``, the mean of abs(p - g) and of abs(p - g) / g over the pixels with a label.
    Predictions are not clamped; NaN and infinity count as ten times ``max_depth_m``.

    Args:
        accumulate: ``'pixel'`` averages over the pixels of all images at once (LibMTL). ``'image'`` averages over the
            pixels of each image, then over the images (the code of MTAN, with one image per batch).
        max_depth_m: Far end of the colors in meters.

    Raises:
        ConfigError: When the choice is unknown or the range is empty.
    """

    metric_of_record = 'abs_err_m'
    higher_is_better = dict.fromkeys(('abs_err_m', 'rel_err'), False)

    def __init__(self, accumulate: str = 'pixel', max_depth_m: float = 10.0) -> None:
        super().__init__(max_depth_m, critic_divisor=max_depth_m)
        require_known('tasks.depth.accumulate', accumulate, ACCUMULATIONS)
        self.by_image = accumulate == 'image'
        self.bound = 10 * max_depth_m

    def value(self, depth: Tensor) -> Tensor:
        """Return the predicted quantity for a depth in meters."""
        return depth

    def encode(self, label: Tensor) -> Tensor:
        """Encode meters as the predicted quantity; invalid pixels become 0."""
        return torch.where(label > 0, self.value(label), 0.0)

    def decode(self, prediction: Tensor) -> Tensor:
        """Decode to meters of any sign."""
        return prediction.float()

    def loss(self, prediction: Tensor, label: Tensor) -> Tensor:
        """Return the mean absolute error of the predicted quantity over the valid pixels of the batch."""
        valid = label > 0
        error = (fit(prediction, label) - self.encode(label)).abs() * valid
        return processes.ratio(error.sum(), valid.sum())

    def statistics(self, decoded: Tensor, label: Tensor) -> dict[str, Tensor]:
        """Return the summed errors (2,) and the number of pixels or images summed."""
        totals = torch.zeros(2, dtype=torch.float64, device=label.device)
        count = totals.new_zeros(())
        for predicted, truth in zip(decoded, label, strict=True):
            counted = truth > 0
            if not counted.any():
                continue
            expected = self.value(truth[counted].double())
            guess = self.value(predicted[counted].double()).nan_to_num(self.bound, self.bound, -self.bound)
            error = (guess - expected).abs()
            errors, pixels = torch.stack([error, error / expected]).sum(1), counted.sum()
            weight = pixels if self.by_image else pixels.new_ones(())
            totals, count = totals + errors / weight, count + pixels / weight
        return {'errors': totals, 'count': count}

    def scores(self, sums: Mapping[str, Tensor]) -> dict[str, float]:
        """Return the absolute error in the predicted quantity, and the relative error."""
        return dict(zip(self.higher_is_better, (sums['errors'] / sums['count']).tolist(), strict=True))

    def constant_statistics(self, label: Tensor) -> dict[str, Tensor]:
        """Return the sum of the predicted quantity over the valid pixels, and their number."""
        truth = self.value(label[label > 0].double())
        return {'value': truth.sum(), 'count': truth.new_tensor(truth.numel())}

    def best_constant(self, sums: Mapping[str, Tensor]) -> Tensor:
        """Return the mean, which is close to the constant of least absolute error."""
        return self.decode((sums['value'] / sums['count']).reshape(1, 1, 1))


@TASKS.register_module()
class LinearInverseDepthTask(LinearDepthTask):
    """Inverse depth y = unit / d + offset, predicted without bound; the loss is L1 over the valid pixels (MTAN).

    Points at infinity have y = offset, and count. Metrics: ``abs_err_inverse`` in units of y, and ``rel_err`` of y,
    which far points dominate.

    Args:
        unit: Scale of y in meters times the unit of y. The default gives the inverse depth of MTAN's Cityscapes.
        offset: Value of y at infinity.
        accumulate: See :class:`LinearDepthTask`.
        max_depth_m: Far end of the colors in meters.

    Raises:
        ConfigError: When the unit is not positive, the choice is unknown or the range is empty.
    """

    metric_of_record = 'abs_err_inverse'
    higher_is_better = dict.fromkeys(('abs_err_inverse', 'rel_err'), False)

    def __init__(
        self,
        unit: float = MTAN_UNIT,
        offset: float = MTAN_OFFSET,
        accumulate: str = 'pixel',
        max_depth_m: float = 80.0,
    ) -> None:
        super().__init__(accumulate, max_depth_m)
        if not unit > 0:
            raise ConfigError(f'tasks.depth.unit is {unit}, expected meters times the unit of y, above 0')
        self.unit, self.offset, self.critic_divisor, self.bound = unit, offset, 1.0, 10.0

    def value(self, depth: Tensor) -> Tensor:
        """Return y for a depth in meters."""
        return self.unit / depth + self.offset

    def decode(self, prediction: Tensor) -> Tensor:
        """Decode to finite meters; values below ``offset`` give negative depths."""
        return self.unit / away_from_zero(prediction.float() - self.offset)
