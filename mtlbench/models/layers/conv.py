"""Convolutions with normalization and activation."""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional as F


class ConvNormReLU(nn.Sequential):
    """Convolution, batch norm and ReLU, without change of size.

    Args:
        in_channels: Channels in.
        out_channels: Channels out.
        kernel_size: Odd size of the kernel.
        dilation: Distance between the taps of the kernel.
        bias: Whether the convolution has a bias, as some published networks do; batch norm removes its effect.
    """

    def __init__(
        self, in_channels: int, out_channels: int, kernel_size: int = 1, dilation: int = 1, bias: bool = False
    ) -> None:
        padding = dilation * (kernel_size // 2)
        super().__init__(
            nn.Conv2d(in_channels, out_channels, kernel_size, padding=padding, dilation=dilation, bias=bias),
            nn.BatchNorm2d(out_channels),
            nn.ReLU(inplace=True),
        )


class ReflectConvELU(nn.Module):
    """3x3 convolution with reflection padding and bias or batch norm, then ELU (3-ways PAD-Net, https://arxiv.org/abs/2012.10782).

    Args:
        in_channels: Channels in.
        out_channels: Channels out.
        norm: Whether batch norm replaces the bias.
    """

    def __init__(self, in_channels: int, out_channels: int, norm: bool = False) -> None:
        super().__init__()
        self.conv = nn.Conv2d(in_channels, out_channels, 3, padding=1, padding_mode='reflect', bias=not norm)
        self.norm = nn.BatchNorm2d(out_channels) if norm else nn.Identity()

    def forward(self, features: Tensor) -> Tensor:
        """Return maps (N, ``out_channels``, h, w) of the input maps (N, ``in_channels``, h, w)."""
        return F.elu(self.norm(self.conv(features)), inplace=True)


class Bottleneck(nn.Module):
    """Residual bottleneck of stride 1 whose inner width is a quarter of the output width (PAD-Net's task modules)."""

    def __init__(self, in_channels: int, out_channels: int) -> None:
        super().__init__()
        width = out_channels // 4
        self.body = nn.Sequential(
            ConvNormReLU(in_channels, width),
            ConvNormReLU(width, width, 3),
            nn.Conv2d(width, out_channels, 1, bias=False),
            nn.BatchNorm2d(out_channels),
        )
        self.shortcut: nn.Module = nn.Identity()
        if in_channels != out_channels:
            convolution = nn.Conv2d(in_channels, out_channels, 1, bias=False)
            self.shortcut = nn.Sequential(convolution, nn.BatchNorm2d(out_channels))

    def forward(self, features: Tensor) -> Tensor:
        """Return maps (N, ``out_channels``, h, w) of the input maps (N, ``in_channels``, h, w)."""
        return F.relu(self.body(features) + self.shortcut(features), inplace=True)
