"""Base class of discriminators."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from typing import ClassVar

import torch
from mmengine.model import BaseModule
from torch import Tensor

from mtlbench.errors import ConfigError


class Discriminator(BaseModule):
    """Classify each position of a map, for example by its domain or as prediction or label.

    It computes in float32 even under autocast, because spectral norms estimated in half precision are no bounds.

    Args:
        in_channels: Channels of the maps.
        out_channels: Logits per position: one for two classes, otherwise one per class.

    Attributes:
        smallest: Minimum height and width of the maps.
    """

    scaled_arguments: ClassVar[Mapping[str, str]]
    """Arguments that profiles scale, and their kinds: see :mod:`mtlbench.config.kinds`."""
    smallest: int = 1

    def __init__(self, in_channels: int, out_channels: int) -> None:
        super().__init__()
        self.in_channels, self.out_channels = in_channels, out_channels

    def forward(self, maps: Tensor) -> Tensor:
        """Return logits (N, ``out_channels``, h, w) for maps (N, ``in_channels``, H, W).

        Raises:
            ConfigError: When the maps are smaller than ``smallest``.
        """
        if min(maps.shape[-2:]) < self.smallest:
            raise ConfigError(
                f'{type(self).__name__} needs maps of at least {self.smallest} x {self.smallest}, got '
                f'{tuple(maps.shape[-2:])} (height, width); use larger images, or fewer channels of the critic'
            )
        with torch.autocast(maps.device.type, enabled=False):
            return self.judge(maps.float())

    @abstractmethod
    def judge(self, maps: Tensor) -> Tensor:
        """Return the logits for maps in float32."""
