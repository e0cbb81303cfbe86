"""Depth as inverse depth in pixels of disparity, for networks trained on several datasets."""

from __future__ import annotations

import math
from collections.abc import Mapping

import torch
from torch import Tensor

from mtlbench.errors import ConfigError
from mtlbench.metrics import with_bound, within_ratios
from mtlbench.registry import TASKS
from mtlbench.tasks.base import fit
from mtlbench.tasks.depth import DepthTask, away_from_zero
from mtlbench.tasks.losses import berhu

CITYSCAPES_RIG = 473.575
"""Focal length times baseline of the Cityscapes cameras, 2262.52 px * 0.209313 m."""
SMALLEST, LARGEST = 1e-3, 1e6


@TASKS.register_module()
class InverseDepthTask(DepthTask):
    """Inverse depth y = unit / d, predicted without bound; the loss is berHu (SemiMTL, section 4.1).

    Points at infinity have y = 0. They are trained on, but excluded from evaluation.

    Metrics: ``rmse_inverse`` and ``abs_rel`` of y, ``delta1``..``delta3`` in 0..1, over all pixels of the set with
    y > 0; ratios clamp predictions to at least 0.001, and NaN counts as one million. The metrics of :class:`DepthTask`
    in meters, over the pixels inside the depth range, are reported as ``metric_<name>``.

    Args:
        unit: Scale of y in meters times the unit of y. The default gives y in pixels of disparity of Cityscapes at its
            full width of 2048; half of it gives pixels at a width of 1024, and 1 gives 1 / m.
        infinite_m: Depth in meters beyond which points count as infinitely far, such as the sky of rendered images.
        critic_divisor: Divisor of y in critic inputs.
        max_depth_m: Far end of the depth range of the metrics in meters.
        min_depth_m: Near end of that range.

    Raises:
        ConfigError: When the unit is not positive or the depth range is empty.
    """

    metric_of_record = 'rmse_inverse'
    higher_is_better = {
        **dict.fromkeys(('rmse_inverse', 'abs_rel'), False),
        **dict.fromkeys(('delta1', 'delta2', 'delta3'), True),
        **{f'metric_{name}': higher for name, higher in DepthTask.higher_is_better.items()},
    }

    def __init__(
        self,
        unit: float = CITYSCAPES_RIG,
        infinite_m: float = 1000.0,
        critic_divisor: float = 128.0,
        max_depth_m: float = 80.0,
        min_depth_m: float = 0.001,
    ) -> None:
        super().__init__(max_depth_m, min_depth_m, eps_m=0.0, accumulate='pixel', critic_divisor=critic_divisor)
        if not unit > 0:
            raise ConfigError(f'tasks.depth.unit is {unit}, expected meters times pixels above 0')
        self.unit, self.infinite_m = unit, infinite_m

    def encode(self, label: Tensor) -> Tensor:
        """Encode meters as y; 0 for points at infinity and for invalid pixels."""
        return torch.where((label > 0) & (label <= self.infinite_m), self.unit / label, 0.0)

    def decode(self, prediction: Tensor) -> Tensor:
        """Decode to finite meters; negative predictions give negative depths."""
        return self.unit / away_from_zero(prediction.float())

    def loss(self, prediction: Tensor, label: Tensor) -> Tensor:
        """Return berHu of y, averaged over the valid pixels of the batch (SemiMTL, equation 1)."""
        return berhu(fit(prediction, label), self.encode(label), label > 0, over_valid=True)

    def statistics(self, decoded: Tensor, label: Tensor) -> dict[str, Tensor]:
        """Return the depth statistics in meters, and the summed errors and hits (5,) of y with their number."""
        truth = self.encode(label.double())
        counted = truth > 0
        guess, truth = with_bound(self.unit / decoded[counted].double(), LARGEST), truth[counted]
        error = guess - truth
        hits = within_ratios(guess.clamp(min=SMALLEST), truth)
        sums = torch.stack([error**2, error.abs() / truth, *hits]).sum(1)
        return {**super().statistics(decoded, label), 'inverse': sums, 'inverse_count': counted.sum().double()}

    def scores(self, sums: Mapping[str, Tensor]) -> dict[str, float]:
        """Return ``rmse_inverse`` in units of y, ``metric_rmse_m`` and ``metric_sq_rel`` in meters, others without."""
        in_meters = {f'metric_{name}': value for name, value in super().scores(sums).items()}
        square, *others = (sums['inverse'] / sums['inverse_count']).tolist()
        names = [name for name in self.higher_is_better if name not in in_meters]
        return {**dict(zip(names, (math.sqrt(square), *others), strict=True)), **in_meters}

    def constant_statistics(self, label: Tensor) -> dict[str, Tensor]:
        """Return the sum and number of all y above 0."""
        inverse = self.encode(label.double())
        return {'inverse': inverse.sum(), 'count': (inverse > 0).sum().double()}

    def best_constant(self, sums: Mapping[str, Tensor]) -> Tensor:
        """Return the depth at the mean y, the constant of least squared error."""
        return (self.unit * sums['count'] / sums['inverse']).float().reshape(1, 1, 1)
