"""Depth as networks predict it that learn from several data sets: its inverse, in pixels of disparity."""

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
"""Focal length times baseline of Cityscapes, 2262.52 px * 0.209313 m."""
SMALLEST, LARGEST = 1e-3, 1e6


@TASKS.register_module()
class InverseDepthTask(DepthTask):
    """Depth whose inverse y = unit / d the network predicts, without bound; the loss is berHu (SemiMTL, section 4.1).

    What is infinitely far has y = 0. It is learnt, but relative errors leave it out.

    Metrics: ``rmse_inverse`` and ``abs_rel`` of y, ``delta1``..``delta3`` in 0..1, over all pixels of the set with
    y > 0; ratios take a prediction of at least 0.001, and what is no number counts as a million. Beside them, as
    ``metric_<name>``, those of :class:`DepthTask` in meters, over the same set of pixels as far as they lie in its
    window.

    Args:
        unit: Meters times the unit of y. By default y is in pixels of disparity of Cityscapes at its full width of
            2048; half of it gives them at a width of 1024, 1 gives 1 / m.
        infinite_m: Depths beyond count as infinite, such as the sky of rendered images; ``inf``: only infinite ones.
        critic_divisor: What a critic sees is y divided by this.
        max_depth_m: Far end of the window of the metrics in meters.
        min_depth_m: Near end of that window.

    Raises:
        ConfigError: When the unit is not positive or the window is empty.
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
        """Meters to y; 0 for what is infinitely far, and for invalid pixels."""
        return torch.where((label > 0) & (label <= self.infinite_m), self.unit / label, 0.0)

    def decode(self, prediction: Tensor) -> Tensor:
        """Meters, finite; a negative prediction gives a negative depth."""
        return self.unit / away_from_zero(prediction.float())

    def loss(self, prediction: Tensor, label: Tensor) -> Tensor:
        """berHu of y, averaged over the valid pixels of the batch (SemiMTL, equation 1)."""
        return berhu(fit(prediction, label), self.encode(label), label > 0, over_valid=True)

    def statistics(self, decoded: Tensor, label: Tensor) -> dict[str, Tensor]:
        """Those of depth in meters; and of y the summed squares, relative errors and hits (5,), and their number."""
        truth = self.encode(label.double())
        counted = truth > 0
        guess, truth = with_bound(self.unit / decoded[counted].double(), LARGEST), truth[counted]
        error = guess - truth
        hits = within_ratios(guess.clamp(min=SMALLEST), truth)
        sums = torch.stack([error**2, error.abs() / truth, *hits]).sum(1)
        return {**super().statistics(decoded, label), 'inverse': sums, 'inverse_count': counted.sum().double()}

    def scores(self, sums: Mapping[str, Tensor]) -> dict[str, float]:
        """``rmse_inverse`` in units of y; meters in ``metric_rmse_m`` and ``metric_sq_rel``; the rest without unit."""
        in_meters = {f'metric_{name}': value for name, value in super().scores(sums).items()}
        square, *others = (sums['inverse'] / sums['inverse_count']).tolist()
        names = [name for name in self.higher_is_better if name not in in_meters]
        return {**dict(zip(names, (math.sqrt(square), *others), strict=True)), **in_meters}

    def constant_statistics(self, label: Tensor) -> dict[str, Tensor]:
        """Sum and number of the y above 0."""
        inverse = self.encode(label.double())
        return {'inverse': inverse.sum(), 'count': (inverse > 0).sum().double()}

    def best_constant(self, sums: Mapping[str, Tensor]) -> Tensor:
        """The depth of the mean y: the least squared error."""
        return (self.unit * sums['count'] / sums['inverse']).float().reshape(1, 1, 1)
