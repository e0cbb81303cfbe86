"""KITTI raw data reader: street video without labels."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mtlbench.datasets.base import MultiTaskDataset
from mtlbench.datasets.files import existing, file_of, read_rgb
from mtlbench.datasets.kitti_files import read_frame_list, read_projection
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


@DATASETS.register_module()
class KITTIRawDataset(MultiTaskDataset):
    """KITTI raw data: images, their neighbors and the camera, without labels, as a target of self-supervised depth.

    Files: ``<date>/<date>_drive_<number>_sync/image_02/data/<frame>.png`` (or jpg) and ``<date>/calib_cam_to_cam.txt``.
    Frames without a predecessor or a successor are excluded.

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
    label_fields = {}
    class_sets = ()
    default_folders = {}
    homepage_hint = 'the synced and rectified drives of the KITTI raw data with their calibration, from its website'
    render_command = 'mtlbench render kitti_raw --out {root}'
    official_counts = {'train': TRAIN, 'val': VAL}
    selecting_options = ('split_files', 'cameras')
    one_size = False

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
        if self.split_files is None:
            parts = disjoint_split(self._known_drives(), self.split_seed, Fraction(TRAIN, TRAIN + VAL))
            left = part_of(parts, self.split, 'KITTIRawDataset')
            return [self._seen_by(camera, frame) for camera in self.cameras for frame in left]
        path = self.root / part_of(self.split_files, self.split, 'KITTIRawDataset')
        frames = [self._listed(stem, path) for stem in dict.fromkeys(read_frame_list(path))]
        return [frame for frame in frames if self._has_both_neighbors(frame)]

    def read_image(self, frame: str) -> NDArray[np.uint8]:
        """Return the image (H, W, 3), RGB."""
        return read_rgb(self.root / frame)

    def read_intrinsics(self, frame: str) -> NDArray[np.float64]:
        """Return the intrinsics (3, 3) of the rectified image: ``P_rect_02`` (or 03) of the day's calibration."""
        camera = int(Path(frame).parents[1].name[-2:])
        return read_projection(self.path_of(frame, 'intrinsics'), camera)[:, :3]

    def path_of(self, frame: str, field: str) -> Path:
        """Return the path of the image, or of the day's calibration."""
        path = self.root / frame
        return path.parents[3] / 'calib_cam_to_cam.txt' if field == 'intrinsics' else path

    def missing_parts(self) -> Iterator[str]:
        """Yield a message about drives that are not unpacked."""
        missing = [folder for folder in self._drives() if not folder.is_dir()]
        if self.split_files is None and missing and not self.rendered:
            total = sum(len(numbers.split()) for numbers in DRIVES.values())
            yield f'{missing[0]} is missing; {total - len(missing)} of {total} drives are unpacked; unpack the rest'

    def neighbor(self, frame: str, offset: int) -> Path | None:
        """Return the path of the image ``offset`` frames later in the same drive, or None."""
        path = self.root / frame
        return existing(path.with_name(f'{int(path.stem) + offset:010d}'), self.image_suffixes)

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

    def _has_both_neighbors(self, frame: str) -> bool:
        return all(self.neighbor(frame, step) is not None for step in (-1, 1))
