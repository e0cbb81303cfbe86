"""SYNTHIA-RAND-CITYSCAPES reader."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mtlbench.class_sets import class_set
from mtlbench.class_sets.synthia import GROUPS, LABELS
from mtlbench.class_sets.training_ids import training_ids
from mtlbench.datasets.base import MultiTaskDataset
from mtlbench.datasets.consistency import Doubt
from mtlbench.datasets.files import read_rgb, read_uint16_channel
from mtlbench.datasets.paths import file_of
from mtlbench.datasets.splits import RANDOM_SPLITS, part_of
from mtlbench.errors import DataError
from mtlbench.registry import DATASETS
from mtlbench.structures import FieldKind

CAMERA_SHAPE = (760, 1280)
INTRINSICS = ((532.740352, 0.0, 640.0), (0.0, 532.740352, 380.0), (0.0, 0.0, 1.0))
"""Intrinsics of the SYNTHIA video sets, because this set has none."""

FOLDERS = {'semseg': 'LABELS', 'depth': 'Depth'}
TRAINING_IDS = 16
CENTIMETER = 0.01


@DATASETS.register_module()
class SYNTHIADataset(MultiTaskDataset):
    """SYNTHIA-RAND-CITYSCAPES: independent rendered images of a town, labeled with classes that Cityscapes has.

    Files: ``RGB/0000000.png``, ``GT/LABELS/0000000.png``, ``Depth/Depth/0000000.png``. For copies that hold only the
    label ids, set ``folders=dict(LABELS='parsed_LABELS')``. There is no official split: ``'train'`` and ``'val'`` are
    drawn, see :mod:`mtlbench.datasets.splits`, and ``'all'`` holds every image.

    Args:
        split_protocol: Method of splitting: ``'disjoint'`` (the default) or ``'reference'`` (overlapping parts).
        split_seed: Seed of the random split, independent of the run's seed.
        kwargs: See :class:`MultiTaskDataset`.
    """

    name = 'synthia'
    label_fields = {'semseg': 'semseg', 'depth': 'depth', 'normals': 'depth'}
    class_sets = tuple(GROUPS)
    default_folders = {'RGB': 'RGB', 'LABELS': 'GT/LABELS', 'Depth': 'Depth/Depth'}
    homepage_hint = 'the archive SYNTHIA-RAND-CITYSCAPES (CVPR16), from the website of the SYNTHIA dataset'
    render_command = 'mtlbench render synthia --out {root}'
    official_counts = {'all': 9400}
    image_folder = 'RGB'
    ground_below = True
    camera_shape = CAMERA_SHAPE
    corner_kinds = (FieldKind.DEPTH,)

    def __init__(self, *args: Any, split_protocol: str = 'disjoint', split_seed: int = 42, **kwargs: Any) -> None:
        self.split_protocol, self.split_seed = split_protocol, split_seed
        super().__init__(*args, **kwargs)

    @property
    def frame_pattern(self) -> str:
        """Path pattern of the split's images."""
        return f'{self.folder("RGB").resolve()}/*.png ({self.split_protocol})'

    def list_frames(self) -> list[str]:
        """Return the paths of the split's images."""
        found = self.find_images(self.folder('RGB'), r'(\d+)(?:_PIT)?')
        frames = sorted(str(path.relative_to(self.root)) for path in found)
        draw = part_of(RANDOM_SPLITS, self.split_protocol, 'SYNTHIADataset', 'split_protocol')
        return part_of({**draw(frames, self.split_seed), 'all': frames}, self.split, 'SYNTHIADataset')

    def read_image(self, frame: str) -> NDArray[np.uint8]:
        """Return the image (H, W, 3), RGB."""
        return read_rgb(self.root / frame)

    def read_semseg(self, frame: str) -> NDArray[np.uint8]:
        """Return the training ids (H, W), read from the red or only channel of a 16-bit image."""
        path = self.path_of(frame, 'semseg')
        labels = read_uint16_channel(path)
        if labels.max() not in LABELS:
            raise DataError(
                f'{path} holds the label id {labels.max()}; the ids of SYNTHIA are 0 .. {max(LABELS)}; '
                'use the original label file, or one that holds only the label ids'
            )
        groups = GROUPS[self.class_set_name]
        ordered = [groups[name] for name in class_set(self.class_set_name).classes]
        return training_ids(labels, ordered, last=max(LABELS))

    def read_depth(self, frame: str) -> NDArray[np.float32]:
        """Return the depth (H, W) in meters, which is valid everywhere."""
        return read_uint16_channel(self.path_of(frame, 'depth')).astype(np.float32) * np.float32(CENTIMETER)

    def read_intrinsics(self, frame: str) -> NDArray[np.float64]:
        """Return the intrinsics (3, 3) for 1280 x 760 images."""
        return np.array(INTRINSICS)

    def path_of(self, frame: str, field: str) -> Path:
        """Return the path of a field's file."""
        if field not in FOLDERS:
            return super().path_of(frame, field)
        return file_of(self.folder(FOLDERS[field]) / Path(frame).stem.replace('_PIT', ''), ('.png',))

    def doubt_semseg(self, frame: str) -> Iterator[Doubt]:
        """Yield a doubt if the file holds training ids instead of label ids."""
        if read_uint16_channel(self.path_of(frame, 'semseg')).max() < TRAINING_IDS:
            message = f'no frame has a label id above {TRAINING_IDS - 1}; are these training ids? Use the label ids'
            yield Doubt(message, shared=True)
