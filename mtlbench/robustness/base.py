"""Base class of perturbations."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor

from mtlbench.errors import ConfigError
from mtlbench.robustness.victim import GRAY_MAX, Victim


@dataclass
class Case:
    """Batch of images to perturb.

    Args:
        images: Gray values (N, 3, H, W) float in 0..255, at the input size of the network, before normalization.
        seeds: One seed per image, the source of all randomness, so that every network receives the same noise, whatever
            the batch size, device or number of processes.
        victim: Network and task for attacks; None if there is none.
    """

    images: Tensor
    seeds: Sequence[int]
    victim: Victim | None = None

    def draw(self, sample: Callable[[torch.Generator], Tensor]) -> Tensor:
        """Draw one sample for each image (N, ...), on the device and in the dtype of the images."""
        return torch.stack([sample(torch.Generator().manual_seed(seed)) for seed in self.seeds]).to(self.images)

    @property
    def attacked(self) -> Victim:
        """Victim of the attack.

        Raises:
            ConfigError: When there is no victim.
        """
        if self.victim is None:
            raise ConfigError('an attack needs a victim: pass a network, one of its tasks, and labels')
        return self.victim

    @cached_property
    def gradient(self) -> Tensor:
        """Gradient at the clean images, shared by all strengths."""
        return self.attacked.gradient(self.images)


class Perturbation(ABC):
    """Perturb images by a given strength.

    Args:
        clip: Whether to clip perturbed images to 0..255 (R13).
        round: Whether to round them to whole gray values (R14).

    Attributes:
        unit: Unit of the strength: ``'gray'`` values as root mean square (or bound) of the perturbation, or
            ``'severity'``.
        strengths: Default strengths, those of the paper's tables.
        is_attack: Whether a victim is needed.
        is_measured: Whether the requested strength is nominal, so that curves use the measured one (R15).
    """

    unit: str = 'gray'
    strengths: tuple[float, ...] = (0.25, 0.5, 1, 2, 4, 8, 16)
    is_attack = False
    is_measured = False

    def __init__(self, clip: bool = True, round: bool = False) -> None:
        self.clip, self.round = clip, round

    def __call__(self, case: Case, strength: float) -> Tensor:
        """Return the perturbed images (N, 3, H, W) in gray values; at strength 0 the images themselves."""
        if not strength:
            return case.images
        moved = self.perturb(case, strength)
        return self.in_range(moved.round() if self.round else moved)

    @abstractmethod
    def perturb(self, case: Case, strength: float) -> Tensor:
        """Return the perturbed images before rounding and clipping."""

    def in_range(self, images: Tensor) -> Tensor:
        """Clip the images if ``clip`` is set."""
        return images.clamp(0, GRAY_MAX) if self.clip else images
