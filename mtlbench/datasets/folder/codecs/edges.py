"""Codec of object boundaries."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mtlbench.datasets.consistency import Doubt
from mtlbench.datasets.folder.codecs.base import CameraAt, LabelCodec
from mtlbench.datasets.nyudv2_files import edge_doubts, read_edges
from mtlbench.registry import CODECS
from mtlbench.structures import FieldKind


@CODECS.register_module()
class EdgeLabels(LabelCodec):
    """Boundaries: 0 and 255, or 0 and 1 with 255 for ignored pixels, in gray files or arrays.

    Args:
        files: Pattern of the files.
    """

    kinds = (FieldKind.BOUNDARY,)
    suffixes = ('.png', '.npy')

    def read(self, path: Path, camera: CameraAt) -> NDArray[np.float32]:
        """Return a map (H, W) that is 1 on boundaries, 0 elsewhere, and 255 where ignored."""
        return read_edges(path)

    def doubts(self, path: Path) -> Iterator[Doubt]:
        """Yield doubts about other values, and about swapped ones."""
        return edge_doubts(path)
