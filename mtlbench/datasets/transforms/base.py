"""Base class of transforms that change the geometry of a sample."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from mmcv.transforms import BaseTransform
from numpy.typing import NDArray

from mtlbench.errors import ConfigError, DataError
from mtlbench.structures import FieldKind


class GeometricTransform(BaseTransform):
    """Transform that decides once per sample, and changes every field by its kind, and the intrinsics."""

    @abstractmethod
    def decide(self, results: Mapping[str, Any]) -> Any:
        """Return the decision for this sample, or None to leave the sample as it is."""

    @abstractmethod
    def apply(self, field: NDArray, kind: FieldKind, decision: Any) -> NDArray:
        """Return the changed field (H, W) or (H, W, C)."""

    @abstractmethod
    def apply_intrinsics(self, intrinsics: NDArray, decision: Any) -> NDArray:
        """Return the intrinsics (3, 3) of the changed image."""

    def transform(self, results: dict[str, Any]) -> dict[str, Any]:
        """Change the sample."""
        decision = self.decide(results)
        if decision is None:
            return results
        for name, kind in results['kinds'].items():
            field = results[name]
            if isinstance(field, list):
                results[name] = [self.apply(member, kind, decision) for member in field]
            else:
                results[name] = self.apply(field, kind, decision)
        if 'intrinsics' in results:
            results['intrinsics'] = self.apply_intrinsics(results['intrinsics'], decision)
        return results


def require_intrinsics(results: Mapping[str, Any], transform: BaseTransform) -> None:
    """Reject a sample without intrinsics.

    Raises:
        DataError: If the dataset could not read them.
    """
    if 'intrinsics' not in results:
        reason = results.get('no_intrinsics', f'{results.get("img_path", "the sample")} has none')
        raise DataError(f'{type(transform).__name__} needs intrinsics: {reason}')


def pixels(size: Sequence[int], transform: BaseTransform) -> tuple[int, int]:
    """Return the (height, width) of a transform.

    Raises:
        ConfigError: If the size is not two positive whole numbers.
    """
    if len(size) != 2 or any(side != int(side) or side < 1 for side in size):
        raise ConfigError(f'{type(transform).__name__}: size must be (height, width), both 1 or more, not {size}')
    return int(size[0]), int(size[1])


def generator(results: Mapping[str, Any], transform: BaseTransform) -> np.random.Generator:
    """Return the generator of this sample's random transforms.

    Raises:
        ConfigError: If the sample was not drawn for training.
    """
    if 'rng' not in results:
        raise ConfigError(
            f'{type(transform).__name__} is random, but the sample was requested by index alone; remove the transform '
            "from an evaluation pipeline, or set sampler=dict(type='StreamSampler') in the training loader"
        )
    return results['rng']
