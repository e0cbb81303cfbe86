"""The contract of an encoder."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Collection
from typing import ClassVar

import torch
from mmengine.model import BaseModule
from torch import Tensor


class Encoder(BaseModule):
    """Turns images into feature maps, finest first.

    Args:
        mean: Per-channel mean taken off the RGB image in [0, 1] before the first layer.
        std: Per-channel divisor.

    Attributes:
        channels: Channels of each returned map.
        strides: Stride of each returned map with respect to the image, not decreasing.
    """

    kept_arguments: ClassVar[Collection[str]] = ('output_stride', 'images')
    """Arguments that decide strides and input. An encoder that takes the place of this one in a profile keeps them."""
    channels: tuple[int, ...]
    strides: tuple[int, ...]
    mean: Tensor
    std: Tensor

    def __init__(
        self,
        mean: tuple[float, float, float] = (0.485, 0.456, 0.406),
        std: tuple[float, float, float] = (0.229, 0.224, 0.225),
    ) -> None:
        super().__init__()
        self.register_buffer('mean', torch.tensor(mean).view(1, 3, 1, 1), persistent=False)
        self.register_buffer('std', torch.tensor(std).view(1, 3, 1, 1), persistent=False)

    @property
    def size_multiple(self) -> int:
        """What the height and width of the images must be multiples of."""
        return self.strides[-1]

    def keep(self, maps: Collection[int]) -> None:
        """Called once by the network: of the maps only these positions are read. What serves others need not learn."""

    def forward(self, images: Tensor) -> list[Tensor]:
        """Feature maps of images (N, 3, H, W), RGB in [0, 1]."""
        return self.features((images - self.mean) / self.std)

    def init_weights(self) -> None:
        """Draw the weights, then load the pretrained ones."""
        super().init_weights()
        self.load_pretrained()

    def load_pretrained(self) -> None:
        """Load the pretrained weights, where the encoder has some. Training calls it once, before its first update.

        Raises:
            CheckpointError: When they are missing or do not fit.
        """

    @abstractmethod
    def features(self, normalized: Tensor) -> list[Tensor]:
        """Feature maps of normalized images (N, 3, H, W); one per entry of ``channels``."""
