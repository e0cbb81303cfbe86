"""NYUDv2 as the official file of labeled frames."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mtlbench.class_sets.nyu40 import NYU40
from mtlbench.datasets.consistency import Doubt
from mtlbench.datasets.label_ids import nyu40_doubts, nyu40_training_ids
from mtlbench.datasets.mat_files import array_shape, read_slice, read_variable
from mtlbench.datasets.package import Package
from mtlbench.datasets.splits import part_of
from mtlbench.errors import DataError

FILE, SPLITS, CLASSES = 'nyu_depth_v2_labeled.mat', 'splits.mat', 'classMapping40.mat'
INDICES = {'train': 'trainNdxs', 'val': 'testNdxs'}
"""Variable of each split, whose frames are counted from 1."""


class OfficialFile(Package):
    """NYUDv2 in ``nyu_depth_v2_labeled.mat``: images, depth with filled holes, and 894 labels.

    Beside it are ``splits.mat`` and, for classes, ``classMapping40.mat`` with the class (1 .. 40) of each label. Frames
    are named by their four-digit number, counted from 1.
    """

    title = 'the official file'
    tasks = ('semseg', 'depth')
    class_sets = ('nyudv2_40', 'nyudv2_13')

    @property
    def sign(self) -> Path:
        """Path whose existence reveals the package."""
        return self.root / FILE

    @property
    def frame_pattern(self) -> str:
        """Variable with the split's frames."""
        return f'the variable {INDICES[self.split]} of {(self.root / SPLITS).resolve()}'

    def list_frames(self) -> list[str]:
        """Return the names of the split's frames, ``nyu_depth_v2_labeled.mat/<number>``, in order.

        Raises:
            DataError: If a file is missing or damaged, or the split has a frame that is not in the file.
        """
        variable = part_of(INDICES, self.split, 'NYUDv2Dataset')
        path, frames = self._beside(SPLITS), array_shape(self.sign, 'images')[0]
        numbers = read_variable(path, variable).astype(int)
        if numbers.min() < 1 or numbers.max() > frames:
            raise DataError(
                f'{path} lists the frames {numbers.min()} .. {numbers.max()}, but {self.sign} holds {frames}; fetch '
                'both again'
            )
        return [f'{FILE}/{number:04d}' for number in sorted(set(numbers.tolist()))]

    def read_image(self, frame: str) -> NDArray[np.uint8]:
        """Return the image (H, W, 3), RGB."""
        return np.ascontiguousarray(self._read(frame, 'images', 3, None, None).transpose(2, 1, 0), np.uint8)

    def read_semseg(self, frame: str) -> NDArray[np.uint8]:
        """Return the training ids (H, W)."""
        return nyu40_training_ids(self._classes(frame), self.class_set)

    def read_depth(self, frame: str) -> NDArray[np.float32]:
        """Return the depth (H, W) in meters."""
        return np.ascontiguousarray(self._read(frame, 'depths', None, None).T, np.float32)

    def path_of(self, frame: str, field: str) -> Path:
        """Return the path of the official file."""
        return self.sign

    def official_split(self, frame: str) -> str | None:
        """Return the split that lists the frame."""
        return self._split_of_number.get(int(Path(frame).name))

    def doubt_semseg(self, frame: str) -> Iterator[Doubt]:
        """Yield doubts if the classes seem to be others."""
        return nyu40_doubts(self._classes(frame))

    def _classes(self, frame: str) -> NDArray[np.uint8]:
        """Return the classes (H, W), 1 .. 40, and 0 for unlabeled pixels."""
        labels = self._read(frame, 'labels', None, None).T
        if labels.max() >= len(self._class_of_label):
            raise DataError(
                f'{self.root / frame} has the label {labels.max()}, but {CLASSES} has {len(self._class_of_label) - 1} '
                'labels; use the original files'
            )
        return np.ascontiguousarray(self._class_of_label[labels])

    @cached_property
    def _class_of_label(self) -> NDArray[np.uint8]:
        path = self._beside(CLASSES)
        classes = read_variable(path, 'mapClass')
        if classes.min() < 1 or classes.max() > len(NYU40):
            raise DataError(f'{path} has classes of {classes.min()} .. {classes.max()}, expected 1 .. {len(NYU40)}')
        return np.append(0, classes).astype(np.uint8)

    @cached_property
    def _split_of_number(self) -> dict[int, str]:
        path = self._beside(SPLITS)
        return {int(number): split for split, name in INDICES.items() for number in read_variable(path, name)}

    def _read(self, frame: str, name: str, *tail: int | None) -> NDArray:
        return read_slice(self.sign, name, int(Path(frame).name) - 1, tail)

    def _beside(self, name: str) -> Path:
        path = self.root / name
        if not path.is_file():
            raise DataError(
                f'{path} is missing; put it beside {FILE}. It is on the website of the dataset, and in the repository '
                'ankurhanda/nyuv2-meta-data'
            )
        return path
