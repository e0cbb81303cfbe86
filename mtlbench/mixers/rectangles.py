"""Mixing by rectangles."""

from __future__ import annotations

import torch
from torch import Tensor

from mtlbench.mixers.base import Mixer, PairMixer
from mtlbench.mixers.views import Views
from mtlbench.registry import MIXERS


@MIXERS.register_module()
class CutOutMixer(Mixer):
    """Keep one random rectangle of each image, of any area; the rest is black and unlabeled.

    CutOut for segmentation (https://arxiv.org/abs/1906.01916), where the inside is kept.
    """

    def mix(self, views: Views, generator: torch.Generator) -> Views:
        """See :class:`Mixer`."""
        count, _, height, width = views.images.shape
        share, power = torch.rand(2, count, generator=generator)
        tall = share**power
        sizes = torch.stack([height * tall, width * share / tall], dim=1).round()
        return views.where(rectangles(sizes, views.images, generator), views.blank())


@MIXERS.register_module()
class CutMixer(PairMixer):
    """Paste a rectangle of the next image, of half the area and at least half the width of the image (CutMix).

    https://arxiv.org/abs/1905.04899, in the variant of the code base that CCAM compares with.
    """

    def kept(self, views: Views, generator: torch.Generator) -> Tensor:
        """Return the mask of all pixels outside the rectangle."""
        count, _, height, width = views.images.shape
        wide = torch.randint(width // 2, width + 1, (count,), generator=generator)
        sizes = torch.stack([(height * width / 2 / wide).round().clamp(max=height), wide], dim=1)
        return ~rectangles(sizes, views.images, generator)


def rectangles(sizes: Tensor, like: Tensor, generator: torch.Generator) -> Tensor:
    """Place one rectangle at random inside each image.

    Args:
        sizes: Height and width (N, 2), in whole pixels.
        like: Images (N, C, H, W).
        generator: CPU generator of the positions.

    Returns:
        Mask (N, 1, H, W), true inside.
    """
    inside = []
    for axis in (0, 1):
        length = like.shape[2 + axis]
        size = sizes[:, axis]
        first = (torch.rand(len(sizes), generator=generator) * (length - size + 1)).floor()
        first, last = (edge.to(like.device)[:, None] for edge in (first, first + size))
        places = torch.arange(length, device=like.device)
        inside.append((places >= first) & (places < last))
    rows, columns = inside
    return rows[:, None, :, None] & columns[:, None, None, :]
