"""Height above ground in aerial images."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
import torch
from torch import Tensor

from mtlbench.errors import ConfigError
from mtlbench.metrics import with_bound, within_ratios
from mtlbench.registry import TASKS
from mtlbench.structures import FieldKind
from mtlbench.structures.drawing import draw_shades
from mtlbench.tasks.base import Task, fit
from mtlbench.tasks.losses import berhu

UNIT_M = 25.5
SMALLEST_M = 1e-3
LARGEST_M = 1e4


@TASKS.register_module()
class HeightTask(Task):
    """Height above ground in meters; negative = invalid. The network predicts height / unit_m; the loss is berHu.

    Metrics (SemiMTL): ``rmse_m``, ``abs_rel``, and ``delta1``..``delta3`` in 0..1, over all pixels of the set with a
    height above 0. Bare ground (0 m) is trained on but not evaluated. NaN and infinite predictions count as +-10 km.

    Args:
        unit_m: Height in meters that the network predicts as 1; the default is the range of 8 bits in decimeters.

    Raises:
        ConfigError: When the unit is not positive.
    """

    name = 'height'
    letter = 'h'
    kind = FieldKind.HEIGHT
    meaning = 'height above ground in meters'
    metric_of_record = 'rmse_m'
    higher_is_better = {
        **dict.fromkeys(('rmse_m', 'abs_rel'), False),
        **dict.fromkeys(('delta1', 'delta2', 'delta3'), True),
    }
    out_channels = 1

    def __init__(self, unit_m: float = UNIT_M) -> None:
        if not unit_m > 0:
            raise ConfigError(f'tasks.height.unit_m is {unit_m}, expected meters above 0')
        self.unit = unit_m

    def decode(self, prediction: Tensor) -> Tensor:
        """Decode to meters; predictions may be negative."""
        return prediction.float() * self.unit

    def loss(self, prediction: Tensor, label: Tensor) -> Tensor:
        """Return berHu in network units, averaged over the valid pixels of the batch (SemiMTL, equation 1)."""
        return berhu(fit(prediction, label), label / self.unit, label >= 0, over_valid=True)

    def statistics(self, decoded: Tensor, label: Tensor) -> dict[str, Tensor]:
        """Return the summed squared errors, relative errors and hits (5,), and the number of pixels."""
        counted = label > 0
        truth, guess = label[counted].double(), with_bound(decoded[counted].double(), LARGEST_M)
        error = guess - truth
        hits = within_ratios(guess.clamp(min=SMALLEST_M), truth)
        sums = torch.stack([error**2, error.abs() / truth, *hits]).sum(1)
        return {'errors': sums, 'count': counted.sum().double()}

    def scores(self, sums: Mapping[str, Tensor]) -> dict[str, float]:
        """Return ``rmse_m`` in meters, and the other metrics without unit."""
        mean = (sums['errors'] / sums['count']).tolist()
        scores = dict(zip(self.higher_is_better, mean, strict=True))
        return {**scores, 'rmse_m': math.sqrt(scores['rmse_m'])}

    def constant_statistics(self, label: Tensor) -> dict[str, Tensor]:
        """Return the sum and number of the heights above 0."""
        heights = label[label > 0].double()
        return {'height': heights.sum(), 'count': heights.new_tensor(heights.numel())}

    def best_constant(self, sums: Mapping[str, Tensor]) -> Tensor:
        """Return the mean height above ground, the constant of least squared error."""
        return (sums['height'] / sums['count']).float().reshape(1, 1, 1)

    def critic_input(self, prediction: Tensor, reference: Tensor | None = None) -> Tensor:
        """Return the prediction, in network units."""
        return prediction.float()

    def critic_label(self, label: Tensor) -> tuple[Tensor, Tensor]:
        """Return the label in network units; 0 where invalid."""
        valid = self.valid(label)
        return label / self.unit * valid, valid

    def draw(self, values: Tensor) -> np.ndarray:
        """Draw heights from violet (ground) to yellow (one unit and above); invalid pixels are black."""
        height = values[0].detach().float().nan_to_num(-1).cpu().numpy()
        return draw_shades(height / self.unit, height >= 0)
