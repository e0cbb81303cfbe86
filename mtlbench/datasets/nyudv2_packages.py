"""NYUDv2 as folders of files: the package that multi-task papers share, and the arrays of MTAN."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mtlbench.class_sets.nyu40 import NYU40
from mtlbench.datasets.consistency import Doubt
from mtlbench.datasets.files import read_ids, read_npy, read_rgb
from mtlbench.datasets.label_ids import nyu40_doubts, nyu40_training_ids
from mtlbench.datasets.listing import PassedOver
from mtlbench.datasets.mtan_package import MTANPackage
from mtlbench.datasets.nyudv2_files import edge_doubts, read_edges, read_vectors
from mtlbench.datasets.package import Package
from mtlbench.datasets.paths import IMAGE_SUFFIXES, existing, file_of
from mtlbench.datasets.text_files import read_names
from mtlbench.errors import DataError

FILES = {
    'semseg': ('segmentation', ('.png',)),
    'depth': ('depth', ('.npy',)),
    'normals': ('normals', ('.npy', '.png')),
    'edges': ('edge', ('.npy', '.png')),
}
"""Folder key and file suffixes of each field."""
LISTS = ('train', 'val')


class MultiTaskFolders(Package):
    """NYUDv2 in the multi-task package: one file per frame and kind, splits in ``gt_sets``.

    Files: ``gt_sets/<split>.txt``, ``images/<stem>.jpg`` (or png), ``segmentation/<stem>.png``, ``depth/<stem>.npy``,
    ``normals/<stem>.npy`` (or png) and ``edge/<stem>.npy`` (or png). The package exists in two forms; whichever file
    exists is read. Fields may differ in size; a ``Resize`` brings them to one size.
    """

    title = 'the multi-task package'
    tasks = tuple(FILES)
    render_command = 'mtlbench render nyudv2 --out {root}'
    class_sets = ('nyudv2_40', 'nyudv2_13')
    size_rule = None
    image_suffixes = IMAGE_SUFFIXES[::-1]

    @property
    def sign(self) -> Path:
        """Path whose existence reveals the package."""
        return self.folder('gt_sets')

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
        return nyu40_training_ids(labels, self.class_set)

    def read_depth(self, frame: str) -> NDArray[np.float32]:
        """Return the stored depth (H, W) in meters."""
        return read_npy(self.path_of(frame, 'depth'), ndim=2)

    def read_normals(self, frame: str) -> NDArray[np.float32]:
        """Return the stored vectors (H, W, 3), of any length."""
        return read_vectors(self.path_of(frame, 'normals'))

    def read_edges(self, frame: str) -> NDArray[np.float32]:
        """Return a map (H, W) that is 1 on object boundaries, 0 elsewhere, and 255 where ignored."""
        return read_edges(self.path_of(frame, 'edges'))

    def path_of(self, frame: str, field: str) -> Path:
        """Return the path of a field's file."""
        if field not in FILES:
            return super().path_of(frame, field)
        modality, suffixes = FILES[field]
        return file_of(self.folder(modality) / Path(frame).stem, suffixes)

    def official_split(self, frame: str) -> str | None:
        """Return the split that lists the frame."""
        return self._split_of_stem.get(Path(frame).stem)

    def doubt_semseg(self, frame: str) -> Iterator[Doubt]:
        """Yield doubts if the file seems to hold ids of other classes."""
        return nyu40_doubts(read_ids(self.path_of(frame, 'semseg')))

    def doubt_edges(self, frame: str) -> Iterator[Doubt]:
        """Yield doubts about the values of the edges."""
        return edge_doubts(self.path_of(frame, 'edges'))

    @cached_property
    def _split_of_stem(self) -> dict[str, str]:
        lists = {split: self._list(split) for split in LISTS}
        return {stem: split for split, path in lists.items() if path.is_file() for stem in read_names(path)}

    def _list(self, split: str) -> Path:
        return self.folder('gt_sets') / f'{split}.txt'


class MTANRooms(MTANPackage):
    """NYUDv2 in the arrays of MTAN: 13 classes, depth and normals, in images of 288 x 384.

    Files: ``<split>/image/<number>.npy`` (H, W, 3), ``label`` (H, W), ``depth`` (H, W, 1) in meters and ``normal``
    (H, W, 3).
    """

    title = "MTAN's package"
    tasks = ('semseg', 'depth', 'normals')
    render_command = 'mtlbench render nyuv2_mtan --out {root}'
    class_sets = ('nyudv2_13',)
    kinds = {'semseg': 'label', 'depth': 'depth', 'normals': 'normal'}

    def read_depth(self, frame: str) -> NDArray[np.float32]:
        """Return the stored depth (H, W) in meters."""
        return self.read_plane(frame, 'depth')

    def read_normals(self, frame: str) -> NDArray[np.float32]:
        """Return the stored vectors (H, W, 3), of any length."""
        return read_vectors(self.path_of(frame, 'normals'))
