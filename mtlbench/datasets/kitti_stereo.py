"""KITTI Stereo 2015 reader, with the semantic labels that were added later."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mtlbench.class_sets.cityscapes import LABEL_SETS
from mtlbench.datasets.base import MultiTaskDataset
from mtlbench.datasets.consistency import Doubt
from mtlbench.datasets.files import read_rgb, read_uint16
from mtlbench.datasets.kitti_files import read_projection
from mtlbench.datasets.label_ids import cityscapes_doubts, read_cityscapes_ids
from mtlbench.datasets.paths import existing, file_of
from mtlbench.datasets.splits import disjoint_split, part_of
from mtlbench.errors import ConfigError, DataError
from mtlbench.registry import DATASETS

LEFT, RIGHT = 2, 3
DISPARITY_UNIT = 1 / 256
MODALITIES = {'semseg': 'semantic', 'depth': 'disp_occ_0', 'intrinsics': 'calib_cam_to_cam'}
FOLDERS = {'all': 'training', 'train': 'training', 'val': 'training', 'test': 'testing'}


@DATASETS.register_module()
class KITTIStereoDataset(MultiTaskDataset):
    """KITTI Stereo 2015: 200 images with Cityscapes label ids and sparse disparity, and 200 unlabeled images.

    Files: ``training/<modality>/000000_10.png`` with the modalities ``image_2``, ``semantic`` and ``disp_occ_0``, and
    ``training/calib_cam_to_cam/000000.txt``.

    Depth is ``baseline * fx / disparity``. The baseline between the two color cameras comes from the frame's own
    calibration: the difference of the last entries of the first rows of ``P_rect_02`` and ``P_rect_03``, divided by fx
    (0.5327 m on 2011_09_26). Much published code uses 0.54 m for all frames, which yields depths 1.4 % larger.

    Splits: ``'all'`` holds the labeled images, for testing networks trained elsewhere; ``'train'`` and ``'val'`` are a
    random 80 / 20 split of them; ``'test'`` holds the unlabeled images.

    Args:
        split_seed: Seed of the random split, independent of the run's seed.
        kwargs: See :class:`MultiTaskDataset`.
    """

    name = 'kitti_stereo'
    label_fields = {'semseg': 'semseg', 'depth': 'depth'}
    class_sets = tuple(LABEL_SETS)
    default_folders = {'image_2': '', 'semantic': '', 'disp_occ_0': '', 'calib_cam_to_cam': ''}
    homepage_hint = 'Stereo 2015 with its calibration files, and Semantics, from the benchmarks of the KITTI website'
    render_command = 'mtlbench render kitti_stereo --out {root}'
    official_counts = {'all': 200, 'test': 200}
    image_folder = 'image_2'
    one_size = False
    ground_below = True

    def __init__(self, *args: Any, split_seed: int = 42, **kwargs: Any) -> None:
        self.split_seed = split_seed
        super().__init__(*args, **kwargs)

    @property
    def frame_pattern(self) -> str:
        """Path pattern of the split's images."""
        return f'{self.folder("image_2").resolve()}/{FOLDERS[self.split]}/image_2/*_10.png'

    def list_frames(self) -> list[str]:
        """Return the paths of the split's images."""
        folder = part_of(FOLDERS, self.split, 'KITTIStereoDataset')
        if self.tasks and folder == 'testing':
            raise ConfigError(f"KITTIStereoDataset: tasks: the split '{self.split}' has no labels; set tasks=()")
        found = self.find_images(self.folder('image_2') / folder / 'image_2', r'(\d{6}_\d\d)')
        frames = sorted(str(path.relative_to(self.root)) for path in found if path.stem.endswith('_10'))
        return {**disjoint_split(frames, self.split_seed), 'all': frames, 'test': frames}[self.split]

    def read_image(self, frame: str) -> NDArray[np.uint8]:
        """Return the image (H, W, 3), RGB."""
        return read_rgb(self.root / frame)

    def read_semseg(self, frame: str) -> NDArray[np.uint8]:
        """Return the training ids (H, W)."""
        return read_cityscapes_ids(self.path_of(frame, 'semseg'), self.class_set_name)

    def read_depth(self, frame: str) -> NDArray[np.float32]:
        """Return the depth (H, W) in meters; 0 where the disparity is missing."""
        disparity = read_uint16(self.path_of(frame, 'depth')) * np.float32(DISPARITY_UNIT)
        left, right = (self._projection(frame, camera)[0, 3] for camera in (LEFT, RIGHT))
        if not 0 < left - right < np.inf:
            raise DataError(
                f'{self.path_of(frame, "intrinsics")}: according to P_rect_02 ({left:g}) and P_rect_03 ({right:g}), '
                'the right camera is not to the right of the left one; use the original file'
            )
        known = disparity > 0
        return np.divide(np.float32(left - right), disparity, out=np.zeros_like(disparity), where=known)

    def read_intrinsics(self, frame: str) -> NDArray[np.float64]:
        """Return the intrinsics (3, 3) of the left color camera."""
        return self._projection(frame, LEFT)[:, :3]

    def neighbor(self, frame: str, offset: int) -> Path | None:
        """Return the path of the image ``offset`` frames later, or None. Stereo 2015 itself provides the next frame."""
        scene, number = Path(frame).stem.split('_')
        return existing((self.root / frame).with_name(f'{scene}_{int(number) + offset:02d}'), self.image_suffixes)

    def official_split(self, frame: str) -> str | None:
        """Return ``'all'`` for a labeled image, ``'test'`` for an unlabeled one."""
        return 'test' if 'testing' in Path(frame).parts else 'all'

    def path_of(self, frame: str, field: str) -> Path:
        """Return the path of a field's file."""
        if field not in MODALITIES:
            return super().path_of(frame, field)
        modality = MODALITIES[field]
        folder, stem = self.folder(modality) / FOLDERS[self.split] / modality, Path(frame).stem
        return folder / f'{stem.split("_")[0]}.txt' if field == 'intrinsics' else file_of(folder / stem, ('.png',))

    def doubt_semseg(self, frame: str) -> Iterator[Doubt]:
        """Yield a doubt if the file holds training ids instead of label ids."""
        return cityscapes_doubts(self.path_of(frame, 'semseg'))

    def _projection(self, frame: str, camera: int) -> NDArray[np.float64]:
        return read_projection(self.path_of(frame, 'intrinsics'), camera)
