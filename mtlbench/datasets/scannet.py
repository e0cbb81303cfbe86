"""ScanNet reader: indoor video with depth, poses and classes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from mtlbench.class_sets.nyu40 import NYU40
from mtlbench.datasets.base import MultiTaskDataset
from mtlbench.datasets.consistency import Doubt
from mtlbench.datasets.files import read_ids, read_rgb, read_uint16
from mtlbench.datasets.label_ids import nyu40_doubts, nyu40_training_ids
from mtlbench.datasets.listing import list_images, without_image
from mtlbench.datasets.paths import IMAGE_SUFFIXES, existing, file_of
from mtlbench.datasets.scannet_files import read_label_table, read_matrix
from mtlbench.datasets.splits import hidden_labels, labeled_part, part_of, require_lists
from mtlbench.datasets.text_files import read_names
from mtlbench.errors import ConfigError, DataError
from mtlbench.registry import DATASETS


class Layout(NamedTuple):
    """Paths that differ between the layouts, relative to the folder of a scene."""

    labels: str
    intrinsics: str


LAYOUTS = {
    'scans': Layout('label-filt', 'intrinsic/intrinsic_color.txt'),
    'frames_25k': Layout('label', 'intrinsics_color.txt'),
}
SCENES = {'train': 1201, 'val': 312, 'test': 100}
"""Number of scenes in each official list."""
NAME = r'(\d+)'
LABEL_TABLE = 'scannetv2-labels.combined.tsv'
MILLIMETERS = 1000


@DATASETS.register_module()
class ScanNetDataset(MultiTaskDataset):
    """ScanNet v2 as exported from its streams, ``scans/<scene>/color/<frame>.jpg``, or its sample of 25000 frames.

    The splits are lists of scenes, ``scannetv2_<split>.txt``, in the folder ``tables``, which also holds the label
    table. Frames without a finite pose, where tracking was lost, are excluded.

    Args:
        layout: ``'scans'``: also ``depth``, ``label-filt`` with the ids of the label table, ``pose`` and ``intrinsic``.
            ``'frames_25k'``: ``scannet_frames_25k/<scene>/color/<frame>.jpg``, ``label`` with the ids of the 40
            classes, ``intrinsics_color.txt``.
        frame_stride: Divisor of the numbers of the frames that are read; neighbors may be any frames.
        split_files: Alternative lists of scenes by split, relative to the folder ``tables`` or absolute.
        subset: Number of frames of the split that count as labeled; below 1, their share of the split, rounded up.
            None: no subset.
        subset_seed: Seed of the draw of the subset, independent of the run's seed.
        subset_part: Frames to read: the ``'labeled'`` ones, the ``'unlabeled'`` ones, or ``'both'``. With ``'both'``,
            only the labeled ones have class labels.
        kwargs: See :class:`MultiTaskDataset`.
    """

    scaled_arguments = {'subset': 'frames'}
    name = 'scannet'
    label_fields = {'semseg': 'semseg', 'depth': 'depth', 'normals': 'depth'}
    class_sets = ('nyudv2_40', 'scannet_20')
    default_folders = {'scans': 'scans', 'frames_25k': 'scannet_frames_25k', 'tables': ''}
    homepage_hint = 'ScanNet v2, its exported streams and filtered 2D labels or scannet_frames_25k, from its website'
    render_command = 'mtlbench render scannet --out {root}'
    image_suffixes = IMAGE_SUFFIXES[::-1]
    other_sizes = ('depth',)
    one_size = False
    plausible_depth = (0.3, 10.0)
    may_be_blank = True

    def __init__(
        self,
        *args: Any,
        layout: str = 'scans',
        frame_stride: int = 20,
        split_files: Mapping[str, str] | None = None,
        subset: float | None = None,
        subset_seed: int = 42,
        subset_part: str = 'labeled',
        **kwargs: Any,
    ) -> None:
        self.layout_name, self.layout = layout, part_of(LAYOUTS, layout, 'ScanNetDataset', 'layout')
        self.frame_stride = frame_stride
        require_lists(split_files, 'ScanNetDataset')
        self.split_files = {**{split: f'scannetv2_{split}.txt' for split in SCENES}, **(split_files or {})}
        self.subset, self.subset_seed, self.subset_part = subset, subset_seed, subset_part
        super().__init__(*args, **kwargs)

    @property
    def frame_pattern(self) -> str:
        """Path pattern of the split's images."""
        place = self.folder(self.layout_name).resolve()
        return f'{place}/<scene>/color/*.jpg (or .png), of {self._list(self.split)}, every {self.frame_stride}th'

    def list_frames(self) -> list[str]:
        """Return the paths of the split's images, scene by scene."""
        if self.subset is not None and self.subset_part == 'unlabeled' and 'semseg' in self.tasks:
            raise ConfigError(
                "ScanNetDataset: tasks: the frames of subset_part='unlabeled' count as unlabeled; give this stream "
                "tasks without 'semseg'"
            )
        part_of(self.split_files, self.split, 'ScanNetDataset')
        scenes = dict.fromkeys(read_names(self._list(self.split)))
        self.scenes = {scene: self._targets(self.folder(self.layout_name) / scene) for scene in scenes}
        frames = [str(path.relative_to(self.root)) for found in self.scenes.values() for path in found]
        self.hidden = hidden_labels(frames, self.subset, self.subset_seed, self.subset_part)
        return labeled_part(frames, self.subset, self.subset_seed, self.subset_part, 'ScanNetDataset')

    def read_image(self, frame: str) -> NDArray[np.uint8]:
        """Return the image (H, W, 3), RGB."""
        return read_rgb(self.root / frame)

    def read_semseg(self, frame: str) -> NDArray[np.uint8]:
        """Return the training ids (H, W)."""
        path = self.path_of(frame, 'semseg')
        labels = read_ids(path) if self.layout_name == 'frames_25k' else self._nyu40(path)
        if labels.max() > len(NYU40):
            raise DataError(
                f'{path} holds the label id {labels.max()}; expected 0 .. {len(NYU40)}; use the original file'
            )
        return nyu40_training_ids(labels, self.class_set_name)

    def read_depth(self, frame: str) -> NDArray[np.float32]:
        """Return the depth (H, W) in meters, at the size of the depth camera; 0 = invalid."""
        return read_uint16(self.path_of(frame, 'depth')).astype(np.float32) / np.float32(MILLIMETERS)

    def read_intrinsics(self, frame: str) -> NDArray[np.float64]:
        """Return the intrinsics (3, 3) of the scene's color camera, for images in their original size."""
        return read_matrix(self.path_of(frame, 'intrinsics'))[:3, :3]

    def extras(self, frame: str) -> dict[str, Any]:
        """Return the camera-to-world matrix ``pose`` (4, 4) in meters, if the file exists."""
        path = self.path_of(frame, 'pose')
        return {'pose': read_matrix(path)} if path.is_file() else {}

    def path_of(self, frame: str, field: str) -> Path:
        """Return the path of a field's file, or of the pose."""
        scene, stem = self._scene(frame), Path(frame).stem
        if field == 'image':
            return self.root / frame
        if field == 'intrinsics':
            return scene / self.layout.intrinsics
        if field == 'pose':
            return scene / 'pose' / f'{stem}.txt'
        return file_of(scene / (self.layout.labels if field == 'semseg' else field) / stem, ('.png',))

    def doubt_semseg(self, frame: str) -> Iterator[Doubt]:
        """Yield doubts if the file seems to hold ids of other classes."""
        path = self.path_of(frame, 'semseg')
        if self.layout_name == 'frames_25k':
            # A single video frame may show nothing but a counter; a whole split does not.
            yield from (doubt._replace(shared=True) for doubt in nyu40_doubts(read_ids(path)))
        elif read_uint16(path).max() <= len(NYU40):
            message = (
                f'no frame has a label id above {len(NYU40)}; are these NYU40 ids instead of ids of the label table?'
            )
            yield Doubt(message, shared=True)

    def missing_parts(self) -> Iterator[str]:
        """Yield messages about scenes that are not unpacked, depth without images, and an incomplete official list."""
        source, missing = self._list(self.split), [scene for scene, frames in self.scenes.items() if not frames]
        if missing:
            found = f'{len(self.scenes) - len(missing)} of {len(self.scenes)} scenes'
            yield f'{source}: {found} are unpacked; {missing[0]} is missing; unpack the rest'
        for scene, frames in self.scenes.items():
            folder = self.folder(self.layout_name) / scene
            images = list_images(folder / 'color', NAME, self.image_suffixes).images if frames else []
            if frames and (alone := without_image(folder / 'depth', {path.stem for path in images})):
                yield alone
        official = SCENES.get(self.split)
        if source.name == f'scannetv2_{self.split}.txt' and len(self.scenes) != official and not self.rendered:
            yield f'{source}: lists {len(self.scenes)} of {official} scenes; use the official list'

    def labeled_tasks(self, frame: str) -> Sequence[str]:
        """Return all tasks, without ``semseg`` if the frame counts as unlabeled."""
        return [task for task in self.tasks if task != 'semseg' or frame not in self.hidden]

    def neighbor(self, frame: str, offset: int) -> Path | None:
        """Return the path of the image ``offset`` frames later in the same scene, or None."""
        path = self.root / frame
        number = int(path.stem) + offset
        names = (str(number), f'{number:0{len(path.stem)}d}')
        found = (existing(path.with_name(name), self.image_suffixes) for name in names)
        return next((path for path in found if path), None)

    def official_split(self, frame: str) -> str | None:
        """Return the split that lists the scene."""
        return self._split_of_scene.get(self._scene(frame).name)

    @cached_property
    def _split_of_scene(self) -> dict[str, str]:
        lists = {split: self._list(split) for split in self.split_files}
        return {scene: split for split, path in lists.items() if path.is_file() for scene in read_names(path)}

    def _list(self, split: str) -> Path:
        return self.folder('tables') / self.split_files[split]

    def _targets(self, scene: Path) -> list[Path]:
        """Return the images of a scene that are samples, ordered by number."""
        found = self.find_images(scene / 'color', NAME)
        chosen = [path for path in found if int(path.stem) % self.frame_stride == 0]
        return sorted((path for path in chosen if _is_tracked(path)), key=lambda path: int(path.stem))

    def _scene(self, frame: str) -> Path:
        return (self.root / frame).parents[1]

    def _nyu40(self, path: Path) -> NDArray[np.uint8]:
        """Return the NYU40 ids (H, W) of a file with ids of the label table."""
        table = self.folder('tables') / LABEL_TABLE
        labels = read_uint16(path)
        ids, known = read_label_table(table)
        if not known[labels].all():
            raise DataError(
                f'{path} holds the label id {labels[~known[labels]].min()}, which is not in {table}; '
                'use the files of label-filt and the label table of ScanNet v2'
            )
        return ids[labels]


def _is_tracked(image: Path) -> bool:
    """Return True if the pose of a frame is finite or has no file."""
    path = image.parents[1] / 'pose' / f'{image.stem}.txt'
    return not path.is_file() or bool(np.isfinite(read_matrix(path)).all())
