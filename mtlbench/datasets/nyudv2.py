"""NYUDv2 reader: indoor images with classes, depth, normals and edges, in the form that multi-task papers use."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mtlbench.class_sets.nyu40 import NYU40
from mtlbench.datasets.base import MultiTaskDataset
from mtlbench.datasets.consistency import Doubt
from mtlbench.datasets.files import IMAGE_SUFFIXES, existing, file_of, read_ids, read_names, read_npy, read_rgb
from mtlbench.datasets.label_ids import nyu40_doubts, nyu40_training_ids
from mtlbench.datasets.listing import PassedOver
from mtlbench.datasets.nyudv2_files import edge_doubts, normal_doubts, read_edges, read_vectors
from mtlbench.datasets.splits import part_of
from mtlbench.errors import DataError
from mtlbench.registry import DATASETS
from mtlbench.structures import FieldKind

CAMERA_SHAPE = (480, 640)
INTRINSICS = ((518.8579, 0.0, 325.58245), (0.0, 519.46961, 253.73617), (0.0, 0.0, 1.0))
CHANNELS = {'xyz': (0, 1, 2), 'zyx': (2, 1, 0)}
FILES = {
    'semseg': ('segmentation', ('.png',)),
    'depth': ('depth', ('.npy',)),
    'normals': ('normals', ('.npy', '.png')),
    'edges': ('edge', ('.npy', '.png')),
}
"""Folder key and file suffixes of each field."""
LENGTH_TOLERANCE = 0.5
"""Largest deviation from length 1. Valid 8-bit normals deviate by at most 0.03; gray and black mark invalid ones."""


@DATASETS.register_module()
class NYUDv2Dataset(MultiTaskDataset):
    """NYUDv2 in the multi-task package: one file per frame and kind, splits in ``gt_sets``.

    Files: ``gt_sets/<split>.txt``, ``images/<stem>.jpg`` (or png), ``segmentation/<stem>.png``, ``depth/<stem>.npy``,
    ``normals/<stem>.npy`` (or png) and ``edge/<stem>.npy`` (or png). The package exists in two forms; whichever file
    exists is read. Fields may differ in size; a ``Resize`` brings them to one size.

    Args:
        normals_channels: Order of the channels of the normals. The published code for this package treats them as
            ``'xyz'``: on a mirrored image it negates the first channel. Exports of the original archive of normals may
            be ``'zyx'``. A floor reveals the order: its y is close to -1.
        kwargs: See :class:`MultiTaskDataset`.
    """

    name = 'nyudv2'
    label_fields = {'semseg': 'semseg', 'depth': 'depth', 'normals': 'normals', 'edges': 'edges'}
    class_sets = ('nyudv2_40', 'nyudv2_13')
    default_folders = {name: name for name in ('gt_sets', 'images', 'segmentation', 'depth', 'normals', 'edge')}
    homepage_hint = 'the archive NYUD_MT.tgz that MTL-PyTorch and ATRC use, or NYUDv2.tar.gz of InvPT'
    render_command = 'mtlbench render nyudv2 --out {root}'
    camera_shape = CAMERA_SHAPE
    official_counts = {'train': 795, 'val': 654}
    image_folder = 'images'
    image_suffixes = IMAGE_SUFFIXES[::-1]
    other_sizes = tuple(FILES)
    plausible_depth = (0.3, 10.0)
    corner_kinds = (FieldKind.IDS, FieldKind.DEPTH)

    def __init__(self, *args: Any, normals_channels: str = 'xyz', **kwargs: Any) -> None:
        self.channels = part_of(CHANNELS, normals_channels, 'NYUDv2Dataset', 'normals_channels')
        super().__init__(*args, **kwargs)

    @property
    def frame_pattern(self) -> str:
        """Path of the list of the split's frames."""
        return str(self._list(self.split).resolve())

    def list_frames(self) -> list[str]:
        """Return the paths of the listed images, in the order of the list."""
        found = {path.stem: path for path in self.find_images(self.folder('images'), r'(\d+)')}
        listed = read_names(self._list(self.split))
        stems = list(dict.fromkeys(listed))
        if len(stems) < len(listed):
            reason = f'lists {len(listed) - len(stems)} frames twice; each is read only once'
            self.passed_over.append(PassedOver(self._list(self.split), reason, wrong=True))
        images = [found.get(stem) or existing(self.folder('images') / stem, self.image_suffixes) for stem in stems]
        missing = [stem for stem, path in zip(stems, images, strict=True) if path is None]
        if missing:
            place = self.folder('images').resolve() / missing[0]
            raise DataError(
                f'{self._list(self.split)} lists {missing[0]}, but {place}.jpg (or .png) does not exist; '
                f'{len(stems) - len(missing)} of {len(stems)} images are present; unpack the rest'
            )
        return [str(path.relative_to(self.root)) for path in images if path]

    def read_image(self, frame: str) -> NDArray[np.uint8]:
        """Return the image (H, W, 3), RGB."""
        return read_rgb(self.root / frame)

    def read_semseg(self, frame: str) -> NDArray[np.uint8]:
        """Return the training ids (H, W)."""
        path = self.path_of(frame, 'semseg')
        labels = read_ids(path)
        if labels.max() > len(NYU40):
            raise DataError(
                f'{path} holds the label id {labels.max()}; expected 0 .. {len(NYU40)}, 0 for unlabeled; '
                'use the file with the 40 classes'
            )
        return nyu40_training_ids(labels, self.class_set_name)

    def read_depth(self, frame: str) -> NDArray[np.float32]:
        """Return the depth (H, W) in meters; 0 where the stored depth is not positive and finite."""
        depth = read_npy(self.path_of(frame, 'depth'), ndim=2)
        return np.where((depth > 0) & np.isfinite(depth), depth, np.float32(0))

    def read_normals(self, frame: str) -> NDArray[np.float32]:
        """Return the unit normals (H, W, 3): x right, y down, z towards the camera; 0 = invalid.

        The stored sign of z is ignored.
        """
        normals = read_vectors(self.path_of(frame, 'normals'), self.channels)
        normals[..., 2] = abs(normals[..., 2])
        lengths = np.linalg.norm(normals, axis=-1, keepdims=True)
        valid = abs(lengths - 1) < LENGTH_TOLERANCE
        return np.where(valid, normals / np.where(valid, lengths, 1), np.float32(0))

    def read_edges(self, frame: str) -> NDArray[np.float32]:
        """Return a map (H, W) that is 1 on object boundaries, 0 elsewhere, and 255 where ignored."""
        return read_edges(self.path_of(frame, 'edges'))

    def read_intrinsics(self, frame: str) -> NDArray[np.float64]:
        """Return the intrinsics (3, 3) for 640 x 480 images."""
        return np.array(INTRINSICS)

    def official_split(self, frame: str) -> str | None:
        """Return the split that lists the frame."""
        return self._split_of_stem.get(Path(frame).stem)

    @cached_property
    def _split_of_stem(self) -> dict[str, str]:
        lists = {split: self._list(split) for split in self.official_counts}
        return {stem: split for split, path in lists.items() if path.is_file() for stem in read_names(path)}

    def _list(self, split: str) -> Path:
        return self.folder('gt_sets') / f'{split}.txt'

    def path_of(self, frame: str, field: str) -> Path:
        """Return the path of a field's file."""
        if field not in FILES:
            return super().path_of(frame, field)
        modality, suffixes = FILES[field]
        return file_of(self.folder(modality) / Path(frame).stem, suffixes)

    def doubt_semseg(self, frame: str) -> Iterator[Doubt]:
        """Yield doubts if the file seems to hold ids of other classes."""
        return nyu40_doubts(read_ids(self.path_of(frame, 'semseg')))

    def doubt_normals(self, frame: str) -> Iterator[Doubt]:
        """Yield doubts about the encoding and the axes of the normals."""
        return normal_doubts(read_vectors(self.path_of(frame, 'normals'), self.channels))

    def doubt_edges(self, frame: str) -> Iterator[Doubt]:
        """Yield doubts about the values of the edges."""
        return edge_doubts(self.path_of(frame, 'edges'))
