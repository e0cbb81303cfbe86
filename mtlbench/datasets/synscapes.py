"""Synscapes reader."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mtlbench.class_sets.cityscapes import LABEL_SETS
from mtlbench.datasets.base import MultiTaskDataset
from mtlbench.datasets.consistency import Doubt, SizeRule
from mtlbench.datasets.files import read_exr, read_npy, read_rgb
from mtlbench.datasets.label_ids import cityscapes_doubts, read_cityscapes_ids
from mtlbench.datasets.paths import file_of
from mtlbench.datasets.splits import part_of
from mtlbench.datasets.text_files import read_json
from mtlbench.errors import DataError
from mtlbench.geometry import scale_intrinsics
from mtlbench.registry import DATASETS

SPLITS = {'train': range(1, 20001), 'val': range(20001, 21001), 'test': range(21001, 25001)}
FILES = {'semseg': 'class', 'depth': 'depth', 'intrinsics': 'meta'}
"""Folder key of each field."""
CAMERA_SHAPE = (720, 1440)
INTRINSICS = ((1590.83437, 0.0, 771.31406), (0.0, 1592.79032, 360.79945), (0.0, 0.0, 1.0))


@DATASETS.register_module()
class SynscapesDataset(MultiTaskDataset):
    """Synscapes: independent rendered street images with Cityscapes label ids and exact depth.

    Files: ``img/rgb/<i>.png``, ``img/class/<i>.png``, ``img/depth/<i>.exr`` (channel ``Z``, meters along the optical
    axis) or ``<i>.npy``, ``meta/<i>.json``, with ``i`` = 1 .. 25000. ``folders=dict(rgb='img/rgb-2k')`` selects the
    larger images. The splits are consecutive numbers: 20000 / 1000 / 4000 (SemiMTL, section 4.1).
    """

    name = 'synscapes'
    label_fields = {'semseg': 'semseg', 'depth': 'depth', 'normals': 'depth'}
    class_sets = tuple(LABEL_SETS)
    default_folders = {'rgb': 'img/rgb', 'class': 'img/class', 'depth': 'img/depth', 'meta': 'meta'}
    homepage_hint = 'Synscapes, from the website of its makers'
    render_command = 'mtlbench render synscapes --out {root}'
    official_counts = {split: len(numbers) for split, numbers in SPLITS.items()}
    camera_shape = CAMERA_SHAPE
    image_folder = 'rgb'
    ground_below = True
    plausible_depth = (0.3, 9000.0)

    @property
    def frame_pattern(self) -> str:
        """Path pattern of the split's images."""
        numbers = SPLITS[self.split]
        return f'{self.folder("rgb").resolve()}/{{{numbers[0]}..{numbers[-1]}}}.png'

    def list_frames(self) -> list[str]:
        """Return the paths of the split's images, ordered by number."""
        numbers = part_of(SPLITS, self.split, 'SynscapesDataset')
        found = self.find_images(self.folder('rgb'), r'([1-9]\d*)')
        frames = sorted((path for path in found if int(path.stem) in numbers), key=lambda path: int(path.stem))
        return [str(path.relative_to(self.root)) for path in frames]

    def read_image(self, frame: str) -> NDArray[np.uint8]:
        """Return the image (H, W, 3), RGB."""
        return read_rgb(self.root / frame)

    def read_semseg(self, frame: str) -> NDArray[np.uint8]:
        """Return the training ids (H, W)."""
        return read_cityscapes_ids(self.path_of(frame, 'semseg'), self.class_set_name)

    def read_depth(self, frame: str) -> NDArray[np.float32]:
        """Return the depth (H, W) in meters; the sky is 8 to 9 km away."""
        path = self.path_of(frame, 'depth')
        depth = read_npy(path, 2) if path.suffix == '.npy' else read_exr(path, 'Z')
        if not (np.isfinite(depth) & (depth >= 0)).all():
            raise DataError(f'{path} holds depths that are negative or not finite; unpack or convert it again')
        return depth

    def read_intrinsics(self, frame: str) -> NDArray[np.float64]:
        """Return the intrinsics (3, 3) for 1440 x 720 images.

        They come from the frame's JSON file; without one, they are the published ones.
        """
        path = self.path_of(frame, 'intrinsics')
        if not path.is_file():
            return np.array(INTRINSICS)
        keys = ('fx', 'fy', 'u0', 'v0', 'resx', 'resy')
        try:
            camera: dict[str, Any] = read_json(path)['camera']['intrinsic']
            fx, fy, u0, v0, width, height = (float(camera[key]) for key in keys)
            if min(width, height) < 1:
                raise ValueError(f'an image of {width} x {height}')
            shape = int(height), int(width)
        except (ValueError, TypeError, KeyError, OverflowError) as error:
            raise DataError(
                f'{path}: expected JSON with camera.intrinsic.{{{", ".join(keys)}}}; unpack it again'
            ) from error
        matrix = np.array([[fx, 0, u0], [0, fy, v0], [0, 0, 1]])
        return scale_intrinsics(matrix, shape, CAMERA_SHAPE)

    def missing_parts(self) -> Iterator[str]:
        """Yield a message if some frames, but not all, lack a camera file."""
        paths = [self.path_of(frame, 'intrinsics') for frame in self.frames]
        missing = [path for path in paths if not path.is_file()]
        if 0 < len(missing) < len(paths):
            there = f'{len(paths) - len(missing)} of {len(paths)}'
            yield f'{missing[0]} is missing; {there} files of this kind are present; unpack the rest'

    def official_split(self, frame: str) -> str | None:
        """Return the split that the frame's number belongs to."""
        return next((split for split, numbers in SPLITS.items() if int(Path(frame).stem) in numbers), None)

    def path_of(self, frame: str, field: str) -> Path:
        """Return the path of a field's file; a converted depth map takes precedence."""
        if field not in FILES:
            return super().path_of(frame, field)
        folder, stem = FILES[field], Path(frame).stem
        if field == 'depth':
            converted = self.folder(folder) / f'{stem}.npy'
            return converted if converted.is_file() else converted.with_suffix('.exr')
        return file_of(self.folder(folder) / stem, ('.json',) if field == 'intrinsics' else ('.png',))

    def size_rule(self, field: str) -> SizeRule:
        """Allow larger labels of the same aspect if the images are not in their usual folder."""
        return SizeRule.ASPECT if self.images_elsewhere else SizeRule.EQUAL

    def doubt_semseg(self, frame: str) -> Iterator[Doubt]:
        """Yield a doubt if the file holds training ids instead of label ids."""
        return cityscapes_doubts(self.path_of(frame, 'semseg'))
