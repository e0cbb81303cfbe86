"""NYUDv2: indoor pictures with classes, depth, normals and edges, as the multi-task papers use it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mtlbench.datasets.base import MultiTaskDataset
from mtlbench.datasets.files import existing, read_ids, read_npy, read_rgb, read_text
from mtlbench.datasets.nyu40_labels import NYU40, train_ids
from mtlbench.datasets.splits import part_of
from mtlbench.errors import DataError
from mtlbench.registry import DATASETS
from mtlbench.structures import FieldKind

CAMERA_SHAPE = (480, 640)
INTRINSICS = ((518.8579, 0.0, 325.58245), (0.0, 519.46961, 253.73617), (0.0, 0.0, 1.0))
CHANNELS = {'xyz': (0, 1, 2), 'zyx': (2, 1, 0)}
PICTURES, ARRAYS = ('.jpg', '.png'), ('.npy', '.png')
LENGTH_TOLERANCE = 0.5
"""Normals of 8 bits have lengths of 0.98 .. 1.03; grey and black, which stand for invalid, are far from that."""


@DATASETS.register_module()
class NYUDv2Dataset(MultiTaskDataset):
    """NYUDv2 in the multi-task package: one file a frame and kind, the splits in ``gt_sets``.

    Files: ``gt_sets/<split>.txt``, ``images/<stem>.jpg`` (or png), ``segmentation/<stem>.png``, ``depth/<stem>.npy``,
    ``normals/<stem>.npy`` (or png) and ``edge/<stem>.npy`` (or png). The package exists in two forms; whichever file is
    there is read. The fields may be of different sizes, which a ``Resize`` brings together.

    Args:
        normals_channels: What the channels of the normals are. ``'xyz'`` is how the published code for this package
            takes them: on a mirrored picture it changes the sign of the first. Exports made from the original archive
            of normals may be ``'zyx'``. A floor tells: its y is close to -1.
        kwargs: See :class:`MultiTaskDataset`.
    """

    name = 'nyudv2'
    label_fields = {'semseg': 'semseg', 'depth': 'depth', 'normals': 'normals', 'edges': 'edges'}
    class_sets = ('nyudv2_40', 'nyudv2_13')
    default_folders = {name: name for name in ('gt_sets', 'images', 'segmentation', 'depth', 'normals', 'edge')}
    homepage_hint = 'the archive NYUD_MT.tgz that MTL-PyTorch and ATRC use, or NYUDv2.tar.gz of InvPT'
    render_command = 'python tools/render_world.py nyudv2 --out {root}'
    camera_shape = CAMERA_SHAPE
    official_counts = {'train': 795, 'val': 654}
    plausible_depth = (0.3, 10.0)
    corner_kinds = (FieldKind.IDS, FieldKind.DEPTH)

    def __init__(self, *args: Any, normals_channels: str = 'xyz', **kwargs: Any) -> None:
        self.channels = part_of(CHANNELS, normals_channels, 'NYUDv2Dataset', 'normals_channels')
        super().__init__(*args, **kwargs)

    @property
    def frame_pattern(self) -> str:
        """Where the stems are listed."""
        return str(self._list(self.split).resolve())

    def list_frames(self) -> list[str]:
        """Paths of the pictures on the list of the split, in its order."""
        return [self._picture(stem) for stem in read_text(self._list(self.split)).split()]

    def read_image(self, frame: str) -> NDArray[np.uint8]:
        """The picture (H, W, 3), RGB."""
        return read_rgb(self.root / frame)

    def read_semseg(self, frame: str) -> NDArray[np.uint8]:
        """Training ids (H, W)."""
        path = self._file(frame, 'segmentation', PICTURES[1:])
        labels = read_ids(path)
        if labels.max() > len(NYU40):
            raise DataError(
                f'{path} holds the label id {labels.max()}; expected 0 .. {len(NYU40)}, 0 for unlabelled; '
                'give the file of the 40 classes'
            )
        return train_ids(labels, self.class_set_name)

    def read_depth(self, frame: str) -> NDArray[np.float32]:
        """Depth (H, W) in metres; 0 where it is not positive."""
        depth = read_npy(self._file(frame, 'depth', ARRAYS[:1]), ndim=2)
        return np.where(depth > 0, depth, np.float32(0))

    def read_normals(self, frame: str) -> NDArray[np.float32]:
        """Unit normals (H, W, 3): x right, y down, z towards the camera, whatever its sign in the file; 0 = invalid."""
        path = self._file(frame, 'normals', ARRAYS)
        stored = read_npy(path, ndim=3) if path.suffix == '.npy' else read_rgb(path) * np.float32(2 / 255) - 1
        normals = np.ascontiguousarray(stored[..., self.channels], np.float32)
        normals[..., 2] = abs(normals[..., 2])
        lengths = np.linalg.norm(normals, axis=-1, keepdims=True)
        valid = abs(lengths - 1) < LENGTH_TOLERANCE
        return np.where(valid, normals / np.where(valid, lengths, 1), np.float32(0))

    def read_edges(self, frame: str) -> NDArray[np.float32]:
        """1 on the boundaries of things (H, W), else 0."""
        path = self._file(frame, 'edge', ARRAYS)
        stored = read_npy(path, ndim=2) if path.suffix == '.npy' else read_ids(path)
        return (stored > 0).astype(np.float32)

    def read_intrinsics(self, frame: str) -> NDArray[np.float64]:
        """Intrinsics (3, 3) for pictures of 640 x 480."""
        return np.array(INTRINSICS)

    def official_split(self, frame: str) -> str | None:
        """The split on whose list the frame is."""
        return self._split_of_stem.get(Path(frame).stem)

    @cached_property
    def _split_of_stem(self) -> dict[str, str]:
        lists = {split: self._list(split) for split in self.official_counts}
        return {stem: split for split, path in lists.items() if path.is_file() for stem in read_text(path).split()}

    def _list(self, split: str) -> Path:
        return self.folder('gt_sets') / f'{split}.txt'

    def _picture(self, stem: str) -> str:
        path = existing(self.folder('images') / stem, PICTURES)
        if path is None:
            place = self.folder('images').resolve() / stem
            raise DataError(f'{self._list(self.split)} lists {stem}, but {place}.jpg (or .png) does not exist')
        return str(path.relative_to(self.root))

    def _file(self, frame: str, modality: str, suffixes: Sequence[str]) -> Path:
        """The file of a frame; where none exists, the path of the first that could."""
        stem = self.folder(modality) / Path(frame).stem
        return existing(stem, suffixes) or stem.with_name(stem.name + suffixes[0])
