"""MTAN's packages: one array per frame and kind, numbered within the splits."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from mtlbench.class_sets import class_set
from mtlbench.datasets.files import read_npy
from mtlbench.datasets.package import Package
from mtlbench.datasets.splits import part_of
from mtlbench.errors import DataError
from mtlbench.structures import IGNORE_INDEX

SPLITS = ('train', 'val')
IGNORED = -1
OVERSHOOT = 0.01
"""Excess over 0 .. 1 that is accepted, as resizing may overshoot."""


class MTANPackage(Package):
    """``<split>/<kind>/<number>.npy``: images in 0..1, ids of the classes with -1 for ignored pixels, and maps.

    A subclass names the folder of each field in ``kinds``.
    """

    image_suffixes = ('.npy',)
    kinds: ClassVar[dict[str, str]]
    """Folder of each field."""

    @property
    def sign(self) -> Path:
        """Path whose existence reveals the package."""
        return next(
            (path for split in SPLITS if (path := self.root / split / 'image').is_dir()), self.root / 'train/image'
        )

    @property
    def frame_pattern(self) -> str:
        """Path pattern of the split's images."""
        return f'{(self.root / self.split / "image").resolve()}/<number>.npy'

    def list_frames(self) -> list[str]:
        """Return the paths of the split's images, sorted by number."""
        part_of(dict.fromkeys(SPLITS), self.split, self.title)
        found = self.find_images(self.root / self.split / 'image', r'(\d+)')
        return [str(path.relative_to(self.root)) for path in sorted(found, key=lambda path: int(path.stem))]

    def read_image(self, frame: str) -> NDArray[np.uint8]:
        """Return the image (H, W, 3), RGB, rounded to 8 bits."""
        path = self.root / frame
        image = read_npy(path, ndim=3)
        if image.shape[2] != 3:
            raise DataError(f'{path} holds an array of shape {image.shape}, expected three colors in the last axis')
        if not (image.min() >= -OVERSHOOT and image.max() <= 1 + OVERSHOOT):
            raise DataError(f'{path} holds colors of {image.min():g} .. {image.max():g}, expected 0 .. 1')
        return np.rint(255 * image.clip(0, 1)).astype(np.uint8)

    def read_semseg(self, frame: str) -> NDArray[np.uint8]:
        """Return the training ids (H, W)."""
        path, classes = self.path_of(frame, 'semseg'), len(class_set(self.class_set))
        labels = read_npy(path, ndim=2)
        strange = labels[~np.isin(labels, np.arange(IGNORED, classes))]
        if strange.size:
            raise DataError(
                f'{path} holds the id {strange[0]:g}; expected {IGNORED} for ignored pixels and 0 .. {classes - 1} for '
                f"the classes of '{self.class_set}'"
            )
        return np.where(labels == IGNORED, IGNORE_INDEX, labels).astype(np.uint8)

    def path_of(self, frame: str, field: str) -> Path:
        """Return the path of a field's file."""
        path = self.root / frame
        return path.parents[1] / self.kinds[field] / path.name if field in self.kinds else path

    def official_split(self, frame: str) -> str | None:
        """Return the split whose folder the frame is in."""
        return Path(frame).parts[0]

    def read_plane(self, frame: str, field: str) -> NDArray[np.float32]:
        """Return a map (H, W) that is stored as (H, W, 1), with 0 in place of values that are not finite."""
        path = self.path_of(frame, field)
        values = read_npy(path, ndim=3)
        if values.shape[2] != 1:
            raise DataError(f'{path} holds an array of shape {values.shape}, expected one channel in the last axis')
        return np.nan_to_num(values[..., 0], nan=0, posinf=0, neginf=0)
