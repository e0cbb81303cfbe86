"""The contract of a perturbation."""

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
    """A batch of images to perturb.

    Args:
        images: (N, 3, H, W) float gray values in 0..255, at the size the network gets, before normalization.
        seeds: One an image. All randomness comes from it, so that every network meets the same noise, whatever the
            batch size, the device or the number of processes.
        victim: What an attack attacks.
    """

    images: Tensor
    seeds: Sequence[int]
    victim: Victim | None = None

    def draw(self, sample: Callable[[torch.Generator], Tensor]) -> Tensor:
        """One draw for each image (N, ...), on the images' device and in their type."""
        return torch.stack([sample(torch.Generator().manual_seed(seed)) for seed in self.seeds]).to(self.images)

    @property
    def attacked(self) -> Victim:
        """The victim.

        Raises:
            ConfigError: When there is none.
        """
        if self.victim is None:
            raise ConfigError('an attack needs a victim: a network, one of its tasks, and labels')
        return self.victim

    @cached_property
    def gradient(self) -> Tensor:
        """The gradient at the clean images, the same for every strength."""
        return self.attacked.gradient(self.images)


class Perturbation(ABC):
    """Moves images away from what they were, as far as its strength says.

    Args:
        clip: Keep the perturbed images in 0..255 (R13).
        round: Round them to whole gray values (R14).

    Attributes:
        unit: Of the strength: ``'gray'`` values as root mean square (or bound) of the perturbation, or ``'severity'``.
        strengths: Those of the paper's tables.
        is_attack: Whether it needs a victim.
        is_measured: Whether the strength asked for is only aimed at, so that curves go over the one measured (R15).
    """

    unit: str = 'gray'
    strengths: tuple[float, ...] = (0.25, 0.5, 1, 2, 4, 8, 16)
    is_attack = False
    is_measured = False

    def __init__(self, clip: bool = True, round: bool = False) -> None:
        self.clip, self.round = clip, round

    def __call__(self, case: Case, strength: float) -> Tensor:
        """The perturbed images (N, 3, H, W) in gray values; at strength 0 the images themselves."""
        if not strength:
            return case.images
        moved = self.perturb(case, strength)
        return self.in_range(moved.round() if self.round else moved)

    @abstractmethod
    def perturb(self, case: Case, strength: float) -> Tensor:
        """The perturbed images, before rounding and clipping."""

    def in_range(self, images: Tensor) -> Tensor:
        """The images, clipped where that is asked for."""
        return images.clamp(0, GRAY_MAX) if self.clip else images
