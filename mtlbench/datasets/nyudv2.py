"""NYUDv2: indoor images with classes, depth, normals and edges, as the multi-task papers use it."""

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
"""The modality that holds a field, and the suffixes of its files."""
LENGTH_TOLERANCE = 0.5
"""Normals of 8 bits have lengths of 0.98 .. 1.03; gray and black, which stand for invalid, are far from that."""


@DATASETS.register_module()
class NYUDv2Dataset(MultiTaskDataset):
    """NYUDv2 in the multi-task package: one file a frame and kind, the splits in ``gt_sets``.

    Files: ``gt_sets/<split>.txt``, ``images/<stem>.jpg`` (or png), ``segmentation/<stem>.png``, ``depth/<stem>.npy``,
    ``normals/<stem>.npy`` (or png) and ``edge/<stem>.npy`` (or png). The package exists in two forms; whichever file is
    there is read. The fields may be of different sizes, which a ``Resize`` brings together.

    Args:
        normals_channels: What the channels of the normals are. ``'xyz'`` is how the published code for this package
            takes them: on a mirrored image it changes the sign of the first. Exports made from the original archive
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
        """Where the stems are listed."""
        return str(self._list(self.split).resolve())

    def list_frames(self) -> list[str]:
        """Paths of the images on the list of the split, in its order."""
        found = {path.stem: path for path in self.find_images(self.folder('images'), r'(\d+)')}
        listed = read_names(self._list(self.split))
        stems = list(dict.fromkeys(listed))
        if len(stems) < len(listed):
            reason = f'lists {len(listed) - len(stems)} frames twice; each is read once'
            self.passed_over.append(PassedOver(self._list(self.split), reason, wrong=True))
        images = [found.get(stem) or existing(self.folder('images') / stem, self.image_suffixes) for stem in stems]
        missing = [stem for stem, path in zip(stems, images, strict=True) if path is None]
        if missing:
            place = self.folder('images').resolve() / missing[0]
            raise DataError(
                f'{self._list(self.split)} lists {missing[0]}, but {place}.jpg (or .png) does not exist; '
                f'{len(stems) - len(missing)} of {len(stems)} images are there; unpack the rest'
            )
        return [str(path.relative_to(self.root)) for path in images if path]

    def read_image(self, frame: str) -> NDArray[np.uint8]:
        """The image (H, W, 3), RGB."""
        return read_rgb(self.root / frame)

    def read_semseg(self, frame: str) -> NDArray[np.uint8]:
        """Training ids (H, W)."""
        path = self.path_of(frame, 'semseg')
        labels = read_ids(path)
        if labels.max() > len(NYU40):
            raise DataError(
                f'{path} holds the label id {labels.max()}; expected 0 .. {len(NYU40)}, 0 for unlabeled; '
                'give the file of the 40 classes'
            )
        return nyu40_training_ids(labels, self.class_set_name)

    def read_depth(self, frame: str) -> NDArray[np.float32]:
        """Depth (H, W) in meters; 0 where it is not positive."""
        depth = read_npy(self.path_of(frame, 'depth'), ndim=2)
        return np.where((depth > 0) & np.isfinite(depth), depth, np.float32(0))

    def read_normals(self, frame: str) -> NDArray[np.float32]:
        """Unit normals (H, W, 3): x right, y down, z towards the camera, whatever its sign in the file; 0 = invalid."""
        normals = read_vectors(self.path_of(frame, 'normals'), self.channels)
        normals[..., 2] = abs(normals[..., 2])
        lengths = np.linalg.norm(normals, axis=-1, keepdims=True)
        valid = abs(lengths - 1) < LENGTH_TOLERANCE
        return np.where(valid, normals / np.where(valid, lengths, 1), np.float32(0))

    def read_edges(self, frame: str) -> NDArray[np.float32]:
        """1 on the boundaries of things (H, W), else 0; 255 where ignored."""
        return read_edges(self.path_of(frame, 'edges'))

    def read_intrinsics(self, frame: str) -> NDArray[np.float64]:
        """Intrinsics (3, 3) for images of 640 x 480."""
        return np.array(INTRINSICS)

    def official_split(self, frame: str) -> str | None:
        """The split on whose list the frame is."""
        return self._split_of_stem.get(Path(frame).stem)

    @cached_property
    def _split_of_stem(self) -> dict[str, str]:
        lists = {split: self._list(split) for split in self.official_counts}
        return {stem: split for split, path in lists.items() if path.is_file() for stem in read_names(path)}

    def _list(self, split: str) -> Path:
        return self.folder('gt_sets') / f'{split}.txt'

    def path_of(self, frame: str, field: str) -> Path:
        """The file of a field."""
        if field not in FILES:
            return super().path_of(frame, field)
        modality, suffixes = FILES[field]
        return file_of(self.folder(modality) / Path(frame).stem, suffixes)

    def doubts(self, frame: str, field: str) -> Iterator[Doubt]:
        """Maps of other classes, normals of other axes, edges that are neither."""
        path = self.path_of(frame, field)
        if field == 'semseg':
            yield from nyu40_doubts(read_ids(path))
        elif field == 'normals':
            yield from normal_doubts(read_vectors(path, self.channels))
        elif field == 'edges':
            yield from edge_doubts(path)
