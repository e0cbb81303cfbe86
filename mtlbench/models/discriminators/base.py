"""The contract of a discriminator."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from typing import ClassVar

import torch
from mmengine.model import BaseModule
from torch import Tensor

from mtlbench.errors import ConfigError


class Discriminator(BaseModule):
    """Tells, place by place, which class a map belongs to: of which domain it is, or whether it is a label.

    It computes in float32 under autocast, too: a spectral norm estimated in half precision is no bound.

    Args:
        in_channels: Channels of the maps.
        out_channels: Logits at each place: one for two classes, else one a class.

    Attributes:
        smallest: The smallest height and width of the maps.
    """

    scaled_arguments: ClassVar[Mapping[str, str]]
    """Arguments that profiles scale, and their kinds: see :mod:`mtlbench.config.kinds`."""
    smallest: int = 1

    def __init__(self, in_channels: int, out_channels: int) -> None:
        super().__init__()
        self.in_channels, self.out_channels = in_channels, out_channels

    def forward(self, maps: Tensor) -> Tensor:
        """Logits (N, ``out_channels``, h, w) of maps (N, ``in_channels``, H, W).

        Raises:
            ConfigError: For maps smaller than ``smallest``.
        """
        if min(maps.shape[-2:]) < self.smallest:
            raise ConfigError(
                f'{type(self).__name__} needs maps of {self.smallest} x {self.smallest} or more, got '
                f'{tuple(maps.shape[-2:])} (height, width): take larger images, or fewer channels of the critic'
            )
        with torch.autocast(maps.device.type, enabled=False):
            return self.judge(maps.float())

    @abstractmethod
    def judge(self, maps: Tensor) -> Tensor:
        """The logits, of maps in float32."""
