"""Codec of surface normals."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mtlbench.datasets.consistency import Doubt
from mtlbench.datasets.files import read_codes
from mtlbench.datasets.folder.codecs.base import CameraAt, LabelCodec
from mtlbench.datasets.nyudv2_files import read_vectors, unit_vectors
from mtlbench.errors import ConfigError, DataError
from mtlbench.registry import CODECS
from mtlbench.structures import FieldKind

AXES = {'right': (0, 1), 'left': (0, -1), 'down': (1, 1), 'up': (1, -1), 'towards': (2, 1), 'away': (2, -1)}
"""Axis in the convention x right, y down, z towards the camera, and sign."""


@CODECS.register_module()
class NormalLabels(LabelCodec):
    """Normals: vectors (H, W, 3) in an array, or (n + 1) / 2 in a color file with 8 or 16 bits per channel.

    Vectors whose length is 0.5 or less, or 1.5 or more, are invalid.

    Args:
        files: Pattern of the files.
        axes: Direction of each stored component: one of ``'right'`` and ``'left'``, one of ``'down'`` and ``'up'``, and
            one of ``'towards'`` and ``'away'`` from the camera, in the order of the components.
    """

    kinds = (FieldKind.DIRECTION,)
    suffixes = ('.png', '.npy')

    def __init__(self, files: str, axes: Sequence[str] = ('right', 'down', 'towards')) -> None:
        super().__init__(files)
        if sorted(AXES.get(axis, (-1, 0))[0] for axis in axes) != [0, 1, 2]:
            raise ConfigError(
                f'NormalLabels: axes are {axes!r:.80}, expected one of right and left, one of down and up, and one of '
                "towards and away, in the order of the stored components, such as ('right', 'up', 'towards')"
            )
        self.order = [next(place for place, axis in enumerate(axes) if AXES[axis][0] == own) for own in range(3)]
        self.signs = np.array([AXES[axes[place]][1] for place in self.order], np.float32)

    def read(self, path: Path, camera: CameraAt) -> NDArray[np.float32]:
        """Return the unit normals (H, W, 3): x right, y down, z towards the camera; 0 = invalid."""
        return unit_vectors(self._stored(path)[..., self.order] * self.signs)

    def doubts(self, path: Path) -> Iterator[Doubt]:
        """Yield a doubt if most normals face away from the camera, or the lower part of the image faces down."""
        normals = self.read(path, lambda _: np.eye(3))
        valid = np.asarray(normals.any(-1))
        if valid.any() and normals[valid][:, 2].mean() < 0:
            yield Doubt("the normals face away from the camera; is the third axis 'away'? See axes")
        below = normals[-(len(normals) // 3) :][valid[-(len(valid) // 3) :]]
        if below.size and below[:, 1].mean() > 0:
            yield Doubt("the ground faces down; is an axis 'up' instead of 'down'? See axes", shared=True)

    def _stored(self, path: Path) -> NDArray[np.float32]:
        if path.suffix.lower() == '.npy':
            return read_vectors(path)
        stored = read_codes(path)
        if stored.ndim != 3 or stored.dtype not in (np.uint8, np.uint16):
            raise DataError(f'{path} has {stored.dtype} values of shape {stored.shape}, expected three channels')
        return stored * np.float32(2 / np.iinfo(stored.dtype).max) - 1
