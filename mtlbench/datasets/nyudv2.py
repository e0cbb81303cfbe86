"""NYUDv2 reader: indoor images with classes, depth, normals and edges, in the packages that are in use."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mtlbench.datasets.consistency import Doubt
from mtlbench.datasets.nyudv2_files import normal_doubts, unit_vectors
from mtlbench.datasets.nyudv2_mat import OfficialFile
from mtlbench.datasets.nyudv2_packages import MTANRooms, MultiTaskFolders
from mtlbench.datasets.package import PackagedDataset
from mtlbench.datasets.splits import part_of
from mtlbench.registry import DATASETS
from mtlbench.structures import FieldKind

CAMERA_SHAPE = (480, 640)
INTRINSICS = ((518.8579, 0.0, 325.58245), (0.0, 519.46961, 253.73617), (0.0, 0.0, 1.0))
CHANNELS = {'xyz': (0, 1, 2), 'zyx': (2, 1, 0)}


@DATASETS.register_module()
class NYUDv2Dataset(PackagedDataset):
    """NYUDv2 in the package that is found in ``data_root``.

    Packages: the folders that multi-task papers share, one file per frame and kind (:class:`MultiTaskFolders`); the
    official file ``nyu_depth_v2_labeled.mat`` (:class:`OfficialFile`), without normals and edges; and the arrays of
    MTAN (:class:`MTANRooms`), with 13 classes and without edges.

    Args:
        normals_channels: Order of the channels of the normals. The published code for the multi-task package treats
            them as ``'xyz'``: on a mirrored image it negates the first channel. Exports of the original archive of
            normals may be ``'zyx'``. A floor reveals the order: its y is close to -1.
        kwargs: See :class:`~mtlbench.datasets.base.MultiTaskDataset`.
    """

    name = 'nyudv2'
    label_fields = {'semseg': 'semseg', 'depth': 'depth', 'normals': 'normals', 'edges': 'edges'}
    class_sets = ('nyudv2_40', 'nyudv2_13')
    default_folders = {name: name for name in ('gt_sets', 'images', 'segmentation', 'depth', 'normals', 'edge')}
    homepage_hint = (
        'the archive NYUD_MT.tgz that MTL-PyTorch and ATRC use, NYUDv2.tar.gz of InvPT, the official '
        'nyu_depth_v2_labeled.mat, or the arrays of MTAN'
    )
    camera_shape = CAMERA_SHAPE
    official_counts = {'train': 795, 'val': 654}
    packages = (MultiTaskFolders, OfficialFile, MTANRooms)
    image_folder = 'images'
    other_sizes = tuple(label_fields)
    plausible_depth = (0.3, 10.0)
    corner_kinds = (FieldKind.IDS, FieldKind.DEPTH)

    def __init__(self, *args: Any, normals_channels: str = 'xyz', **kwargs: Any) -> None:
        self.channels = part_of(CHANNELS, normals_channels, 'NYUDv2Dataset', 'normals_channels')
        super().__init__(*args, **kwargs)

    def read_semseg(self, frame: str) -> NDArray[np.uint8]:
        """Return the training ids (H, W)."""
        return self.package.read_label(frame, 'semseg')

    def read_depth(self, frame: str) -> NDArray[np.float32]:
        """Return the depth (H, W) in meters; 0 where the stored depth is not positive and finite."""
        depth = self.package.read_label(frame, 'depth')
        return np.where((depth > 0) & np.isfinite(depth), depth, np.float32(0))

    def read_normals(self, frame: str) -> NDArray[np.float32]:
        """Return the unit normals (H, W, 3): x right, y down, z towards the camera; 0 = invalid.

        The stored sign of z is ignored.
        """
        normals = self._vectors(frame)
        normals[..., 2] = abs(normals[..., 2])
        return unit_vectors(normals)

    def read_edges(self, frame: str) -> NDArray[np.float32]:
        """Return a map (H, W) that is 1 on object boundaries, 0 elsewhere, and 255 where ignored."""
        return self.package.read_label(frame, 'edges')

    def read_intrinsics(self, frame: str) -> NDArray[np.float64]:
        """Return the intrinsics (3, 3) for 640 x 480 images."""
        return np.array(INTRINSICS)

    def doubt_normals(self, frame: str) -> Iterator[Doubt]:
        """Yield doubts about the encoding and the axes of the normals."""
        return normal_doubts(self._vectors(frame))

    def _vectors(self, frame: str) -> NDArray[np.float32]:
        return np.ascontiguousarray(self.package.read_label(frame, 'normals')[..., list(self.channels)])
