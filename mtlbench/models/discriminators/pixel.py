"""Discriminator of pixels."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor
from torch.nn import functional as F

from mtlbench.models.discriminators.base import Discriminator
from mtlbench.models.discriminators.layers import CHANNELS, strided_convs
from mtlbench.registry import DISCRIMINATORS


@DISCRIMINATORS.register_module()
class PixelDiscriminator(Discriminator):
    """Five strided convolutions, all but the last with spectral norm; logits resized to the maps (SemiMTL).

    Args:
        in_channels: Channels of the maps.
        out_channels: Logits per pixel.
        channels: Channels of all layers but the last.
        dcgan_init: Whether weights are initialized as in DCGAN, normal with standard deviation 0.02, and biases at 0;
            otherwise as torch does.
    """

    scaled_arguments = {'channels': 'width'}

    def __init__(
        self, in_channels: int, out_channels: int, channels: Sequence[int] = CHANNELS, dcgan_init: bool = False
    ) -> None:
        super().__init__(in_channels, out_channels)
        self.smallest = 2 ** (len(channels) + 1)
        self.convs = strided_convs(in_channels, out_channels, channels, normalize_last=False, dcgan_init=dcgan_init)

    def judge(self, maps: Tensor) -> Tensor:
        """Return the logits of each pixel, interpolated bilinearly."""
        return F.interpolate(self.convs(maps), size=maps.shape[-2:], mode='bilinear', align_corners=True)
