"""Mixing by depth order."""

from __future__ import annotations

import torch
from torch import Tensor

from mtlbench.mixers.base import PairMixer
from mtlbench.mixers.views import Views
from mtlbench.registry import MIXERS


@MIXERS.register_module()
class DepthMixer(PairMixer):
    """Keep the nearer of each image and the next one at every pixel (DepthMix, https://arxiv.org/abs/2012.10782).

    Distances are compared by inverse depth normalized to 0..1 per image, so the unit of depth has no effect.

    Args:
        margin: Normalized inverse depth by which a pixel of the image may be farther and still be kept.
    """

    def __init__(self, margin: float = 0.03) -> None:
        self.margin = margin

    def kept(self, views: Views, generator: torch.Generator) -> Tensor:
        """Return the mask of pixels where the image is nearer, up to the margin."""
        near = nearness(views.depth)
        return near >= near.roll(-1, 0) - self.margin


def nearness(depth: Tensor) -> Tensor:
    """Normalize inverse depth (N, 1, H, W) to 0 at the farthest and 1 at the nearest pixel of each image."""
    inverse = 1 / depth.clamp(min=torch.finfo(depth.dtype).eps)
    least, most = inverse.aminmax(dim=-1, keepdim=True)
    least, most = least.amin(-2, keepdim=True), most.amax(-2, keepdim=True)
    return (inverse - least) / (most - least).clamp(min=torch.finfo(depth.dtype).tiny)
