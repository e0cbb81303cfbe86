"""Writers of MTAN's packages of NYUv2 and Cityscapes: numbered arrays."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from mtlbench.class_sets import cityscapes, nyu40
from mtlbench.class_sets.training_ids import training_ids
from mtlbench.structures import IGNORE_INDEX
from mtlbench.world.render import Rendering
from mtlbench.world.writers.base import Shot
from mtlbench.world.writers.cityscapes import CityscapesWriter, stored_disparity
from mtlbench.world.writers.files import write_array
from mtlbench.world.writers.nyudv2 import NYUDv2Writer
from mtlbench.world.writers.rooms import nyu40_ids
from mtlbench.world.writers.street_labels import CITYSCAPES_LABELS, coded

LARGEST = np.iinfo(np.uint16).max


@dataclass(frozen=True)
class NYUv2MTANWriter(NYUDv2Writer):
    """NYUv2 in MTAN's package: 13 classes, depth and normals. Arguments, rooms and splits are those of its base."""

    name: ClassVar[str] = 'nyuv2_mtan'
    version: ClassVar[int] = 1

    frames: int = 100

    def paths(self, root: Path, shot: Shot) -> list[Path]:
        """Return the paths of image, classes, depth and normals."""
        return _arrays(root, ('image', 'label', 'depth', 'normal'), shot.stem, self.split_stems)

    def write(self, root: Path, shot: Shot, rendering: Rendering) -> None:
        """Write colors in 0..1, ids of 13 classes, depth in meters, and normals."""
        image, label, depth, normal = self.paths(root, shot)
        write_array(image, _colors(rendering))
        write_array(label, _ids(nyu40_ids(rendering), nyu40.LABEL_SETS['nyudv2_13'].values(), len(nyu40.NYU40)))
        write_array(depth, np.where(np.isfinite(rendering.depth), rendering.depth, np.float32(0))[..., None])
        write_array(normal, rendering.camera_normals * np.array((1, 1, -1), np.float32))

    def write_tables(self, root: Path) -> None:
        """Write nothing: the folders are the splits."""


@dataclass(frozen=True)
class CityscapesMTANWriter(CityscapesWriter):
    """Cityscapes in MTAN's package: 7 and 19 classes, and inverse depth.

    Streets and arguments are those of its base, but one in six frames is for validation and none for other splits.
    """

    name: ClassVar[str] = 'cityscapes_mtan'
    version: ClassVar[int] = 1

    frames: int = 120

    @property
    def fewest_frames(self) -> int:
        """Smallest number of frames: one per split."""
        return 2

    @property
    def split_frames(self) -> dict[str, int]:
        """Number of frames of each split."""
        few = max(1, self.frames // 6)
        return {'train': self.frames - few, 'val': few}

    def shots(self) -> list[Shot]:
        """Return the frames, street by street."""
        return [shot for shot in super().shots() if shot.view != 'video']

    def paths(self, root: Path, shot: Shot) -> list[Path]:
        """Return the paths of image, classes and inverse depth."""
        stems = [one.stem for one in self.shots()]
        splits = {split: [stem for stem in stems if stem.startswith(f'{split}/')] for split in self.split_frames}
        return _arrays(root, ('image', 'label_7', 'label_19', 'depth'), shot.stem, splits)

    def write(self, root: Path, shot: Shot, rendering: Rendering) -> None:
        """Write colors in 0..1, ids of 7 and of 19 classes, and the stored disparity divided by 65535."""
        image, *labels, depth = self.paths(root, shot)
        write_array(image, _colors(rendering))
        for path, name in zip(labels, ('cityscapes_7', 'cityscapes_19'), strict=True):
            groups = cityscapes.LABEL_SETS[name].values()
            write_array(path, _ids(coded(rendering, CITYSCAPES_LABELS), groups, cityscapes.LAST_LABEL))
        write_array(depth, (stored_disparity(rendering) / np.float32(LARGEST))[..., None])


def _arrays(root: Path, kinds: Iterable[str], stem: str, splits: Mapping[str, list[str]]) -> list[Path]:
    """Return the path of each kind's array of a frame, which is numbered within its split."""
    split, number = next((split, stems.index(stem)) for split, stems in splits.items() if stem in stems)
    return [root / split / kind / f'{number}.npy' for kind in kinds]


def _colors(rendering: Rendering) -> NDArray[np.float32]:
    return rendering.rgb / np.float32(255)


def _ids(labels: NDArray[np.uint8], groups: Iterable[Iterable[int]], last: int) -> NDArray[np.int8]:
    """Return the training ids of label ids, -1 for ignored pixels."""
    ids = training_ids(labels, groups, last).astype(np.int16)
    return np.where(ids == IGNORE_INDEX, -1, ids).astype(np.int8)
