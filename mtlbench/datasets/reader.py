"""Base class of datasets and of the packages that a dataset is distributed in."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from mtlbench.datasets.consistency import Doubt
from mtlbench.datasets.listing import PassedOver, list_images
from mtlbench.datasets.paths import IMAGE_SUFFIXES
from mtlbench.errors import DataError


class FrameReader(ABC):
    """Reader of the frames of a split.

    A frame is the path of its image, relative to ``root``. A subclass has a method ``read_<field>(frame)`` for each
    field that it stores. It may have ``doubt_<field>(frame)``, which checks the content of a file.
    """

    root: Path
    folders: Mapping[str, str]
    """Paths of the modalities' folders, relative to ``root``."""
    passed_over: list[PassedOver]
    """Files beside the images that are not read."""
    image_suffixes: ClassVar[Sequence[str]] = IMAGE_SUFFIXES
    """Suffixes of images; if a frame has several images, the earliest suffix is read."""

    @property
    @abstractmethod
    def frame_pattern(self) -> str:
        """Path pattern of the split's images, for the message about an empty split."""

    @abstractmethod
    def list_frames(self) -> list[str]:
        """Return the paths of the split's images, relative to ``root``, in a fixed order."""

    @abstractmethod
    def read_image(self, frame: str) -> NDArray[np.uint8]:
        """Return the image (H, W, 3), RGB."""

    def read_intrinsics(self, frame: str) -> NDArray[np.float64]:
        """Return the intrinsics (3, 3) of the camera, in pixels; by default, there is none.

        Raises:
            DataError: If there is no camera.
        """
        own = type(self).__name__
        raise DataError(f'{own} has no cameras; computed normals and video need them: add read_intrinsics() to {own}')

    def read_label(self, frame: str, field: str) -> NDArray:
        """Return the label (H, W) or (H, W, C) of a field, by the method ``read_<field>``."""
        label: NDArray = getattr(self, f'read_{field}')(frame)
        return label

    def path_of(self, frame: str, field: str) -> Path:
        """Return the file of a field or of ``'intrinsics'``, for messages; the image, if they are not in a file."""
        return self.root / frame

    def has_camera(self, frame: str) -> bool:
        """Return True if a frame has intrinsics, so that errors in them are raised even if nothing needs them."""
        known = type(self).read_intrinsics is not FrameReader.read_intrinsics
        return known and self.path_of(frame, 'intrinsics').is_file()

    def doubts(self, frame: str, field: str) -> Iterator[Doubt]:
        """Return the doubts about a field's file, if there is a method ``doubt_<field>(frame)``."""
        check: Callable[[str], Iterator[Doubt]] | None = getattr(self, f'doubt_{field}', None)
        return check(frame) if check else iter(())

    def neighbor(self, frame: str, offset: int) -> Path | None:
        """Return the path of the video frame ``offset`` frames later, or None."""
        return None

    def official_split(self, frame: str) -> str | None:
        """Return the split of a frame of the real dataset, or None if its name does not reveal it."""
        return None

    def folder(self, modality: str) -> Path:
        """Return the folder of a modality."""
        return self.root / self.folders[modality]

    def find_images(self, folder: Path, names: str) -> list[Path]:
        """Return the sorted images of a folder, one per frame; see :func:`~mtlbench.datasets.listing.list_images`."""
        listing = list_images(folder, names, self.image_suffixes)
        self.passed_over += listing.passed_over
        return listing.images
