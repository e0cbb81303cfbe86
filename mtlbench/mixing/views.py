"""What is mixed: pictures and everything that is known of their pixels."""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch
from torch import Tensor

from mtlbench.structures.class_set import IGNORE_INDEX


@dataclass(frozen=True)
class Views:
    """A batch of pictures, and what is known or believed of their pixels.

    Args:
        images: (N, 3, H, W), RGB in [0, 1].
        labels: Class ids (N, 1, H, W), 255 = ignored.
        confidence: How sure the labels are (N, 1, H, W), in 0..1; 0 where ignored.
        depth: (N, 1, H, W), in metres or up to a factor of each picture.
        centre: Principal point (N, 2), column and row in pixels.
        classes: Names of the classes, in the order of their ids.
    """

    images: Tensor
    labels: Tensor
    confidence: Tensor
    depth: Tensor
    centre: Tensor
    classes: tuple[str, ...] = ()

    def where(self, mask: Tensor, other: Views) -> Views:
        """These pixels where a mask (N, 1, H, W) is true, those of others elsewhere."""
        pairs = ((getattr(self, name), getattr(other, name)) for name in PIXELS)
        chosen = (torch.where(mask, own, theirs) for own, theirs in pairs)
        return replace(self, **dict(zip(PIXELS, chosen, strict=True)))

    def partners(self) -> Views:
        """For each sample the next one, for the last the first."""
        return replace(self, **{name: getattr(self, name).roll(-1, 0) for name in (*PIXELS, 'centre')})

    def blank(self) -> Views:
        """Black pictures of which nothing is known."""
        nothing = {name: torch.zeros_like(getattr(self, name)) for name in PIXELS}
        return replace(self, **{**nothing, 'labels': torch.full_like(self.labels, IGNORE_INDEX)})


PIXELS = ('images', 'labels', 'confidence', 'depth')
