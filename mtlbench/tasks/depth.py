"""Depth estimation in meters."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
import torch
from torch import Tensor

from mtlbench.errors import ConfigError
from mtlbench.metrics import DEPTH_ERRORS, depth_errors
from mtlbench.registry import TASKS
from mtlbench.structures import FieldKind
from mtlbench.structures.drawing import draw_shades
from mtlbench.tasks.base import Task, fit
from mtlbench.tasks.critic_maps import to_range_of
from mtlbench.tasks.losses import berhu
from mtlbench.utils.choices import require_known

FAR_M = 655.36
REFERENCE_EPS_M = 1.0
SMALLEST_V = 1e-6
NEAREST_DRAWN_M, MEDIAN_DRAWN_M = 0.5, 10.0
DECODES = ('exact', 'reference')
ACCUMULATIONS = ('image_mse', 'pixel', 'image_rmse')
WHOLE = (0.0, 1.0, 0.0, 1.0)
ROUNDING = 1e-9
"""Tolerance in pixels, so that fractions such as 0.29 of 100 pixels do not lose a pixel to rounding."""


@TASKS.register_module()
class DepthTask(Task):
    """Depth in meters. The network predicts v = 655.36 / (d + eps) without bound or activation; the loss is berHu.

    Metrics: ``rmse_m``, ``abs_rel``, ``sq_rel`` (m), ``rmse_log``, and ``delta1``..``delta3`` in 0..1, over pixels
    with min_depth_m < label < max_depth_m, with the prediction clamped to that range. Images without such pixels are
    ignored.

    Args:
        max_depth_m: Far end of the evaluated depth range, in meters.
        min_depth_m: Near end of the evaluated depth range, in meters.
        eps_m: Offset in meters that keeps the encoding finite at 0 m.
        decode: ``'exact'`` inverts the encoding. ``'reference'`` subtracts 1 m instead of ``eps_m`` from predictions
            and labels, as the authors' released code does; this shifts the evaluated range by almost a meter.
        median_scaling: Whether each prediction is scaled to the median of its label before clamping. If a prediction
            has no positive median, all pixels of its image count as wrong.
        accumulate: ``'image_mse'`` averages every quantity over the pixels of each image, then over the images, and
            takes square roots last. ``'image_rmse'`` takes square roots per image. ``'pixel'`` averages over the pixels
            of all images at once.
        critic_divisor: Divisor of the encoded depth in critic inputs. None: normalize to the range of the labels in the
            batch (xTAM), which rules out critics of labels.
        window: Evaluated part of the image: (top, bottom, left, right) as fractions of height and width, rounded down
            to whole pixels. None: the whole image. KITTI's evaluation uses the crop of Garg.

    Raises:
        ConfigError: When a choice is unknown, or the depth range or the window is empty.
    """

    name = 'depth'
    letter = 'd'
    kind = FieldKind.DEPTH
    metric_of_record = 'rmse_m'
    higher_is_better = {
        **dict.fromkeys(('rmse_m', 'abs_rel', 'sq_rel', 'rmse_log'), False),
        **dict.fromkeys(('delta1', 'delta2', 'delta3'), True),
    }
    out_channels = 1

    def __init__(
        self,
        max_depth_m: float = 80.0,
        min_depth_m: float = 0.001,
        eps_m: float = 0.01,
        decode: str = 'exact',
        median_scaling: bool = False,
        accumulate: str = 'image_mse',
        critic_divisor: float | None = None,
        window: Sequence[float] | None = None,
    ) -> None:
        for key, value, known in (('decode', decode, DECODES), ('accumulate', accumulate, ACCUMULATIONS)):
            require_known(f'tasks.depth.{key}', value, known)
        if not 0 < min_depth_m < max_depth_m:
            raise ConfigError(
                f'tasks.depth: expected 0 < min_depth_m < max_depth_m, got {min_depth_m=} and {max_depth_m=}'
            )
        top, bottom, left, right = window or WHOLE
        if not (0 <= top < bottom <= 1 and 0 <= left < right <= 1):
            raise ConfigError(
                f'tasks.depth.window is {window}, expected (top, bottom, left, right) with 0 <= top < bottom <= 1 and '
                '0 <= left < right <= 1'
            )
        self.window = (top, bottom, left, right)
        self.low, self.high, self.eps = min_depth_m, max_depth_m, eps_m
        self.decode_eps = eps_m if decode == 'exact' else REFERENCE_EPS_M
        self.median_scaling, self.accumulate, self.critic_divisor = median_scaling, accumulate, critic_divisor

    @property
    def meaning(self) -> str:  # type: ignore[override]
        """Depth in meters; with median scaling, the metrics leave its scale open."""
        if self.median_scaling:
            return 'depth along the optical axis, up to an unknown factor: metrics scale each image to meters'
        return 'depth along the optical axis in meters'

    @property
    def unit_of_values(self) -> str:  # type: ignore[override]
        """Meters; with median scaling, up to one factor per image."""
        return 'm, up to scale' if self.median_scaling else 'm'

    def encode(self, label: Tensor) -> Tensor:
        """Encode meters: about 1 (far) to about 1300 (0.5 m); invalid pixels become 1."""
        return torch.where(label > 0, FAR_M / (label + self.eps), 1.0)

    def decode(self, prediction: Tensor) -> Tensor:
        """Decode to finite meters; negative predictions give negative depths, which evaluation clamps."""
        return FAR_M / away_from_zero(prediction.float()) - self.decode_eps

    def loss(self, prediction: Tensor, label: Tensor) -> Tensor:
        """Return berHu on the encoded values (xTAM, section 4.1), averaged over all pixels, invalid ones as 0."""
        return berhu(fit(prediction, label), self.encode(label), label > 0)

    def attack_loss(self, prediction: Tensor, label: Tensor) -> Tensor:
        """Return the loss or, with median scaling, the mean absolute log error after removal of its median."""
        valid = label > 0
        if not self.median_scaling or not valid.any():
            return self.loss(prediction, label)
        decoded = self.decode(fit(prediction, label))[valid].clamp(self.low, self.high)
        ratio = decoded.log() - label[valid].log()
        return (ratio - ratio.median()).abs().mean()

    def statistics(self, decoded: Tensor, label: Tensor) -> dict[str, Tensor]:
        """Return the summed errors (7,) inside the window, and the number of images or pixels summed."""
        decoded, label = self._inside(decoded), self._inside(label)
        totals = torch.zeros(len(DEPTH_ERRORS), dtype=torch.float64, device=label.device)
        count = torch.zeros((), dtype=torch.float64, device=label.device)
        for predicted, truth in zip(decoded, self._as_decoded(label), strict=True):
            errors = depth_errors(predicted, truth, self.low, self.high, self.median_scaling)
            if errors.shape[1]:
                added, weight = self._of_image(errors)
                totals, count = totals + added, count + weight
        return {'errors': totals, 'count': count}

    def scores(self, sums: Mapping[str, Tensor]) -> dict[str, float]:
        """Return ``rmse_m`` and ``sq_rel`` in meters, and the other metrics without unit."""
        mean = dict(zip(DEPTH_ERRORS, (sums['errors'] / sums['count']).tolist(), strict=True))
        root = (lambda value: value) if self.accumulate == 'image_rmse' else math.sqrt
        roots = {'rmse_m': root(mean.pop('mse')), 'rmse_log': root(mean.pop('mse_log'))}
        return {name: {**roots, **mean}[name] for name in DepthTask.higher_is_better}

    def constant_statistics(self, label: Tensor) -> dict[str, Tensor]:
        """Return the mean depth in the evaluated range and 1; for ``'pixel'`` the sum of depths and their number."""
        truth = self._as_decoded(self._inside(label)).double()
        truth = truth[(truth > self.low) & (truth < self.high)]
        pixels = truth.new_tensor(truth.numel())
        weight = pixels if self.accumulate == 'pixel' else (pixels > 0).double()
        return {'depth': truth.sum() / pixels.clamp(min=1) * weight, 'count': weight}

    def best_constant(self, sums: Mapping[str, Tensor]) -> Tensor:
        """Return the depth of least mean squared error (approximate for ``'image_rmse'``)."""
        return (sums['depth'] / sums['count']).float().reshape(1, 1, 1)

    def draw(self, values: Tensor) -> np.ndarray:
        """Logarithm of the depth, near = yellow, far = violet, in a range that is the same for all images.

        With ``median_scaling`` every image, of a label too, is scaled to the same median of what is valid.
        """
        depth = values[0].detach().float().nan_to_num(0, self.high, 0).cpu().numpy()
        if self.median_scaling and (depth > 0).any():
            depth *= MEDIAN_DRAWN_M / np.median(depth[depth > 0])
        span = np.log(self.high / NEAREST_DRAWN_M)
        shade = 1 - np.log(depth.clip(NEAREST_DRAWN_M, self.high) / NEAREST_DRAWN_M) / span
        return draw_shades(shade, depth > 0)

    def critic_input(self, prediction: Tensor, reference: Tensor | None = None) -> Tensor:
        """Return the encoded depth, divided by ``critic_divisor`` or normalized to the range of the reference.

        Raises:
            ConfigError: When neither a divisor nor a label is available.
        """
        if self.critic_divisor is not None:
            return prediction.float() / self.critic_divisor
        if reference is None:
            raise ConfigError(
                'a depth critic normalizes by the labels of the batch, but no sample has a depth label; '
                'use a stream that is labeled for depth, or set tasks.depth.critic_divisor'
            )
        return to_range_of(prediction.float(), self.encode(reference))

    def critic_label(self, label: Tensor) -> tuple[Tensor, Tensor]:
        """Return the encoded depth divided by ``critic_divisor``; 0 where invalid."""
        valid = self.valid(label)
        return self.critic_input(self.encode(label) * valid), valid

    def _inside(self, values: Tensor) -> Tensor:
        """Return the part of values (..., H, W) that is inside the window."""
        height, width = values.shape[-2:]
        top, bottom, left, right = self.window
        rows = slice(math.floor(top * height + ROUNDING), math.floor(bottom * height + ROUNDING))
        columns = slice(math.floor(left * width + ROUNDING), math.floor(right * width + ROUNDING))
        return values[..., rows, columns]

    def _as_decoded(self, label: Tensor) -> Tensor:
        """Apply encoding and decoding to a label; invalid pixels stay outside the evaluated range."""
        return torch.where(label > 0, label + (self.eps - self.decode_eps), 0.0)

    def _of_image(self, errors: Tensor) -> tuple[Tensor, float]:
        if self.accumulate == 'pixel':
            return errors.sum(1), errors.shape[1]
        mean = errors.mean(1)
        if self.accumulate == 'image_rmse':
            rooted = torch.tensor([name.startswith('mse') for name in DEPTH_ERRORS], device=mean.device)
            mean = mean.where(~rooted, mean.sqrt())
        return mean, 1.0


def away_from_zero(values: Tensor) -> Tensor:
    """Move values within 1e-6 of zero to +-1e-6, so that they can be divisors."""
    return torch.where(values < 0, values.clamp(max=-SMALLEST_V), values.clamp(min=SMALLEST_V))
