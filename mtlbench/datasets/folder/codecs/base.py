"""Base class of codecs."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from mtlbench.datasets.consistency import Doubt, Shape
from mtlbench.structures import FieldKind

CameraAt = Callable[[Shape], NDArray[np.float64]]
"""Function that returns the intrinsics (3, 3) of a frame for images of the given (height, width)."""


class LabelCodec(ABC):
    """Reader of the files of one label of a :class:`~mtlbench.datasets.folder.FolderDataset`.

    Args:
        files: Pattern of the files, with the placeholders of the images, such as ``'depth/{name}.png'``.
    """

    kinds: ClassVar[Sequence[FieldKind]]
    """Kinds of fields that the codec reads."""
    suffixes: ClassVar[Sequence[str]]
    """Suffixes of the files, in lower case; if a frame has several files, the earliest is read."""
    needs_camera: ClassVar[bool] = False
    """True if labels are computed with the intrinsics."""
    scaled_arguments: ClassVar[Mapping[str, str]] = {}

    def __init__(self, files: str) -> None:
        self.files = files

    @abstractmethod
    def read(self, path: Path, camera: CameraAt) -> NDArray:
        """Return the label in the convention of its kind, (H, W) or (H, W, C); see :class:`FieldKind`.

        Args:
            path: File of the label.
            camera: Intrinsics of the frame, as a function of the size of the label.

        Raises:
            DataError: If the file cannot be read or does not hold such a label.
        """

    def doubts(self, path: Path) -> Iterator[Doubt]:
        """Yield doubts about the content of a file, for ``mtlbench check``."""
        yield from ()

    @property
    def task_settings(self) -> dict[str, Any]:
        """Settings of the label's task that follow from the files, such as its classes."""
        return {}
