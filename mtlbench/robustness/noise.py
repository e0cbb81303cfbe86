"""Noise that is independent of the network."""

from __future__ import annotations

import torch
from torch import Tensor

from mtlbench.errors import ConfigError
from mtlbench.registry import PERTURBATIONS
from mtlbench.robustness.base import Case, Perturbation
from mtlbench.robustness.victim import GRAY_MAX
from mtlbench.utils.choices import require_known

GRANULARITIES = ('element', 'pixel')
FRACTIONS = ('nominal', 'adaptive')


@PERTURBATIONS.register_module()
class GaussianNoise(Perturbation):
    """Add independent normal noise to every pixel and channel; the strength is its standard deviation."""

    def perturb(self, case: Case, strength: float) -> Tensor:
        """Add the noise; that of two strengths differs only in scale."""
        shape = case.images.shape[1:]
        return case.images + strength * case.draw(lambda generator: torch.randn(shape, generator=generator))


@PERTURBATIONS.register_module()
class SaltAndPepper(Perturbation):
    """Replace a fraction of the image by black or white, half each, at positions drawn without replacement.

    Args:
        granularity: Unit of replacement (R17): ``'element'``, one channel of a pixel, or ``'pixel'``, all three.
        fraction: Replaced fraction (R19): ``'nominal'`` is 4 (strength / 255)**2, which yields the strength on mid-gray
            images and 10 to 20 % more on street scenes; ``'adaptive'`` yields it on every image, in expectation.
        kwargs: Options of :class:`Perturbation`.

    Raises:
        ConfigError: When a choice is unknown.
    """

    is_measured = True

    def __init__(self, granularity: str = 'element', fraction: str = 'nominal', **kwargs: bool) -> None:
        super().__init__(**kwargs)
        for key, value, known in (('granularity', granularity, GRANULARITIES), ('fraction', fraction, FRACTIONS)):
            require_known(f'SaltAndPepper: {key}', value, known)
        self.granularity, self.fraction = granularity, fraction

    def perturb(self, case: Case, strength: float) -> Tensor:
        """Replace the positions; a greater strength replaces those of a smaller one and more.

        Raises:
            ConfigError: When the strength needs more positions than the image has.
        """
        rows = [
            self._strike(image, self._share(image, strength), torch.Generator().manual_seed(seed))
            for image, seed in zip(case.images, case.seeds, strict=True)
        ]
        return torch.stack(rows).contiguous(memory_format=torch.channels_last)

    def _share(self, image: Tensor, strength: float) -> float:
        squared = (0.5 * image**2 + 0.5 * (GRAY_MAX - image) ** 2).mean().item()
        share = strength**2 / (squared if self.fraction == 'adaptive' else (GRAY_MAX / 2) ** 2)
        if share > 1:
            raise ConfigError(f'SaltAndPepper: a strength of {strength} needs more pixels than the image has; lower it')
        return share

    def _strike(self, image: Tensor, share: float, generator: torch.Generator) -> Tensor:
        channels, height, width = image.shape
        places = height * width * (1 if self.granularity == 'pixel' else channels)
        number = max(round(share * places), 1)
        first_is_white = torch.randint(2, (), generator=generator)
        chosen = torch.randperm(places, generator=generator)[:number].to(image.device)
        white = (torch.arange(number) + first_is_white) % 2
        struck = image.flatten().clone() if self.granularity == 'element' else image.flatten(1).clone()
        struck[..., chosen] = white.to(struck) * GRAY_MAX
        return struck.view(image.shape)
