"""Cityscapes: fine labels, and depth from stereo disparity."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from mtlbench.datasets.base import MultiTaskDataset
from mtlbench.datasets.files import read_ids, read_rgb, read_uint16
from mtlbench.errors import DataError
from mtlbench.registry import DATASETS
from mtlbench.structures import register_class_set
from mtlbench.structures.class_set import IGNORE_INDEX

LABELS: dict[int, tuple[str, tuple[int, int, int]]] = {
    7: ('road', (128, 64, 128)),
    8: ('sidewalk', (244, 35, 232)),
    11: ('building', (70, 70, 70)),
    12: ('wall', (102, 102, 156)),
    13: ('fence', (190, 153, 153)),
    17: ('pole', (153, 153, 153)),
    19: ('traffic light', (250, 170, 30)),
    20: ('traffic sign', (220, 220, 0)),
    21: ('vegetation', (107, 142, 35)),
    22: ('terrain', (152, 251, 152)),
    23: ('sky', (70, 130, 180)),
    24: ('person', (220, 20, 60)),
    25: ('rider', (255, 0, 0)),
    26: ('car', (0, 0, 142)),
    27: ('truck', (0, 0, 70)),
    28: ('bus', (0, 60, 100)),
    31: ('train', (0, 80, 100)),
    32: ('motorcycle', (0, 0, 230)),
    33: ('bicycle', (119, 11, 32)),
}
LAST_LABEL = 33
"""Names and colours of the evaluated label ids, of 0 .. ``LAST_LABEL``."""

LABEL_SETS = {
    'cityscapes_19': tuple(LABELS),
    'cityscapes_16': tuple(label for label in LABELS if label not in (22, 27, 31)),
    'cityscapes_13': tuple(label for label in LABELS if label not in (12, 13, 17, 22, 27, 31)),
}
"""Label ids of each class set, in the order of the training ids."""

for _name, _labels in LABEL_SETS.items():
    register_class_set(_name, [LABELS[label][0] for label in _labels], [LABELS[label][1] for label in _labels])


class Camera(NamedTuple):
    """A camera file: baseline in metres, the rest in pixels at full resolution."""

    baseline: float
    fx: float
    fy: float
    u0: float
    v0: float


@DATASETS.register_module()
class CityscapesDataset(MultiTaskDataset):
    """Cityscapes: ``<modality>/<split>/<city>/<city>_<sequence>_<frame>_<suffix>``.

    Depth is ``baseline * fx / disparity`` with the camera of the frame at full resolution, whatever the size of the
    picture; it is invalid where the disparity is not positive. Neighbouring frames come from
    ``leftImg8bit_sequence``, and exist where that folder does.

    Args:
        camera_shape: Size (height, width) of the pictures that the camera files refer to.
        kwargs: See :class:`MultiTaskDataset`.
    """

    name = 'cityscapes'
    label_fields = {'semseg': 'semseg', 'depth': 'depth', 'normals': 'depth'}
    class_sets = tuple(LABEL_SETS)
    default_folders = {name: name for name in ('leftImg8bit', 'gtFine', 'disparity', 'camera', 'leftImg8bit_sequence')}
    homepage_hint = (
        'the archives leftImg8bit_trainvaltest, gtFine_trainvaltest, disparity_trainvaltest and camera_trainvaltest, '
        'from the website of the Cityscapes dataset'
    )

    def __init__(self, *args: Any, camera_shape: tuple[int, int] = (1024, 2048), **kwargs: Any) -> None:
        self.camera_shape = (int(camera_shape[0]), int(camera_shape[1]))
        super().__init__(*args, **kwargs)
        self._train_ids = np.full(256, IGNORE_INDEX, np.uint8)
        self._train_ids[list(LABEL_SETS[self.class_set_name])] = range(len(LABEL_SETS[self.class_set_name]))

    @property
    def frame_pattern(self) -> str:
        """Where the pictures are looked for."""
        return f'{(self.folder("leftImg8bit") / self.split).resolve()}/*/*_leftImg8bit.png (or .jpg)'

    def list_frames(self) -> list[str]:
        """Paths of the split's pictures, sorted."""
        folder = self.folder('leftImg8bit') / self.split
        found = [path for suffix in ('png', 'jpg') for path in folder.glob(f'*/*_leftImg8bit.{suffix}')]
        return sorted(str(path.relative_to(self.root)) for path in found)

    def read_image(self, frame: str) -> NDArray[np.uint8]:
        """The picture (H, W, 3), RGB."""
        return read_rgb(self.root / frame)

    def read_semseg(self, frame: str) -> NDArray[np.uint8]:
        """Training ids (H, W)."""
        path = self._file(frame, 'gtFine', 'gtFine_labelIds.png')
        labels = read_ids(path)
        if labels.max() > LAST_LABEL:
            raise DataError(f'{path} holds the label id {labels.max()}; the ids of Cityscapes are 0 .. {LAST_LABEL}')
        return np.take(self._train_ids, labels)

    def read_depth(self, frame: str) -> NDArray[np.float32]:
        """Depth (H, W) in metres; 0 where the disparity is missing or not positive."""
        stored = read_uint16(self._file(frame, 'disparity', 'disparity.png'))
        camera = self._camera(frame)
        numerator = np.float32(256 * camera.baseline * camera.fx)
        depth = numerator / (np.maximum(stored, 2) - np.float32(1))
        depth[stored <= 1] = 0
        return depth

    def read_intrinsics(self, frame: str) -> NDArray[np.float64]:
        """Intrinsics (3, 3) at full resolution, from the camera file of the frame."""
        camera = self._camera(frame)
        return np.array([[camera.fx, 0, camera.u0], [0, camera.fy, camera.v0], [0, 0, 1]])

    def neighbour(self, frame: str, offset: int) -> Path | None:
        """The picture ``offset`` frames later in the same snippet."""
        city, sequence, number, *_ = Path(frame).stem.split('_')
        name = f'{city}_{sequence}_{int(number) + offset:06d}_leftImg8bit{Path(frame).suffix}'
        path = self.folder('leftImg8bit_sequence') / self.split / city / name
        return path if path.is_file() else None

    def _file(self, frame: str, modality: str, suffix: str) -> Path:
        path = Path(frame)
        stem = path.stem.removesuffix('leftImg8bit')
        return self.folder(modality) / self.split / path.parent.name / f'{stem}{suffix}'

    def _camera(self, frame: str) -> Camera:
        path = self._file(frame, 'camera', 'camera.json')
        try:
            camera = json.loads(path.read_text())
            intrinsics = (float(camera['intrinsic'][key]) for key in ('fx', 'fy', 'u0', 'v0'))
            return Camera(float(camera['extrinsic']['baseline']), *intrinsics)
        except FileNotFoundError as error:
            raise DataError(f'{path} is missing; it comes with the archive camera_trainvaltest') from error
        except (ValueError, TypeError, KeyError) as error:
            raise DataError(f'{path}: expected json with extrinsic.baseline and intrinsic.fx, fy, u0, v0') from error
