"""Mixing by class masks."""

from __future__ import annotations

import torch
from torch import Tensor

from mtlbench.mixers.base import PairMixer
from mtlbench.mixers.views import Views
from mtlbench.registry import MIXERS
from mtlbench.structures import IGNORE_INDEX


@MIXERS.register_module()
class ClassMixer(PairMixer):
    """Paste half of the classes of each image over the next one (ClassMix, https://arxiv.org/abs/2007.07936).

    An odd number of classes is rounded down. Ignored pixels are no class.
    """

    def kept(self, views: Views, generator: torch.Generator) -> Tensor:
        """Return the mask of the pixels of the drawn classes."""
        chosen = [self._chosen(labels, generator) for labels in views.labels]
        return torch.stack([torch.isin(labels, ids) for labels, ids in zip(views.labels, chosen, strict=True)])

    def _chosen(self, labels: Tensor, generator: torch.Generator) -> Tensor:
        present = labels.unique()
        present = present[present != IGNORE_INDEX]
        order = torch.randperm(len(present), generator=generator).to(labels.device)
        return present[order[: len(present) // 2]]
