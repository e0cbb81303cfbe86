"""Camera motion between two frames."""

from __future__ import annotations

import torch
from mmengine.model import BaseModule
from torch import Tensor, nn

from mtlbench.geometry.view_synthesis import Motion, rotation_matrix
from mtlbench.models.encoders.base import build_common_encoder
from mtlbench.registry import MODELS
from mtlbench.utils.choices import require_known

SCALE = 0.01


@MODELS.register_module()
class PoseNetwork(BaseModule):
    """Pose network of monodepth2 (https://arxiv.org/abs/1806.01260): an encoder of both frames and four convolutions.

    Args:
        encoder: Config of an encoder that accepts two stacked images; only its last map is used.
        motions: Number of predicted motions, of which only the first is used; monodepth2 predicts two.
        channels: Channels of the hidden convolutions.
        scale: Position of the factor 0.01 that makes the first motions small: ``'output'``, or ``'init'`` to scale only
            the initial weights of the last convolution (SGDepth; robust, R2).

    Raises:
        ConfigError: When ``scale`` is unknown.
    """

    scaled_arguments = {'channels': 'width'}

    def __init__(self, encoder: dict, motions: int = 2, channels: int = 256, scale: str = 'output') -> None:
        super().__init__()
        self.encoder = build_common_encoder(dict(encoder, images=2), 'PoseNetwork')
        self.head = nn.Sequential(
            nn.Conv2d(self.encoder.channels[-1], channels, 1),
            nn.ReLU(inplace=True),
            nn.Conv2d(channels, channels, 3, padding=1),
            nn.ReLU(inplace=True),
            nn.Conv2d(channels, channels, 3, padding=1),
            nn.ReLU(inplace=True),
            nn.Conv2d(channels, 6 * motions, 1),
        )
        require_known('PoseNetwork: scale', scale, ('output', 'init'))
        self.factor = SCALE if scale == 'output' else 1.0
        if scale == 'init':
            with torch.no_grad():
                for parameter in self.head[-1].parameters():
                    parameter.mul_(SCALE)

    def forward(self, earlier: Tensor, later: Tensor) -> Motion:
        """Return the motion of points from the camera of the earlier frame to that of the later one, in float32.

        Args:
            earlier: RGB images (N, 3, H, W) in [0, 1].
            later: RGB images of the same shape.
        """
        features = self.encoder(torch.cat([earlier, later], dim=1))[-1]
        numbers = self.factor * self.head(features).float().mean((2, 3))
        with torch.autocast(numbers.device.type, enabled=False):
            return Motion(rotation_matrix(numbers[:, :3]), numbers[:, 3:6])
