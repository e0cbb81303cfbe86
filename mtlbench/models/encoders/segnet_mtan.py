"""SegNet with the attention of MTAN, whose maps differ by task."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from mtlbench.models.encoders.segnet import FILTERS, Pair, SegNet, block
from mtlbench.models.layers import ConvNormReLU, xavier_normal
from mtlbench.registry import ENCODERS
from mtlbench.structures import Maps


@ENCODERS.register_module()
class SegNetMTAN(SegNet):
    """SegNet with an attention per task (MTAN, https://arxiv.org/abs/1803.10704).

    At each level, a mask per task selects from the maps of the shared SegNet. The tasks also share the 3x3 convolutions
    between the levels of attention, which each task passes by itself, one after another.

    Args:
        tasks: Tasks by name; given by the network.
        filters: See :class:`SegNet`.
        mean: See :class:`SegNet`.
        std: See :class:`SegNet`.
    """

    by_task = True

    def __init__(
        self,
        tasks: Sequence[str],
        filters: Sequence[int] = FILTERS,
        mean: tuple[float, float, float] = (0.0, 0.0, 0.0),
        std: tuple[float, float, float] = (1.0, 1.0, 1.0),
    ) -> None:
        super().__init__(filters, mean, std)
        following = (*self.filters[1:], self.filters[-1])
        self.down_shared = nn.ModuleList(map(block, self.filters, following))
        self.up_shared = nn.ModuleList(map(block, self.filters, self.widths))
        self.attention = nn.ModuleDict({task: Attention(self.filters, self.widths) for task in tasks})
        xavier_normal(self)

    def features(self, normalized: Tensor) -> Maps:
        """Return the last attended map, by task."""
        encoded, decoded = self.levels(normalized)
        return {task: [self._attended(masks, encoded, decoded)] for task, masks in self.attention.items()}

    def _attended(self, masks: Any, encoded: Sequence[Pair], decoded: Sequence[Pair]) -> Tensor:
        refined: list[Tensor] = []
        for pair, mask, shared in zip(encoded, masks.down, self.down_shared, strict=True):
            selected = mask(torch.cat([pair.early, *refined[-1:]], 1)) * pair.late
            refined.append(F.max_pool2d(shared(selected), 2))
        maps = refined[-1]
        for pair, mask, shared in reversed(list(zip(decoded, masks.up, self.up_shared, strict=True))):
            above = F.interpolate(maps, size=pair.early.shape[-2:], mode='bilinear', align_corners=True)
            maps = mask(torch.cat([pair.early, shared(above)], 1)) * pair.late
        return maps


class Attention(nn.Module):
    """Masks of one task, finest level first.

    Args:
        filters: Channels of the shared encoder by level.
        widths: Channels of the shared decoder by level.
    """

    def __init__(self, filters: Sequence[int], widths: Sequence[int]) -> None:
        super().__init__()
        inputs = (filters[0], *(2 * level for level in filters[1:]))
        self.down = nn.ModuleList(map(_mask, inputs, filters))
        self.up = nn.ModuleList(_mask(level + width, width) for level, width in zip(filters, widths, strict=True))


def _mask(in_channels: int, channels: int) -> nn.Sequential:
    return nn.Sequential(
        ConvNormReLU(in_channels, channels, bias=True),
        nn.Conv2d(channels, channels, 1),
        nn.BatchNorm2d(channels),
        nn.Sigmoid(),
    )
