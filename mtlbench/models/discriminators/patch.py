"""Discriminator of patches."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from mtlbench.models.discriminators.base import Discriminator
from mtlbench.models.discriminators.layers import CHANNELS, strided_convs
from mtlbench.processes import common_generator
from mtlbench.registry import DISCRIMINATORS


@DISCRIMINATORS.register_module()
class PatchDiscriminator(Discriminator):
    """Five strided convolutions with spectral norm; logits at 1/32 of the size of the maps (xTAM, domain adaptation).

    Args:
        in_channels: Channels of the maps.
        out_channels: Logits per position.
        flip_prob: Probability in training of a horizontal flip of the whole batch, in 0..1.
        channels: Channels of all layers but the last.
    """

    scaled_arguments = {'channels': 'width'}

    def __init__(
        self, in_channels: int, out_channels: int = 1, flip_prob: float = 0.5, channels: Sequence[int] = CHANNELS
    ) -> None:
        super().__init__(in_channels, out_channels)
        self.flip_prob = flip_prob
        self.smallest = 2 ** (len(channels) + 1)
        self.convs = strided_convs(in_channels, out_channels, channels, normalize_last=True)

    def judge(self, maps: Tensor) -> Tensor:
        """Return the logits of each patch, in the original orientation."""
        # All processes draw the same flip.
        if self.training and torch.rand((), generator=common_generator()) < self.flip_prob:
            return self.convs(maps.flip(-1)).flip(-1)
        return self.convs(maps)
