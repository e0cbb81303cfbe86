"""Cityscapes reader: fine labels, depth from stereo disparity, video."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from mtlbench.class_sets.cityscapes import LABEL_SETS
from mtlbench.datasets.base import MultiTaskDataset
from mtlbench.datasets.consistency import Doubt
from mtlbench.datasets.files import existing, read_json, read_rgb, read_uint16
from mtlbench.datasets.label_ids import cityscapes_doubts, read_cityscapes_ids
from mtlbench.datasets.splits import hidden_labels, labeled_part
from mtlbench.errors import ConfigError, DataError
from mtlbench.registry import DATASETS

CITIES = {
    'train': 'aachen bochum bremen cologne darmstadt dusseldorf erfurt hamburg hanover jena krefeld monchengladbach '
    'strasbourg stuttgart tubingen ulm weimar zurich',
    'val': 'frankfurt lindau munster',
    'test': 'berlin bielefeld bonn leverkusen mainz munich',
    'train_extra': 'augsburg bad-honnef bamberg bayreuth dortmund dresden duisburg erlangen freiburg heidelberg '
    'heilbronn karlsruhe konigswinter konstanz mannheim muhlheim-ruhr nuremberg oberhausen saarbrucken schweinfurt '
    'troisdorf wuppertal wurzburg',
}
SPLIT_OF_CITY = {city: split for split, cities in CITIES.items() for city in cities.split()}
IMAGE_NAME = r'({city}_\d+_\d+)_leftImg8bit'
FILES = {
    'semseg': ('gtFine', 'gtFine_labelIds.png'),
    'depth': ('disparity', 'disparity.png'),
    'intrinsics': ('camera', 'camera.json'),
}
"""Folder key and file name ending of each field."""
COARSE = 'train_extra'


class Camera(NamedTuple):
    """Camera file: the baseline in meters, the rest in pixels at full resolution."""

    baseline: float
    fx: float
    fy: float
    u0: float
    v0: float


@DATASETS.register_module()
class CityscapesDataset(MultiTaskDataset):
    """Cityscapes: ``<modality>/<split>/<city>/<city>_<sequence>_<frame>_<suffix>``.

    Depth is ``baseline * fx / disparity`` with the frame's camera at full resolution, whatever the size of the image.
    It is invalid where the disparity is not positive. Neighboring frames come from ``leftImg8bit_sequence``, if that
    folder exists. ``folders=dict(leftImg8bit='leftImg8bit_sequence')`` makes every video frame a sample.

    Args:
        camera_shape: Size (height, width) of the images that the camera files refer to.
        subset: Number of frames of the split that count as labeled; below 1, their share of the split, rounded up.
            None: no subset.
        subset_seed: Seed of the draw of the subset, independent of the run's seed.
        subset_part: Frames to read: the ``'labeled'`` ones, the ``'unlabeled'`` ones, or ``'both'``. With ``'both'``,
            only the labeled ones have class labels.
        skip: Frames to exclude, such as damaged ones: ``'<city>_<sequence>_<frame>'``.
        rig: Product of baseline and focal length, in meters times pixels, that converts disparity to depth for all
            frames. None: the product of each frame's own camera.
        infinity: Whether a disparity of 0 means infinite depth (``inf``) instead of an invalid pixel (SemiMTL).
        kwargs: See :class:`MultiTaskDataset`.
    """

    scaled_arguments = {'subset': 'frames'}
    name = 'cityscapes'
    label_fields = {'semseg': 'semseg', 'depth': 'depth', 'normals': 'depth'}
    class_sets = tuple(LABEL_SETS)
    default_folders = {name: name for name in ('leftImg8bit', 'gtFine', 'disparity', 'camera', 'leftImg8bit_sequence')}
    homepage_hint = (
        'the archives leftImg8bit_trainvaltest, gtFine_trainvaltest, disparity_trainvaltest and camera_trainvaltest, '
        'from the website of the Cityscapes dataset'
    )
    render_command = 'mtlbench render cityscapes --out {root}'
    official_counts = {'train': 2975, 'val': 500, 'test': 1525, COARSE: 19998}
    image_folder = 'leftImg8bit'
    ground_below = True

    def __init__(
        self,
        *args: Any,
        camera_shape: tuple[int, int] = (1024, 2048),
        subset: float | None = None,
        subset_seed: int = 42,
        subset_part: str = 'labeled',
        skip: Sequence[str] = (),
        rig: float | None = None,
        infinity: bool = False,
        **kwargs: Any,
    ) -> None:
        self.camera_shape = (int(camera_shape[0]), int(camera_shape[1]))
        self.subset, self.subset_seed, self.subset_part, self.skip = subset, subset_seed, subset_part, frozenset(skip)
        self.rig, self.infinity = rig, infinity
        super().__init__(*args, **kwargs)

    @property
    def frame_pattern(self) -> str:
        """Path pattern of the split's images."""
        return f'{(self.folder("leftImg8bit") / self.split).resolve()}/<city>/<city>_*_leftImg8bit.png (or .jpg)'

    def list_frames(self) -> list[str]:
        """Return the sorted paths of the split's images."""
        self._check_labels()
        folder = self.folder('leftImg8bit') / self.split
        names = {city: IMAGE_NAME.format(city=re.escape(city.name)) for city in sorted(folder.glob('*'))}
        found = [path for city, name in names.items() for path in self.find_images(city, name)]
        frames = sorted(str(path.relative_to(self.root)) for path in found)
        self.hidden = hidden_labels(frames, self.subset, self.subset_seed, self.subset_part)
        frames = labeled_part(frames, self.subset, self.subset_seed, self.subset_part, type(self).__name__)
        return [frame for frame in frames if _stem(frame) not in self.skip]

    def read_image(self, frame: str) -> NDArray[np.uint8]:
        """Return the image (H, W, 3), RGB."""
        return read_rgb(self.root / frame)

    def read_semseg(self, frame: str) -> NDArray[np.uint8]:
        """Return the training ids (H, W)."""
        return read_cityscapes_ids(self.path_of(frame, 'semseg'), self.class_set_name)

    def read_depth(self, frame: str) -> NDArray[np.float32]:
        """Return the depth (H, W) in meters; 0 where the disparity is missing, or is 0 and ``infinity`` is off."""
        stored = read_uint16(self.path_of(frame, 'depth'))
        depth = np.float32(256 * self._rig(frame)) / (np.maximum(stored, 2) - np.float32(1))
        depth[stored == 0] = 0
        depth[stored == 1] = np.inf if self.infinity else 0
        return depth

    def read_intrinsics(self, frame: str) -> NDArray[np.float64]:
        """Return the intrinsics (3, 3) at full resolution, from the frame's camera file."""
        camera = self._camera(frame)
        return np.array([[camera.fx, 0, camera.u0], [0, camera.fy, camera.v0], [0, 0, 1]])

    def path_of(self, frame: str, field: str) -> Path:
        """Return the path of a field's file."""
        if field not in FILES:
            return super().path_of(frame, field)
        path = self._file(frame, *FILES[field])
        return _nearest_camera(path) if field == 'intrinsics' else path

    def doubt_semseg(self, frame: str) -> Iterator[Doubt]:
        """Yield a doubt if the file holds training ids instead of label ids."""
        return cityscapes_doubts(self.path_of(frame, 'semseg'))

    def labeled_tasks(self, frame: str) -> Sequence[str]:
        """Return all tasks, without ``semseg`` if the frame counts as unlabeled."""
        return [task for task in self.tasks if task != 'semseg' or frame not in self.hidden]

    def neighbor(self, frame: str, offset: int) -> Path | None:
        """Return the path of the image ``offset`` frames later in the same snippet, or None."""
        city, sequence, number = _stem(frame).split('_')
        name = f'{city}_{sequence}_{int(number) + offset:06d}_leftImg8bit'
        return existing(self.folder('leftImg8bit_sequence') / self.split / city / name, self.image_suffixes)

    def official_split(self, frame: str) -> str | None:
        """Return the split of the frame's city."""
        return SPLIT_OF_CITY.get(_stem(frame).split('_')[0])

    def _check_labels(self) -> None:
        """Reject the task ``semseg`` if the split has no labels or its frames count as unlabeled."""
        reason = None
        if self.split == COARSE:
            reason = f"the split '{COARSE}' has no fine labels"
        elif self.subset is not None and self.subset_part == 'unlabeled':
            reason = "the frames of subset_part='unlabeled' count as unlabeled"
        if reason and 'semseg' in self.tasks:
            raise ConfigError(f"CityscapesDataset: tasks: {reason}; give this stream tasks without 'semseg'")

    def _file(self, frame: str, modality: str, suffix: str) -> Path:
        return self.folder(modality) / self.split / Path(frame).parent.name / f'{_stem(frame)}_{suffix}'

    def _rig(self, frame: str) -> float:
        """Return the product of baseline and focal length, in meters times pixels."""
        if self.rig is not None:
            return self.rig
        camera = self._camera(frame)
        return camera.baseline * camera.fx

    def _camera(self, frame: str) -> Camera:
        path = self.path_of(frame, 'intrinsics')
        if not path.is_file():
            raise DataError(f'{path} is missing; unpack the archive camera_trainvaltest')
        try:
            stored = read_json(path)
            intrinsics = (float(stored['intrinsic'][key]) for key in ('fx', 'fy', 'u0', 'v0'))
            camera = Camera(float(stored['extrinsic']['baseline']), *intrinsics)
        except (ValueError, TypeError, KeyError, OverflowError) as error:
            raise DataError(f'{path}: expected JSON with extrinsic.baseline and intrinsic.fx, fy, u0, v0') from error
        if not (0 < camera.baseline < np.inf and 0 < camera.fx < np.inf):
            raise DataError(
                f'{path} has a baseline of {camera.baseline:g} m and fx of {camera.fx:g}; expected positive '
                'numbers, as in the original file'
            )
        return camera


def _stem(frame: str) -> str:
    """Return ``<city>_<sequence>_<frame>``."""
    return Path(frame).stem.removesuffix('_leftImg8bit')


def _nearest_camera(path: Path) -> Path:
    """Return the camera file of the frame or, for a video frame, of the nearest labeled frame of its sequence."""
    if path.is_file():
        return path
    city, sequence, number, _ = path.name.split('_')
    known = _camera_numbers(path.parent, f'{city}_{sequence}')
    nearest = min(known, key=lambda other: abs(other - int(number)), default=int(number))
    return path.with_name(f'{city}_{sequence}_{nearest:06d}_camera.json')


@lru_cache(maxsize=4096)
def _camera_numbers(folder: Path, sequence: str) -> tuple[int, ...]:
    numbers = (path.name.split('_')[2] for path in sorted(folder.glob(f'{sequence}_*_camera.json')))
    return tuple(int(number) for number in numbers if number.isdecimal())
