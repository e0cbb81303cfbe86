"""What is mixed: images and everything that is known of their pixels."""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch
from torch import Tensor

from mtlbench.structures import IGNORE_INDEX


@dataclass(frozen=True)
class Views:
    """A batch of images, and what is known or believed of their pixels.

    Args:
        images: (N, 3, H, W), RGB in [0, 1].
        labels: Class ids (N, 1, H, W), 255 = ignored.
        confidence: How sure the labels are (N, 1, H, W), in 0..1; 0 where ignored.
        depth: (N, 1, H, W), in meters or up to a factor of each image.
        center: Principal point (N, 2), column and row in pixels.
        classes: Names of the classes, in the order of their ids.
    """

    images: Tensor
    labels: Tensor
    confidence: Tensor
    depth: Tensor
    center: Tensor
    classes: tuple[str, ...] = ()

    def where(self, mask: Tensor, other: Views) -> Views:
        """These pixels where a mask (N, 1, H, W) is true, those of others elsewhere."""
        return replace(
            self,
            images=torch.where(mask, self.images, other.images),
            labels=torch.where(mask, self.labels, other.labels),
            confidence=torch.where(mask, self.confidence, other.confidence),
            depth=torch.where(mask, self.depth, other.depth),
        )

    def partners(self) -> Views:
        """For each sample the next one, for the last the first."""
        return Views(
            images=self.images.roll(-1, 0),
            labels=self.labels.roll(-1, 0),
            confidence=self.confidence.roll(-1, 0),
            depth=self.depth.roll(-1, 0),
            center=self.center.roll(-1, 0),
            classes=self.classes,
        )

    def blank(self) -> Views:
        """Black images of which nothing is known."""
        return replace(
            self,
            images=torch.zeros_like(self.images),
            labels=torch.full_like(self.labels, IGNORE_INDEX),
            confidence=torch.zeros_like(self.confidence),
            depth=torch.zeros_like(self.depth),
        )
