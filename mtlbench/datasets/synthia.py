"""SYNTHIA-RAND-CITYSCAPES."""

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
from mtlbench.datasets.files import file_of, read_rgb, read_uint16_channel
from mtlbench.datasets.splits import RANDOM_SPLITS, part_of
from mtlbench.errors import DataError
from mtlbench.registry import DATASETS
from mtlbench.structures import FieldKind

CAMERA_SHAPE = (760, 1280)
INTRINSICS = ((532.740352, 0.0, 640.0), (0.0, 532.740352, 380.0), (0.0, 0.0, 1.0))
"""Those of the SYNTHIA video sets: this one comes with none."""

FOLDERS = {'semseg': 'LABELS', 'depth': 'Depth'}
TRAINING_IDS = 16
CENTIMETER = 0.01


@DATASETS.register_module()
class SYNTHIADataset(MultiTaskDataset):
    """SYNTHIA-RAND-CITYSCAPES: independent rendered images of a town, labeled with classes that Cityscapes has.

    Files: ``RGB/0000000.png``, ``GT/LABELS/0000000.png``, ``Depth/Depth/0000000.png``. Copies that hold the label ids
    alone are found by ``folders=dict(LABELS='parsed_LABELS')``. There is no official split: ``'train'`` and ``'val'``
    are drawn, see :mod:`mtlbench.datasets.splits`, and ``'all'`` is every image.

    Args:
        split_protocol: ``'disjoint'`` (the default), or ``'reference'`` (overlapping parts).
        split_seed: Seed of the random split, independent of the run's.
        kwargs: See :class:`MultiTaskDataset`.
    """

    name = 'synthia'
    label_fields = {'semseg': 'semseg', 'depth': 'depth', 'normals': 'depth'}
    class_sets = tuple(GROUPS)
    default_folders = {'RGB': 'RGB', 'LABELS': 'GT/LABELS', 'Depth': 'Depth/Depth'}
    homepage_hint = 'the archive SYNTHIA-RAND-CITYSCAPES (CVPR16), from the website of the SYNTHIA dataset'
    render_command = 'python tools/render_world.py synthia --out {root}'
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
        """Where the images are looked for."""
        return f'{self.folder("RGB").resolve()}/*.png ({self.split_protocol})'

    def list_frames(self) -> list[str]:
        """Paths of the split's images."""
        found = self.find_images(self.folder('RGB'), r'(\d+)(?:_PIT)?')
        frames = sorted(str(path.relative_to(self.root)) for path in found)
        draw = part_of(RANDOM_SPLITS, self.split_protocol, 'SYNTHIADataset', 'split_protocol')
        return part_of({**draw(frames, self.split_seed), 'all': frames}, self.split, 'SYNTHIADataset')

    def read_image(self, frame: str) -> NDArray[np.uint8]:
        """The image (H, W, 3), RGB."""
        return read_rgb(self.root / frame)

    def read_semseg(self, frame: str) -> NDArray[np.uint8]:
        """Training ids (H, W), from the red channel of a 16-bit image, or from its only one."""
        path = self.path_of(frame, 'semseg')
        labels = read_uint16_channel(path)
        if labels.max() not in LABELS:
            raise DataError(
                f'{path} holds the label id {labels.max()}; the ids of SYNTHIA are 0 .. {max(LABELS)}; '
                'give the original file of labels, or one of label ids alone'
            )
        groups = GROUPS[self.class_set_name]
        ordered = [groups[name] for name in class_set(self.class_set_name).classes]
        return training_ids(labels, ordered, last=max(LABELS))

    def read_depth(self, frame: str) -> NDArray[np.float32]:
        """Depth (H, W) in meters; every pixel has one."""
        return read_uint16_channel(self.path_of(frame, 'depth')).astype(np.float32) * np.float32(CENTIMETER)

    def read_intrinsics(self, frame: str) -> NDArray[np.float64]:
        """Intrinsics (3, 3) for images of 1280 x 760."""
        return np.array(INTRINSICS)

    def path_of(self, frame: str, field: str) -> Path:
        """The file of a field."""
        if field not in FOLDERS:
            return super().path_of(frame, field)
        return file_of(self.folder(FOLDERS[field]) / Path(frame).stem.replace('_PIT', ''), ('.png',))

    def doubts(self, frame: str, field: str) -> Iterator[Doubt]:
        """Training ids, instead of label ids."""
        if field == 'semseg' and read_uint16_channel(self.path_of(frame, field)).max() < TRAINING_IDS:
            message = f'no frame has a label id above {TRAINING_IDS - 1}; are these training ids? Use the label ids'
            yield Doubt(message, shared=True)
