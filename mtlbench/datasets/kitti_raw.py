"""KITTI raw data reader: street video, with the annotated depth of the depth prediction benchmark."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mtlbench.datasets.base import MultiTaskDataset
from mtlbench.datasets.files import read_rgb, read_uint16
from mtlbench.datasets.kitti_files import read_frame_list, read_projection
from mtlbench.datasets.listing import PassedOver
from mtlbench.datasets.paths import existing, file_of
from mtlbench.datasets.splits import disjoint_split, part_of, require_lists
from mtlbench.errors import DataError
from mtlbench.registry import DATASETS

DRIVES = {
    '2011_09_26': '0001 0002 0020 0023 0035 0039 0048 0052 0060 0061 0064 0079 0086 0087 0091 0093 0095 0106 0113 0117',
    '2011_09_28': '0001',
    '2011_09_29': '0026',
    '2011_09_30': '0016 0018 0020 0027 0028 0033 0034',
    '2011_10_03': '0027 0034 0042',
}
"""Drives of the so-called KITTI split. None of them contributes frames to KITTI Stereo 2015."""

TRAIN, VAL = 28937, 1158
LEFT = 'image_02'
ANNOTATED = 'data_depth_annotated'
EIGEN_TEST, EIGEN_ANNOTATED = 697, 652
"""Number of frames in the test list of Eigen, and of those that have annotated depth."""
DEPTH_UNIT = 1 / 256


@DATASETS.register_module()
class KITTIRawDataset(MultiTaskDataset):
    """KITTI raw data: images, their neighbors, the camera, and the annotated depth of the depth prediction benchmark.

    Files: ``<date>/<date>_drive_<number>_sync/image_02/data/<frame>.png`` (or jpg), ``<date>/calib_cam_to_cam.txt`` and
    ``data_depth_annotated/<train or val>/<date>_drive_<number>_sync/proj_depth/groundtruth/image_02/<frame>.png``.

    If the task ``depth`` is requested, frames without annotated depth are excluded. Listed frames that lack a requested
    neighbor are excluded as well; a drawn split always excludes frames without a predecessor or a successor.

    Args:
        split_files: Frame list of each split, relative to ``data_root`` or absolute; see
            :func:`~mtlbench.datasets.kitti_files.read_frame_list`. None: training and validation frames are drawn from
            the left images of the drives of the KITTI split, in its proportion (28937 / 1158).
        split_seed: Seed of that draw, independent of the run's seed.
        cameras: Cameras whose images are read: ``image_02`` (left) and ``image_03`` (right). The split is drawn once,
            so that both images of a moment are in the same part.
        kwargs: See :class:`MultiTaskDataset`.
    """

    name = 'kitti_raw'
    label_fields = {'depth': 'depth'}
    class_sets = ()
    default_folders = {ANNOTATED: ANNOTATED}
    homepage_hint = (
        'the synced and rectified drives of the KITTI raw data with their calibration and, for depth, the archive '
        'data_depth_annotated, from its website'
    )
    render_command = 'mtlbench render kitti_raw --out {root}'
    official_counts = {'train': TRAIN, 'val': VAL}
    selecting_options = ('split_files', 'cameras')
    one_size = False
    ground_below = True

    def __init__(
        self,
        *args: Any,
        split_files: Mapping[str, str] | None = None,
        split_seed: int = 42,
        cameras: Sequence[str] = (LEFT,),
        **kwargs: Any,
    ) -> None:
        require_lists(split_files, 'KITTIRawDataset')
        self.split_files, self.split_seed, self.cameras = split_files, split_seed, tuple(cameras)
        super().__init__(*args, **kwargs)

    @property
    def frame_pattern(self) -> str:
        """Path pattern of the split's images."""
        place = f'{self.root.resolve()}/<date>/<drive>_sync/image_02/data/*.png (or .jpg), with both neighbors'
        return f'{place}, of {self.split_files[self.split]}' if self.split_files else place

    def list_frames(self) -> list[str]:
        """Return the paths of the split's images."""
        frames = self._drawn_frames() if self.split_files is None else self._listed_frames()
        self.listed = len(frames)
        frames = [frame for frame in frames if not self.missing_neighbors(frame)]
        return self._annotated_frames(frames) if 'depth' in self.tasks else frames

    def read_image(self, frame: str) -> NDArray[np.uint8]:
        """Return the image (H, W, 3), RGB."""
        return read_rgb(self.root / frame)

    def read_intrinsics(self, frame: str) -> NDArray[np.float64]:
        """Return the intrinsics (3, 3) of the rectified image: ``P_rect_02`` (or 03) of the day's calibration."""
        camera = int(Path(frame).parents[1].name[-2:])
        return read_projection(self.path_of(frame, 'intrinsics'), camera)[:, :3]

    def read_depth(self, frame: str) -> NDArray[np.float32]:
        """Return the annotated depth (H, W) in meters; 0 where there is none."""
        return read_uint16(self.path_of(frame, 'depth')) * np.float32(DEPTH_UNIT)

    def path_of(self, frame: str, field: str) -> Path:
        """Return the path of the image, of its annotated depth, or of the day's calibration."""
        path = self.root / frame
        if field == 'depth':
            folder = _annotated_drive(self.folder(ANNOTATED), path.parents[2].name)
            return folder / 'proj_depth' / 'groundtruth' / path.parents[1].name / f'{path.stem}.png'
        return path.parents[3] / 'calib_cam_to_cam.txt' if field == 'intrinsics' else path

    def missing_parts(self) -> Iterator[str]:
        """Yield messages about drives, and annotated depth of the test frames of Eigen, that are not unpacked."""
        if 'depth' in self.tasks and self.listed == EIGEN_TEST and len(self.frames) != EIGEN_ANNOTATED:
            yield (
                f'{self.folder(ANNOTATED)}: {len(self.frames)} of the {EIGEN_TEST} frames have annotated depth, '
                f'expected {EIGEN_ANNOTATED}; unpack the folders train and val of {ANNOTATED}'
            )
        missing = [folder for folder in self._drives() if not folder.is_dir()]
        if self.split_files is None and missing and not self.rendered:
            total = sum(len(numbers.split()) for numbers in DRIVES.values())
            yield f'{missing[0]} is missing; {total - len(missing)} of {total} drives are unpacked; unpack the rest'

    def neighbor(self, frame: str, offset: int) -> Path | None:
        """Return the path of the image ``offset`` frames later in the same drive, or None."""
        path = self.root / frame
        return existing(path.with_name(f'{int(path.stem) + offset:010d}'), self.image_suffixes)

    def _drawn_frames(self) -> list[str]:
        parts = disjoint_split(self._known_drives(), self.split_seed, Fraction(TRAIN, TRAIN + VAL))
        left = part_of(parts, self.split, 'KITTIRawDataset')
        return [self._seen_by(camera, frame) for camera in self.cameras for frame in left]

    def _listed_frames(self) -> list[str]:
        path = self.root / part_of(self.split_files or {}, self.split, 'KITTIRawDataset')
        if not path.is_file():
            raise DataError(
                f'{path} is missing; put a list of frames there, such as the lists of Eigen and Zhou in the folder '
                "'splits' of the repository nianticlabs/monodepth2, or set split_files"
            )
        return [self._listed(stem, path) for stem in dict.fromkeys(read_frame_list(path))]

    def _annotated_frames(self, frames: list[str]) -> list[str]:
        """Return the frames that have annotated depth.

        Raises:
            DataError: If no frame has any.
        """
        found = [frame for frame in frames if self.path_of(frame, 'depth').is_file()]
        folder = self.folder(ANNOTATED)
        if frames and not found:
            raise DataError(
                f'{self.path_of(frames[0], "depth")} is missing, as is the annotated depth of all {len(frames)} frames '
                f"of the split '{self.split}'; unpack the archive {ANNOTATED} into {folder}"
            )
        if len(found) < len(frames):
            reason = f'has no depth for {len(frames) - len(found)} of {len(frames)} frames'
            self.passed_over.append(PassedOver(folder, reason, wrong=False))
        return found

    def _known_drives(self) -> list[str]:
        """Return the left images of the KITTI split's drives that have both neighbors."""
        found = [path for folder in self._drives() for path in self.find_images(folder, r'(\d{10})')]
        known = {(path.parent, int(path.stem)) for path in found}
        inner = [path for path in found if all((path.parent, int(path.stem) + step) in known for step in (-1, 1))]
        return [str(path.relative_to(self.root)) for path in inner]

    def _drives(self) -> Iterator[Path]:
        """Yield the folders of the left images of the KITTI split's drives."""
        for date, numbers in DRIVES.items():
            for number in numbers.split():
                yield self.root / date / f'{date}_drive_{number}_sync' / LEFT / 'data'

    def _seen_by(self, camera: str, left: str) -> str:
        path = (self.root / left.replace(LEFT, camera)).with_suffix('')
        return str(file_of(path, self.image_suffixes).relative_to(self.root))

    def _listed(self, stem: str, source: Path) -> str:
        path = existing(self.root / stem, self.image_suffixes)
        if path is None:
            raise DataError(
                f'{source} lists {stem}, but {self.root.resolve() / stem}.png (or .jpg) does not exist; unpack that '
                'drive, or remove the frame from the list'
            )
        return str(path.relative_to(self.root))


@lru_cache(maxsize=1024)
def _annotated_drive(folder: Path, drive: str) -> Path:
    """Return the folder of a drive's annotated depth, which is in ``train`` or ``val``."""
    return next(
        (path for part in ('train', 'val') if (path := folder / part / drive).is_dir()), folder / 'train' / drive
    )
