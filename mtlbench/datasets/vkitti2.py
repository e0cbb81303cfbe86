"""Virtual KITTI 2 reader, version 2.0.3."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from mtlbench.class_sets.vkitti2 import CLASSES, GROUPS
from mtlbench.datasets.base import MultiTaskDataset
from mtlbench.datasets.consistency import Doubt
from mtlbench.datasets.files import read_colors, read_rgb, read_uint16
from mtlbench.datasets.listing import PassedOver
from mtlbench.datasets.paths import IMAGE_SUFFIXES, existing
from mtlbench.datasets.splits import RANDOM_SPLITS, part_of
from mtlbench.datasets.text_files import read_frame_table
from mtlbench.errors import ConfigError, DataError
from mtlbench.registry import DATASETS
from mtlbench.structures import IGNORE_INDEX, FieldKind
from mtlbench.utils.choices import require_known

FILES = {'semseg': ('classSegmentation', 'classgt'), 'depth': ('depth', 'depth')}
"""Folder key and file name prefix of each field."""
CENTIMETER = 0.01
SCENE = re.compile(r'Scene\d+')


@DATASETS.register_module()
class VKITTI2Dataset(MultiTaskDataset):
    """Virtual KITTI 2: rendered street video with exact depth and classes.

    Files: ``<Scene>/<variation>/frames/<modality>/Camera_<c>/<prefix>_<frame:05d>``, and ``intrinsic.txt`` and
    ``extrinsic.txt`` in the folder of the variation. For archives unpacked into separate folders, set
    ``folders=dict(depth='vkitti_2.0.3_depth', ...)``. There is no official split: ``'train'`` and ``'val'`` are drawn,
    see :mod:`mtlbench.datasets.splits`, and ``'all'`` holds every frame.

    Args:
        variations: Weather and camera angles to read.
        cameras: Cameras to read: 0 left, 1 right.
        split_protocol: Method of splitting: ``'disjoint'`` (the default), ``'by_scene'``, or ``'reference'``
            (overlapping parts).
        split_seed: Seed of the random split, independent of the run's seed.
        val_scenes: Validation scenes for ``'by_scene'``.
        kwargs: See :class:`MultiTaskDataset`.
    """

    name = 'vkitti2'
    label_fields = {'semseg': 'semseg', 'depth': 'depth', 'normals': 'depth'}
    class_sets = tuple(GROUPS)
    default_folders = {'rgb': '', 'classSegmentation': '', 'depth': '', 'textgt': ''}
    homepage_hint = 'Virtual KITTI 2.0.3, archives rgb, depth, classSegmentation and textgt, from Naver Labs Europe'
    render_command = 'mtlbench render vkitti2 --out {root}'
    official_counts = {'all': 2126}
    selecting_options = ('variations', 'cameras')
    image_folder = 'rgb'
    image_suffixes = IMAGE_SUFFIXES[::-1]
    ground_below = True
    corner_kinds = (FieldKind.DEPTH,)

    def __init__(
        self,
        *args: Any,
        variations: Sequence[str] = ('15-deg-left',),
        cameras: Sequence[int] = (0,),
        split_protocol: str = 'disjoint',
        split_seed: int = 42,
        val_scenes: Sequence[str] = (),
        **kwargs: Any,
    ) -> None:
        self.variations, self.cameras = tuple(variations), tuple(cameras)
        self.split_protocol, self.split_seed, self.val_scenes = split_protocol, split_seed, tuple(val_scenes)
        super().__init__(*args, **kwargs)

    @property
    def frame_pattern(self) -> str:
        """Path pattern of the split's images."""
        variations, cameras = ','.join(self.variations), ','.join(map(str, self.cameras))
        folder = self.folder('rgb').resolve()
        return f'{folder}/Scene*/{{{variations}}}/frames/rgb/Camera_{{{cameras}}}/rgb_*.jpg ({self.split_protocol})'

    def list_frames(self) -> list[str]:
        """Return the paths of the split's images."""
        folder = self.folder('rgb')
        found = [
            str(path.relative_to(self.root))
            for scene in sorted(folder.glob('Scene*'))
            if self._is_scene(scene)
            for variation in self.variations
            for camera in self.cameras
            for path in self.find_images(scene / variation / 'frames' / 'rgb' / f'Camera_{camera}', r'rgb_(\d{5})')
        ]
        found.sort()
        return part_of({**self._split(found), 'all': found}, self.split, 'VKITTI2Dataset')

    def read_image(self, frame: str) -> NDArray[np.uint8]:
        """Return the image (H, W, 3), RGB."""
        return read_rgb(self.root / frame)

    def read_semseg(self, frame: str) -> NDArray[np.uint8]:
        """Return the training ids (H, W); colors of no class are ignored."""
        return decode_colors(read_colors(self.path_of(frame, 'semseg')), self.class_set_name)

    def read_depth(self, frame: str) -> NDArray[np.float32]:
        """Return the depth (H, W) in meters; the sky is at 655.35."""
        centimeters = read_uint16(self.path_of(frame, 'depth'))
        return centimeters.astype(np.float32) * np.float32(CENTIMETER)

    def read_intrinsics(self, frame: str) -> NDArray[np.float64]:
        """Return the intrinsics (3, 3) from ``intrinsic.txt``."""
        fx, fy, u0, v0 = self._table_row(frame, 'intrinsic.txt', 4)
        return np.array([[fx, 0, u0], [0, fy, v0], [0, 0, 1]])

    def extras(self, frame: str) -> dict[str, Any]:
        """Return the world-to-camera matrix ``extrinsic`` (4, 4), if the file exists."""
        if not self._table_path(frame, 'extrinsic.txt').is_file():
            return {}
        return {'extrinsic': self._table_row(frame, 'extrinsic.txt', 16).reshape(4, 4)}

    def path_of(self, frame: str, field: str) -> Path:
        """Return the path of a field's file."""
        if field == 'intrinsics':
            return self._table_path(frame, 'intrinsic.txt')
        path = self.root / frame
        if field not in FILES:
            return path
        modality, prefix = FILES[field]
        frames = self.folder(modality) / path.parents[2].relative_to(self.folder('rgb'))
        return _spelling(frames, modality) / path.parent.name / f'{prefix}_{_frame_number(path):05d}.png'

    def doubt_semseg(self, frame: str) -> Iterator[Doubt]:
        """Yield a doubt if the file holds colors of no class."""
        colors = read_colors(self.path_of(frame, 'semseg')).reshape(-1, 3)
        strange = colors[(decode_colors(colors[None])[0] == IGNORE_INDEX) & colors.any(1)]
        if len(strange):
            share, color = len(strange) / len(colors), tuple(strange[0].tolist())
            yield Doubt(f'{share:.2%} of the pixels have the color of no class, such as {color}; was it resized?')

    def neighbor(self, frame: str, offset: int) -> Path | None:
        """Return the path of the image ``offset`` frames later in the same scene, variation and camera, or None."""
        path = self.root / frame
        return existing(path.with_name(f'rgb_{_frame_number(path) + offset:05d}'), self.image_suffixes)

    def _is_scene(self, folder: Path) -> bool:
        """Return True for the folder of a scene, and not for a copy of one, whose frames would count twice."""
        if SCENE.fullmatch(folder.name):
            return True
        if folder.is_dir():
            self.passed_over.append(PassedOver(folder, 'is not named like a scene', wrong=True))
        return False

    def _split(self, frames: list[str]) -> dict[str, list[str]]:
        if self.split_protocol in RANDOM_SPLITS:
            return RANDOM_SPLITS[self.split_protocol](frames, self.split_seed)
        require_known('VKITTI2Dataset: split_protocol', self.split_protocol, (*RANDOM_SPLITS, 'by_scene'))
        if not self.val_scenes:
            raise ConfigError("VKITTI2Dataset: split_protocol='by_scene' needs val_scenes, such as ('Scene18',)")
        held_out = [frame for frame in frames if set(Path(frame).parts) & set(self.val_scenes)]
        return {'train': sorted(set(frames) - set(held_out)), 'val': held_out}

    def _table_path(self, frame: str, name: str) -> Path:
        return self.folder('textgt') / (self.root / frame).parents[3].relative_to(self.folder('rgb')) / name

    def _table_row(self, frame: str, name: str, columns: int) -> NDArray[np.float64]:
        path, image = self._table_path(frame, name), self.root / frame
        key = (_frame_number(image), int(image.parent.name.removeprefix('Camera_')))
        rows = read_frame_table(path)
        if key not in rows:
            raise DataError(f'{path} has no row for frame {key[0]} of camera {key[1]}; use the original file')
        if len(rows[key]) != columns:
            raise DataError(
                f'{path} has {len(rows[key])} values for frame {key[0]} of camera {key[1]}, expected {columns}; use '
                'the original file'
            )
        return rows[key]


def decode_colors(colors: NDArray[np.uint8], class_set: str = 'vkitti2_14') -> NDArray[np.uint8]:
    """Return the training ids (H, W) of class colors (H, W, 3); 255 where the color belongs to no class."""
    packed = cv2.cvtColor(colors, cv2.COLOR_RGB2RGBA).view('<u4')[..., 0]
    return np.take(_color_table(class_set), packed & 0xFFFFFF)


@lru_cache(maxsize=len(GROUPS))
def _color_table(class_set: str) -> NDArray[np.uint8]:
    """Return the training id of each of the 2**24 colors."""
    table = np.full(1 << 24, IGNORE_INDEX, np.uint8)
    for index, names in enumerate(GROUPS[class_set].values()):
        for red, green, blue in (CLASSES[name] for name in names):
            table[red | green << 8 | blue << 16] = index
    return table


@lru_cache(maxsize=1024)
def _spelling(parent: Path, modality: str) -> Path:
    """Return the folder of a modality, spelled as in the archives or in lower case as in the documentation."""
    lower = parent / modality.lower()
    return lower if lower.is_dir() and not (parent / modality).is_dir() else parent / modality


def _frame_number(image: Path) -> int:
    return int(image.stem.removeprefix('rgb_'))
