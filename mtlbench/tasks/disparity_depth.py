"""Depth as a sigmoid disparity, for networks trained on video."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from mtlbench import processes
from mtlbench.errors import ConfigError
from mtlbench.registry import TASKS
from mtlbench.tasks.base import fit
from mtlbench.tasks.depth import DepthTask


@TASKS.register_module()
class DisparityDepthTask(DepthTask):
    """Depth whose inverse is linear in a sigmoid output, from ``1 / far_m`` at 0 to ``1 / near_m`` at 1.

    A single moving camera determines depth up to a scale factor, so evaluation scales predictions to the median of the
    label. The metrics are those of :class:`DepthTask`. Critics receive the disparity itself.

    Args:
        near_m: Depth at a disparity of 1, in meters.
        far_m: Depth at a disparity of 0, in meters.
        max_depth_m: Far end of the evaluated depth range, in meters.
        min_depth_m: Near end of the evaluated depth range, in meters.
        median_scaling: See :class:`DepthTask`.
        accumulate: See :class:`DepthTask`.
        decode: ``'exact'``, or ``'reference'`` to subtract 0.99 m from labels in evaluation, as xTAM's released code
            does.
        window: See :class:`DepthTask`. ManyDepth, and therefore CCAM on Cityscapes, evaluates the center.
        initial_bias: Value added to the bias of the head before training; positive values start near (SGDepth: 5).

    Raises:
        ConfigError: When a choice is unknown or a range is empty.
    """

    def __init__(  # noqa: PLR0913  they are those of the base class, and four
        self,
        near_m: float = 0.1,
        far_m: float = 100.0,
        max_depth_m: float = 80.0,
        min_depth_m: float = 0.001,
        median_scaling: bool = True,
        accumulate: str = 'image_mse',
        initial_bias: float = 0.0,
        window: Sequence[float] | None = None,
        decode: str = 'exact',
    ) -> None:
        super().__init__(
            max_depth_m,
            min_depth_m,
            decode=decode,
            median_scaling=median_scaling,
            accumulate=accumulate,
            critic_divisor=1.0,
            window=window,
        )
        if not 0 < near_m < far_m:
            raise ConfigError(f'tasks.depth: expected 0 < near_m < far_m, got {near_m=} and {far_m=}')
        self.initial_bias = initial_bias
        self.least, self.span = 1 / far_m, 1 / near_m - 1 / far_m

    def encode(self, label: Tensor) -> Tensor:
        """Encode meters as disparity in [0, 1]; invalid pixels become 0."""
        inverse = 1 / torch.where(label > 0, label, torch.inf)
        return ((inverse - self.least) / self.span).clamp(0, 1)

    def decode(self, prediction: Tensor) -> Tensor:
        """Decode to meters between ``near_m`` and ``far_m``."""
        return 1 / (self.least + self.span * prediction.float().clamp(0, 1))

    def loss(self, prediction: Tensor, label: Tensor) -> Tensor:
        """Return the mean absolute disparity error over the valid pixels, for labeled streams."""
        valid = label > 0
        error = (fit(prediction, label) - self.encode(label)).abs() * valid
        return processes.ratio(error.sum(), valid.sum())

    def to_size(self, decoded: Tensor, size: Sequence[int]) -> Tensor:
        """Resize by linear interpolation of the inverse depth, as ManyDepth does."""
        if decoded.shape[-2:] == tuple(size):
            return decoded
        return 1 / F.interpolate(1 / decoded, tuple(size), mode='bilinear', align_corners=False)

    def build_head(self, channels: int) -> nn.Module:
        """Build a 3x3 convolution with reflection padding, followed by a sigmoid."""
        return DisparityHead(channels, self.initial_bias)


class DisparityHead(nn.Module):
    """Disparity head, computed in float32: bfloat16 has too few digits for far depths."""

    def __init__(self, channels: int, initial_bias: float = 0.0) -> None:
        super().__init__()
        self.conv = nn.Conv2d(channels, 1, 3, padding=1, padding_mode='reflect')
        with torch.no_grad():
            self.conv.get_parameter('bias').add_(initial_bias)

    def forward(self, features: Tensor) -> Tensor:
        """Return the disparity (N, 1, h, w) in (0, 1)."""
        with torch.autocast(features.device.type, enabled=False):
            return torch.sigmoid(self.conv(features.float()))
