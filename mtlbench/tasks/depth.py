"""Depth."""

from __future__ import annotations

import math
from collections.abc import Mapping

import cv2
import numpy as np
import torch
from torch import Tensor

from mtlbench.errors import ConfigError
from mtlbench.metrics import DEPTH_ERRORS, depth_errors
from mtlbench.registry import TASKS
from mtlbench.structures import FieldKind
from mtlbench.tasks.base import Task, fit
from mtlbench.tasks.critic_maps import to_range_of
from mtlbench.tasks.losses import berhu

FAR_M = 655.36
REFERENCE_EPS_M = 1.0
SMALLEST_V = 1e-6
NEAREST_DRAWN_M, MEDIAN_DRAWN_M = 0.5, 10.0
DECODES = ('exact', 'reference')
ACCUMULATIONS = ('image_mse', 'pixel', 'image_rmse')


@TASKS.register_module()
class DepthTask(Task):
    """Depth in meters. The network predicts v = 655.36 / (d + eps), without bound or activation; the loss is berHu.

    Metrics: ``rmse_m``, ``abs_rel``, ``sq_rel`` (m), ``rmse_log``, and ``delta1``..``delta3`` in 0..1, over pixels
    with min_depth_m < label < max_depth_m, with the prediction clamped to that range. An image without such a pixel
    does not count.

    Args:
        max_depth_m: Far end of the window that is evaluated.
        min_depth_m: Near end of the window that is evaluated.
        eps_m: Keeps the encoding finite at 0 m.
        decode: ``'exact'`` inverts the encoding. ``'reference'`` takes off 1 m instead of ``eps_m``, of prediction
            and label alike, as the authors' released code does; this shifts the window by almost a meter.
        median_scaling: Whether the prediction is scaled to the label's median, image by image, before the clamp. A
            image whose prediction has no positive median cannot be scaled: all of it counts as wrong.
        accumulate: ``'image_mse'`` averages every quantity over the pixels of an image and then over the images,
            and takes the roots last. ``'image_rmse'`` takes the roots image by image. ``'pixel'`` averages over
            the pixels of all images at once.
        critic_divisor: What a critic sees is the encoded depth divided by this. None: brought to the range of the
            labels of the batch (xTAM), which shows critics no labels.

    Raises:
        ConfigError: When a choice is unknown or the window is empty.
    """

    name = 'depth'
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
    ) -> None:
        for key, value, known in (('decode', decode, DECODES), ('accumulate', accumulate, ACCUMULATIONS)):
            if value not in known:
                raise ConfigError(f"tasks.depth.{key} is '{value}'; known are: {', '.join(known)}")
        if not 0 < min_depth_m < max_depth_m:
            raise ConfigError(f'tasks.depth: no depth lies between min_depth_m={min_depth_m} and {max_depth_m=}')
        self.low, self.high, self.eps = min_depth_m, max_depth_m, eps_m
        self.decode_eps = eps_m if decode == 'exact' else REFERENCE_EPS_M
        self.median_scaling, self.accumulate, self.critic_divisor = median_scaling, accumulate, critic_divisor

    def encode(self, label: Tensor) -> Tensor:
        """Meters to what the network predicts: about 1 (far) to about 1300 (0.5 m); invalid pixels become 1."""
        return torch.where(label > 0, FAR_M / (label + self.eps), 1.0)

    def decode(self, prediction: Tensor) -> Tensor:
        """Meters, finite. A negative prediction gives a negative depth, which evaluation clamps to the near end."""
        return FAR_M / away_from_zero(prediction.float()) - self.decode_eps

    def loss(self, prediction: Tensor, label: Tensor) -> Tensor:
        """berHu on the encoded values (xTAM, section 4.1), over all pixels of the batch, invalid ones as zeros."""
        return berhu(fit(prediction, label), self.encode(label), label > 0)

    def attack_loss(self, prediction: Tensor, label: Tensor) -> Tensor:
        """The loss; where evaluation scales to the median, the mean error of the logarithm up to its median."""
        valid = label > 0
        if not self.median_scaling or not valid.any():
            return self.loss(prediction, label)
        decoded = self.decode(fit(prediction, label))[valid].clamp(self.low, self.high)
        ratio = decoded.log() - label[valid].log()
        return (ratio - ratio.median()).abs().mean()

    def valid(self, label: Tensor) -> Tensor:
        """See :class:`Task`."""
        return label > 0

    def statistics(self, decoded: Tensor, label: Tensor) -> dict[str, Tensor]:
        """Summed errors (7,) and how many images, or pixels, they are of."""
        totals = torch.zeros(len(DEPTH_ERRORS), dtype=torch.float64, device=label.device)
        count = torch.zeros((), dtype=torch.float64, device=label.device)
        for predicted, truth in zip(decoded, self._as_decoded(label), strict=True):
            errors = depth_errors(predicted, truth, self.low, self.high, self.median_scaling)
            if errors.shape[1]:
                added, weight = self._of_image(errors)
                totals, count = totals + added, count + weight
        return {'errors': totals, 'count': count}

    def scores(self, sums: Mapping[str, Tensor]) -> dict[str, float]:
        """Meters in ``rmse_m`` and ``sq_rel``, the rest without unit."""
        mean = dict(zip(DEPTH_ERRORS, (sums['errors'] / sums['count']).tolist(), strict=True))
        root = (lambda value: value) if self.accumulate == 'image_rmse' else math.sqrt
        roots = {'rmse_m': root(mean.pop('mse')), 'rmse_log': root(mean.pop('mse_log'))}
        return {name: {**roots, **mean}[name] for name in DepthTask.higher_is_better}

    def constant_statistics(self, label: Tensor) -> dict[str, Tensor]:
        """Mean depth of the image's window, and 1; for ``'pixel'`` the sum of the depths and their number."""
        truth = self._as_decoded(label).double()
        truth = truth[(truth > self.low) & (truth < self.high)]
        pixels = truth.new_tensor(truth.numel())
        weight = pixels if self.accumulate == 'pixel' else (pixels > 0).double()
        return {'depth': truth.sum() / pixels.clamp(min=1) * weight, 'count': weight}

    def best_constant(self, sums: Mapping[str, Tensor]) -> Tensor:
        """The depth of least mean squared error (for ``'image_rmse'`` close to the best, not exactly it)."""
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
        colors = cv2.applyColorMap((255 * shade).round().astype(np.uint8), cv2.COLORMAP_VIRIDIS)[..., ::-1]
        return np.where(depth[..., None] > 0, colors, np.uint8(0))

    def critic_input(self, prediction: Tensor, reference: Tensor | None = None) -> Tensor:
        """The encoded depth in units of the divisor, or of the reference's range.

        Raises:
            ConfigError: When there is neither.
        """
        if self.critic_divisor is not None:
            return prediction.float() / self.critic_divisor
        if reference is None:
            raise ConfigError(
                'a critic of depth scales by the labels of the batch, but no sample has one: '
                'use a stream that is labeled for depth, or set tasks.depth.critic_divisor'
            )
        return to_range_of(prediction.float(), self.encode(reference))

    def critic_label(self, label: Tensor) -> tuple[Tensor, Tensor]:
        """The encoded depth in units of the divisor; 0 where invalid."""
        valid = self.valid(label)
        return self.critic_input(self.encode(label) * valid), valid

    def _as_decoded(self, label: Tensor) -> Tensor:
        """The label as it comes back from encoding and decoding; invalid stays outside of the window."""
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
    """The values, those within a millionth of 0 moved there, so that they can be divided by."""
    return torch.where(values < 0, values.clamp(max=-SMALLEST_V), values.clamp(min=SMALLEST_V))
