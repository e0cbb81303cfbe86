"""Separate color jitter of movable objects and of the rest."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from mtlbench.errors import ConfigError
from mtlbench.mixers.colors import blend_colors
from mtlbench.mixers.movable import MOVABLE, movable_ids


class RegionColors:
    """Jitter the colors of movable objects and of the rest separately, so that objects stand out (ColorAug; CCAM, 3.3).

    Args:
        movable: Names of the movable classes.
        strength: Largest deviation of brightness, contrast and saturation factors from 1, in 0..1.
        prob: Probability per image, in 0..1; a hook may change it during training.

    Raises:
        ConfigError: When one of the numbers is not in 0..1.
    """

    def __init__(self, movable: Sequence[str] = MOVABLE, strength: float = 0.2, prob: float = 0.5) -> None:
        if not (0 <= strength <= 1 and 0 <= prob <= 1):
            raise ConfigError(f'colors: expected strength and prob in 0..1, got {strength} and {prob}')
        self.movable, self.strength, self.prob = frozenset(movable), strength, prob

    def check_classes(self, classes: Sequence[str]) -> None:
        """Reject class sets without a movable class.

        Raises:
            ConfigError: When no class is movable.
        """
        movable_ids(classes, self.movable, 'colors')

    def __call__(self, images: Tensor, labels: Tensor, classes: Sequence[str], generator: torch.Generator) -> Tensor:
        """Return the images, some with jittered colors.

        Args:
            images: Images (N, 3, H, W) in [0, 1].
            labels: Class ids (N, 1, H, W).
            classes: Names of the classes, in the order of their ids.
            generator: CPU generator.
        """
        movable = torch.isin(labels[:, 0], labels.new_tensor(movable_ids(classes, self.movable, 'colors')))
        chosen = (torch.rand(len(images), generator=generator) < self.prob).tolist()
        changed = images.clone()
        for number in [number for number, wanted in enumerate(chosen) if wanted]:
            for region in (movable[number], ~movable[number]):
                if region.any():
                    other = blend_colors(images[number], region, self.strength, generator)
                    changed[number] = torch.where(region, other, changed[number])
        return changed
