"""Common corruptions: blur, noise, weather and compression (Hendrycks and Dietterich, ICLR 2019)."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from torch import Tensor

from mtlbench.errors import ConfigError, MissingExtraError
from mtlbench.registry import PERTURBATIONS
from mtlbench.robustness.base import Case, Perturbation
from mtlbench.utils.choices import require_known


@PERTURBATIONS.register_module()
class CommonCorruption(Perturbation):
    """Corruption of the package ``imagecorruptions``. The strength is its severity, 1 to 5.

    The results are whole gray values in 0..255, so clipping and rounding have no effect.

    Args:
        kind: Name of the corruption, such as ``'fog'`` or ``'jpeg_compression'``.

    Raises:
        MissingExtraError: When the package is not installed.
        ConfigError: When the kind is unknown.
    """

    unit = 'severity'
    strengths = (1, 2, 3, 4, 5)

    def __init__(self, kind: str) -> None:
        super().__init__()
        known = _corruptions()
        require_known('CommonCorruption: kind', kind, known)
        self.kind = kind
        self.takes_seed = 'seed' in inspect.signature(known[kind]).parameters

    def perturb(self, case: Case, strength: float) -> Tensor:
        """Corrupt each image on the CPU.

        Raises:
            ConfigError: When the severity is not one of 1 to 5, or the images are too small.
        """
        from imagecorruptions import corrupt

        if strength not in self.strengths or min(case.images.shape[-2:]) < 32:
            raise ConfigError(
                f'{self.kind}: expected a severity of 1 to 5, got {strength:g}, and images of at least 32 x 32 pixels, '
                f'got {tuple(case.images.shape[-2:])}'
            )
        images = case.images.round().byte().permute(0, 2, 3, 1).cpu().numpy()
        rows = []
        for image, seed in zip(images, case.seeds, strict=True):
            seed %= 2**32
            more: dict[str, Any] = {'seed': seed} if self.takes_seed else {}
            with _numpy_seeded(seed):
                rows.append(corrupt(image, int(strength), self.kind, **more))
        stacked = torch.from_numpy(np.stack(rows)).permute(0, 3, 1, 2)
        return stacked.to(case.images).contiguous(memory_format=torch.channels_last)


def _corruptions() -> dict[str, Any]:
    try:
        from imagecorruptions import corruption_dict
    except ImportError as error:
        raise MissingExtraError('imagecorruptions', 'corruptions') from error
    return corruption_dict


@contextmanager
def _numpy_seeded(seed: int) -> Iterator[None]:
    """Seed numpy's global state, which the package draws from, and restore it afterwards."""
    state = np.random.get_state()
    np.random.seed(seed)
    try:
        yield
    finally:
        np.random.set_state(state)
