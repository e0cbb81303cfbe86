"""Layers shared by the discriminators."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from torch import nn
from torch.nn.utils.parametrizations import spectral_norm

CHANNELS = (64, 128, 256, 512)
LEAK = 0.2


def strided_convs(
    in_channels: int, out_channels: int, channels: Sequence[int], normalize_last: bool, dcgan_init: bool = False
) -> nn.Sequential:
    """Build 4x4 convolutions of stride 2 with bias and spectral norm, and leaky ReLUs between them.

    Args:
        in_channels: Channels of the maps.
        out_channels: Channels of the last convolution.
        channels: Channels of the previous convolutions.
        normalize_last: Whether the last convolution has a spectral norm too.
        dcgan_init: Whether weights are initialized as in DCGAN, normal with standard deviation 0.02, and biases at 0.
    """
    layers: list[nn.Module] = []
    for before, after in pairwise((in_channels, *channels)):
        layers += [spectral_norm(_conv(before, after, dcgan_init)), nn.LeakyReLU(LEAK)]
    last = _conv(channels[-1], out_channels, dcgan_init)
    return nn.Sequential(*layers, spectral_norm(last) if normalize_last else last)


def _conv(before: int, after: int, dcgan_init: bool) -> nn.Conv2d:
    conv = nn.Conv2d(before, after, kernel_size=4, stride=2, padding=1)
    if dcgan_init:
        nn.init.normal_(conv.weight, std=0.02)
        nn.init.zeros_(conv.get_parameter('bias'))
    return conv
