"""Random windows, enlarged to the size of the image."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional as F

from mtlbench.datasets.transforms.base import GeometricTransform, generator
from mtlbench.errors import ConfigError
from mtlbench.geometry import crop_intrinsics, scale_intrinsics
from mtlbench.registry import TRANSFORMS
from mtlbench.structures import FieldKind
from mtlbench.utils.choices import require_known

NORMALS = ('unit', 'interpolated')
DIVIDED = ('depth', 'inverse_depth')


class Window(NamedTuple):
    """Window of an image: its factor, its corner, its size and the size of the image, all (height, width)."""

    factor: float
    corner: tuple[int, int]
    size: tuple[int, int]
    full: tuple[int, int]

    def of(self, field: NDArray) -> NDArray:
        """Return the part of a field (H, W) or (H, W, C) inside the window."""
        (top, left), (height, width) = self.corner, self.size
        return field[top : top + height, left : left + width]


@TRANSFORMS.register_module()
class RandomZoom(GeometricTransform):
    """Enlarge a random window to the size of the image (scale crop of MTAN's code).

    A factor s is drawn uniformly from ``factors``. The window has ``int(H / s)`` x ``int(W / s)`` pixels at a uniformly
    random place. Images and normals are interpolated linearly with the centers of the corner pixels aligned; continuous
    maps and boundaries as by :class:`Resize`. All other fields take the pixel under the corner of the new one. As with
    :class:`RandomScale`, depth is divided by s; heights above ground never change.

    Args:
        factors: Factors of at least 1, equally likely.
        normals: ``'unit'`` normalizes interpolated normals. ``'interpolated'`` leaves their lengths, as MTAN's code
            does. In both cases a pixel that mixes with an invalid one is interpolated with zero.
        divided: Quantity that is divided by s. ``'depth'`` agrees with the geometry. ``'inverse_depth'`` multiplies
            depth by s, the wrong direction, as the code of the balancer papers does on Cityscapes.

    Raises:
        ConfigError: When there is no factor, a factor is below 1, or a choice is unknown.
    """

    def __init__(
        self, factors: Sequence[float] = (1.0, 1.2, 1.5), normals: str = 'unit', divided: str = 'depth'
    ) -> None:
        if not factors or not all(np.isfinite(factor) and factor >= 1 for factor in factors):
            raise ConfigError(f'RandomZoom: factors must be one or more numbers of at least 1, not {factors}')
        require_known('RandomZoom: normals', normals, NORMALS)
        require_known('RandomZoom: divided', divided, DIVIDED)
        self.factors = [float(factor) for factor in factors]
        self.unit, self.exponent = normals == 'unit', -1 if divided == 'depth' else 1

    def decide(self, results: Mapping[str, Any]) -> Window | None:
        """Return the window, or None if it is the whole image."""
        rng = generator(results, self)
        factor = self.factors[rng.integers(len(self.factors))]
        if factor == 1:
            return None
        height, width = results['image'].shape[:2]
        rows, columns = max(int(height / factor), 1), max(int(width / factor), 1)
        corner = int(rng.integers(height - rows + 1)), int(rng.integers(width - columns + 1))
        return Window(factor, corner, (rows, columns), (height, width))

    def apply(self, field: NDArray, kind: FieldKind, decision: Window) -> NDArray:
        """Return the enlarged window of the field."""
        part = decision.of(field)
        if kind is FieldKind.IMAGE:
            return np.rint(_enlarge(part, decision.full)).astype(field.dtype)
        if kind is FieldKind.DIRECTION:
            vectors = _enlarge(part, decision.full)
            return _normalized(vectors) if self.unit else vectors
        resized = kind.resize(part, decision.full, at_corner=True)
        return resized * np.float32(decision.factor**self.exponent) if kind.is_distance else resized

    def apply_intrinsics(self, intrinsics: NDArray, decision: Window) -> NDArray:
        """Return the intrinsics of the enlarged window."""
        return scale_intrinsics(crop_intrinsics(intrinsics, *decision.corner), decision.size, decision.full)


def _enlarge(field: NDArray, size: tuple[int, int]) -> NDArray[np.float32]:
    """Interpolate (H, W) or (H, W, C) linearly with the centers of the corner pixels aligned."""
    planes = torch.from_numpy(np.atleast_3d(field).astype(np.float32)).permute(2, 0, 1)[None]
    enlarged = F.interpolate(planes, size, mode='bilinear', align_corners=True)[0].permute(1, 2, 0).numpy()
    return enlarged.reshape(*size, *field.shape[2:])


def _normalized(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return unit vectors (H, W, 3); zero stays zero."""
    lengths = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return vectors / np.where(lengths > 0, lengths, np.float32(1))
