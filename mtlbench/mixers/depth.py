"""Mixing by depth."""

from __future__ import annotations

import torch
from torch import Tensor

from mtlbench.mixers.base import PairMixer
from mtlbench.mixers.views import Views
from mtlbench.registry import MIXERS


@MIXERS.register_module()
class DepthMixer(PairMixer):
    """At each pixel the nearer of an image and the next one (DepthMix, https://arxiv.org/abs/2012.10782).

    Near and far are told by the inverse depth, from 0 to 1 in each image, so the unit of the depth has no effect.

    Args:
        margin: By how much an image's own pixel may be farther and still stay.
    """

    def __init__(self, margin: float = 0.03) -> None:
        self.margin = margin

    def kept(self, views: Views, generator: torch.Generator) -> Tensor:
        """Where the image itself is nearer, or as near."""
        near = nearness(views.depth)
        return near >= near.roll(-1, 0) - self.margin


def nearness(depth: Tensor) -> Tensor:
    """Inverse depth (N, 1, H, W) from 0 at the farthest to 1 at the nearest pixel of each image."""
    inverse = 1 / depth.clamp(min=torch.finfo(depth.dtype).eps)
    least, most = inverse.aminmax(dim=-1, keepdim=True)
    least, most = least.amin(-2, keepdim=True), most.amax(-2, keepdim=True)
    return (inverse - least) / (most - least).clamp(min=torch.finfo(depth.dtype).tiny)
