"""Input and output of mixers: images with per-pixel labels, confidence and depth."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

import torch
from torch import Tensor

from mtlbench.structures import IGNORE_INDEX, FieldKind


@dataclass(frozen=True)
class Views:
    """Batch of images with known or predicted properties of their pixels.

    Args:
        images: RGB images (N, 3, H, W) in [0, 1].
        labels: Class ids (N, 1, H, W), 255 = ignored.
        confidence: Confidence of the labels (N, 1, H, W) in 0..1; 0 where ignored.
        depth: Depth (N, 1, H, W), in meters or up to one scale factor per image.
        center: Principal point (N, 2), column and row in pixels.
        classes: Names of the classes, in the order of their ids.
        fields: Labels (N, C, H, W) of further tasks by name, which mixers move with the pixels.
        kinds: Kinds of these labels.
    """

    images: Tensor
    labels: Tensor
    confidence: Tensor
    depth: Tensor
    center: Tensor
    classes: tuple[str, ...] = ()
    fields: Mapping[str, Tensor] = field(default_factory=dict)
    kinds: Mapping[str, FieldKind] = field(default_factory=dict)

    def where(self, mask: Tensor, other: Views) -> Views:
        """Return these pixels where a mask (N, 1, H, W) is true, and those of the other views elsewhere."""
        return replace(
            self,
            images=torch.where(mask, self.images, other.images),
            labels=torch.where(mask, self.labels, other.labels),
            confidence=torch.where(mask, self.confidence, other.confidence),
            depth=torch.where(mask, self.depth, other.depth),
            fields=self.each_field(lambda name, values: torch.where(mask, values, other.fields[name])),
        )

    def partners(self) -> Views:
        """Return the next sample for each sample, cyclically."""
        return Views(
            images=self.images.roll(-1, 0),
            labels=self.labels.roll(-1, 0),
            confidence=self.confidence.roll(-1, 0),
            depth=self.depth.roll(-1, 0),
            center=self.center.roll(-1, 0),
            classes=self.classes,
            fields=self.each_field(lambda name, values: values.roll(-1, 0)),
            kinds=self.kinds,
        )

    def blank(self) -> Views:
        """Return black images with ignored labels, zero confidence, zero depth and unknown fields."""
        return replace(
            self,
            images=torch.zeros_like(self.images),
            labels=torch.full_like(self.labels, IGNORE_INDEX),
            confidence=torch.zeros_like(self.confidence),
            depth=torch.zeros_like(self.depth),
            fields=self.each_field(lambda name, values: torch.full_like(values, self.kinds[name].padding)),
        )

    def each_field(self, change: Callable[[str, Tensor], Tensor]) -> dict[str, Tensor]:
        """Return the fields after a change, a function of name and values."""
        return {name: change(name, values) for name, values in self.fields.items()}
