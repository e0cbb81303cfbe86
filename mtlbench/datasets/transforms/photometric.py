"""Changes of color and sharpness, which leave geometry and labels as they are."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import Any, NamedTuple

import cv2
import numpy as np
from mmcv.transforms import BaseTransform
from numpy.typing import NDArray
from PIL import Image

from mtlbench.datasets.transforms.base import generator
from mtlbench.errors import ConfigError
from mtlbench.registry import TRANSFORMS
from mtlbench.structures import FieldKind

IMAGES = ('image', 'neighbors')


class PhotometricTransform(BaseTransform):
    """Transform that makes one decision and applies it to the image and its neighbors, with probability ``prob``.

    If there are neighbors, the original images are kept as ``clean_image`` and ``clean_neighbors``: the network
    receives the changed images, and the photometric loss compares the original ones.
    """

    def __init__(self, prob: float) -> None:
        if not 0 <= prob <= 1:
            raise ConfigError(f'{type(self).__name__}: prob must lie in 0 .. 1, not {prob}')
        self.prob = prob

    @abstractmethod
    def decide(self, rng: np.random.Generator) -> Any:
        """Return the decision for this sample."""

    @abstractmethod
    def apply(self, image: NDArray[np.uint8], decision: Any) -> NDArray[np.uint8]:
        """Return the changed image (H, W, 3)."""

    def transform(self, results: dict[str, Any]) -> dict[str, Any]:
        """Change the sample."""
        rng = generator(results, self)
        if rng.random() >= self.prob:
            return results
        if 'neighbors' in results:
            _keep_clean(results)
        decision = self.decide(rng)
        for name in IMAGES:
            images = results.get(name)
            if isinstance(images, list):
                results[name] = [self.apply(image, decision) for image in images]
            elif images is not None:
                results[name] = self.apply(images, decision)
        return results


def _keep_clean(results: dict[str, Any]) -> None:
    for name in IMAGES:
        results.setdefault(f'clean_{name}', results[name])
        results['kinds'][f'clean_{name}'] = FieldKind.IMAGE


class Adjustment(NamedTuple):
    """One step of a jitter: a factor for ``brightness``, ``contrast`` or ``saturation``, or a shift of ``hue``."""

    quality: str
    amount: float


@TRANSFORMS.register_module()
class ColorJitter(PhotometricTransform):
    """Change brightness, contrast, saturation and hue at random, with torchvision's arithmetic on 8-bit images.

    The defaults are those of the papers (xTAM's released code; CCAM and robustness-by-depth in their depth stages).
    CCAM's strong augmentation is 0.25 for each with ``prob=0.8``.

    Args:
        brightness: Strength of the brightness change; the factor is drawn from ``[1 - brightness, 1 + brightness]``.
        contrast: Strength of the contrast change, a blend with the mean gray, with a factor drawn in the same way.
        saturation: Strength of the saturation change, a blend with the gray image, with a factor drawn in the same way.
        hue: Largest shift of the hue, in turns of the color circle, at most 0.5; the shift is drawn from ``[-hue,
            hue]``.
        prob: Probability of the change.
        random_order: Whether the steps come in random order instead of the order of the arguments.
    """

    def __init__(
        self,
        brightness: float = 0.2,
        contrast: float = 0.2,
        saturation: float = 0.2,
        hue: float = 0.1,
        prob: float = 0.5,
        random_order: bool = True,
    ) -> None:
        super().__init__(prob)
        self.strengths = {'brightness': brightness, 'contrast': contrast, 'saturation': saturation, 'hue': hue}
        self.random_order = random_order
        for key, strength in self.strengths.items():
            largest = 0.5 if key == 'hue' else 1.0
            if not 0 <= strength <= largest:
                raise ConfigError(f'ColorJitter: {key} must lie in 0 .. {largest}, not {strength}')

    def decide(self, rng: np.random.Generator) -> Sequence[Adjustment]:
        """Return the steps in their order."""
        steps = [
            Adjustment(quality, rng.uniform(-strength, strength) + (quality != 'hue'))
            for quality, strength in self.strengths.items()
        ]
        order = rng.permutation(len(steps)) if self.random_order else range(len(steps))
        return [steps[place] for place in order]

    def apply(self, image: NDArray[np.uint8], decision: Sequence[Adjustment]) -> NDArray[np.uint8]:
        """Return the jittered image."""
        from torchvision.transforms import functional

        changed = Image.fromarray(image)
        for quality, amount in decision:
            changed = getattr(functional, f'adjust_{quality}')(changed, amount)
        return np.array(changed)


@TRANSFORMS.register_module()
class GaussianBlur(PhotometricTransform):
    """Blur with a Gaussian of random width. The defaults are those of the code that CCAM builds on.

    Args:
        sigma: Smallest and largest standard deviation, in pixels.
        prob: Probability of the blur.
    """

    scaled_arguments = {'sigma': 'length'}

    def __init__(self, sigma: tuple[float, float] = (0.15, 1.15), prob: float = 0.5) -> None:
        super().__init__(prob)
        self.sigma = (float(sigma[0]), float(sigma[1]))
        if not 0 < self.sigma[0] <= self.sigma[1]:
            raise ConfigError(f'GaussianBlur: sigma must be (smallest, largest) above 0, not {sigma}')

    def decide(self, rng: np.random.Generator) -> float:
        """Return the standard deviation."""
        return rng.uniform(*self.sigma)

    def apply(self, image: NDArray[np.uint8], decision: float) -> NDArray[np.uint8]:
        """Return the blurred image."""
        return np.asarray(cv2.GaussianBlur(image, (0, 0), decision), np.uint8)
