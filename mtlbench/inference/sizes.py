"""Sizes at which networks receive images, and at which panels show them."""

from __future__ import annotations

import math

from mmengine.config import Config

from mtlbench.datasets.transforms.resize import Resize
from mtlbench.errors import ConfigError
from mtlbench.registry import TRANSFORMS

LONG_SIDES = (256, 1024)
"""Minimum and maximum of the long side of an image in a panel, in pixels."""

Size = tuple[int, int]
"""Height and width in pixels."""


def network_size(size: Size, pixels: int, multiple: int) -> Size:
    """Return the (height, width) at which a network receives an image: same aspect ratio, about ``pixels`` pixels.

    Args:
        size: Size (height, width) of the image.
        pixels: Number of pixels that the network is evaluated with.
        multiple: Divisor of height and width. Both are at least this number, so very long images are squeezed rather
            than enlarged beyond ``pixels``.
    """
    factor = math.sqrt(pixels / math.prod(size))
    short = rounded(min(size) * factor, multiple)
    long = rounded(min(max(size) * factor, pixels / short), multiple)
    return (short, max(long, short)) if size[0] < size[1] else (max(long, short), short)


def shown_size(size: Size) -> Size:
    """Return the (height, width) of an image in a panel: its own, within the limits of ``LONG_SIDES``."""
    least, greatest = LONG_SIDES
    factor = min(max(max(size), least), greatest) / max(size)
    height, width = (max(round(side * factor), 1) for side in size)
    return height, width


def rounded(side: float, multiple: int) -> int:
    """Return the multiple of ``multiple`` that is nearest to a side, and at least one."""
    return max(round(side / multiple), 1) * multiple


def evaluation_size(cfg: Config) -> Size:
    """Return the (height, width) that evaluation resizes images to.

    Raises:
        ConfigError: When the config does not define it.
    """
    for node in cfg.val_dataloader.dataset.pipeline:
        if issubclass(TRANSFORMS.get(node.type), Resize):
            return node.size
    raise ConfigError(
        'val_dataloader.dataset.pipeline has no Resize, which defines the size of images; state the size yourself, '
        'such as 320x1024'
    )
