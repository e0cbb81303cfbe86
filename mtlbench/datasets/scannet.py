"""ScanNet: videos of rooms with depth, poses and classes."""

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
from mtlbench.datasets.files import IMAGE_SUFFIXES, existing, file_of, read_ids, read_names, read_rgb, read_uint16
from mtlbench.datasets.label_ids import nyu40_doubts, nyu40_training_ids
from mtlbench.datasets.listing import list_images, without_image
from mtlbench.datasets.scannet_files import read_label_table, read_matrix
from mtlbench.datasets.splits import hidden_labels, labeled_part, part_of, require_lists
from mtlbench.errors import ConfigError, DataError
from mtlbench.registry import DATASETS


class Layout(NamedTuple):
    """What differs between the two layouts, relative to the folder of a scene."""

    labels: str
    intrinsics: str


LAYOUTS = {
    'scans': Layout('label-filt', 'intrinsic/intrinsic_color.txt'),
    'frames_25k': Layout('label', 'intrinsics_color.txt'),
}
SCENES = {'train': 1201, 'val': 312, 'test': 100}
"""Scenes on the official lists."""
NAME = r'(\d+)'
LABEL_TABLE = 'scannetv2-labels.combined.tsv'
MILLIMETERS = 1000


@DATASETS.register_module()
class ScanNetDataset(MultiTaskDataset):
    """ScanNet v2, as exported from its streams: ``scans/<scene>/color/<frame>.jpg``; or its sample of 25000 frames.

    The splits are lists of scenes, ``scannetv2_<split>.txt``, in the folder ``tables``, as is the table of labels.
    Frames at which the camera was lost are left out: their pose is not finite.

    Args:
        layout: ``'scans'``: also ``depth``, ``label-filt`` with the ids of the table of labels, ``pose`` and
            ``intrinsic``. ``'frames_25k'``: ``scannet_frames_25k/<scene>/color/<frame>.jpg``, ``label`` with the ids of
            the 40 classes, ``intrinsics_color.txt``.
        frame_stride: Frames are taken whose number is a multiple of this; neighbors are any frames.
        split_files: For a split another list of scenes, relative to the folder ``tables`` or absolute.
        subset: How many frames of the split count as labeled; below 1 a share of them, rounded up. None: no subset.
        subset_seed: Seed of the draw, independent of the run's.
        subset_part: ``'labeled'`` for these frames, ``'unlabeled'`` for the others, ``'both'`` for all, of which these
            alone have class labels.
        kwargs: See :class:`MultiTaskDataset`.
    """

    scaled_arguments = {'subset': 'frames'}
    name = 'scannet'
    label_fields = {'semseg': 'semseg', 'depth': 'depth', 'normals': 'depth'}
    class_sets = ('nyudv2_40', 'scannet_20')
    default_folders = {'scans': 'scans', 'frames_25k': 'scannet_frames_25k', 'tables': ''}
    homepage_hint = 'ScanNet v2, its exported streams and filtered 2D labels or scannet_frames_25k, from its website'
    render_command = 'python tools/render_world.py scannet --out {root}'
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
        """Where the images are looked for."""
        place = self.folder(self.layout_name).resolve()
        return f'{place}/<scene>/color/*.jpg (or .png), of {self._list(self.split)}, every {self.frame_stride}th'

    def list_frames(self) -> list[str]:
        """Paths of the split's images, scene by scene."""
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
        """The image (H, W, 3), RGB."""
        return read_rgb(self.root / frame)

    def read_semseg(self, frame: str) -> NDArray[np.uint8]:
        """Training ids (H, W)."""
        path = self.path_of(frame, 'semseg')
        labels = read_ids(path) if self.layout_name == 'frames_25k' else self._nyu40(path)
        if labels.max() > len(NYU40):
            raise DataError(f'{path} holds the label id {labels.max()}; expected 0 .. {len(NYU40)}')
        return nyu40_training_ids(labels, self.class_set_name)

    def read_depth(self, frame: str) -> NDArray[np.float32]:
        """Depth (H, W) in meters, in the size of the depth camera; 0 = invalid."""
        return read_uint16(self.path_of(frame, 'depth')).astype(np.float32) / np.float32(MILLIMETERS)

    def read_intrinsics(self, frame: str) -> NDArray[np.float64]:
        """Intrinsics (3, 3) of the scene's color camera, for images as delivered."""
        return read_matrix(self.path_of(frame, 'intrinsics'))[:3, :3]

    def extras(self, frame: str) -> dict[str, Any]:
        """The camera-to-world matrix ``pose`` (4, 4) in meters, where the file exists."""
        path = self.path_of(frame, 'pose')
        return {'pose': read_matrix(path)} if path.is_file() else {}

    def path_of(self, frame: str, field: str) -> Path:
        """The file of a field, or of the pose."""
        scene, stem = self._scene(frame), Path(frame).stem
        if field == 'image':
            return self.root / frame
        if field == 'intrinsics':
            return scene / self.layout.intrinsics
        if field == 'pose':
            return scene / 'pose' / f'{stem}.txt'
        return file_of(scene / (self.layout.labels if field == 'semseg' else field) / stem, ('.png',))

    def doubts(self, frame: str, field: str) -> Iterator[Doubt]:
        """Maps of other classes."""
        if field != 'semseg':
            return
        path = self.path_of(frame, field)
        if self.layout_name == 'frames_25k':
            # A frame of a video may show nothing but a counter; a whole split does not.
            yield from (doubt._replace(shared=True) for doubt in nyu40_doubts(read_ids(path)))
        elif read_uint16(path).max() <= len(NYU40):
            message = f'no frame has a label id above {len(NYU40)}; are these ids of the 40 classes, not of the table?'
            yield Doubt(message, shared=True)

    def missing_parts(self) -> Iterator[str]:
        """Scenes of the list that are not unpacked; a list that is not the official one."""
        source, missing = self._list(self.split), [scene for scene, frames in self.scenes.items() if not frames]
        if missing:
            found = f'{len(self.scenes) - len(missing)} of {len(self.scenes)} scenes'
            yield f'{source}: {found} are unpacked; {missing[0]} is missing: unpack the rest'
        for scene, frames in self.scenes.items():
            folder = self.folder(self.layout_name) / scene
            images = list_images(folder / 'color', NAME, self.image_suffixes).images if frames else []
            if frames and (alone := without_image(folder / 'depth', {path.stem for path in images})):
                yield alone
        official = SCENES.get(self.split)
        if source.name == f'scannetv2_{self.split}.txt' and len(self.scenes) != official and not self.rendered:
            yield f'{source}: lists {len(self.scenes)} of {official} scenes; use the official list'

    def labeled_tasks(self, frame: str) -> Sequence[str]:
        """All tasks; without classes where the frame counts as unlabeled."""
        return [task for task in self.tasks if task != 'semseg' or frame not in self.hidden]

    def neighbor(self, frame: str, offset: int) -> Path | None:
        """The image ``offset`` frames later in the same scene."""
        path = self.root / frame
        number = int(path.stem) + offset
        names = (str(number), f'{number:0{len(path.stem)}d}')
        found = (existing(path.with_name(name), self.image_suffixes) for name in names)
        return next((path for path in found if path), None)

    def official_split(self, frame: str) -> str | None:
        """The split on whose list the scene is."""
        return self._split_of_scene.get(self._scene(frame).name)

    @cached_property
    def _split_of_scene(self) -> dict[str, str]:
        lists = {split: self._list(split) for split in self.split_files}
        return {scene: split for split, path in lists.items() if path.is_file() for scene in read_names(path)}

    def _list(self, split: str) -> Path:
        return self.folder('tables') / self.split_files[split]

    def _targets(self, scene: Path) -> list[Path]:
        """The images of a scene that are frames, in the order of their numbers."""
        found = self.find_images(scene / 'color', NAME)
        chosen = [path for path in found if int(path.stem) % self.frame_stride == 0]
        return sorted((path for path in chosen if _is_tracked(path)), key=lambda path: int(path.stem))

    def _scene(self, frame: str) -> Path:
        return (self.root / frame).parents[1]

    def _nyu40(self, path: Path) -> NDArray[np.uint8]:
        """Ids (H, W) of the 40 classes from ids of the table of labels."""
        table = self.folder('tables') / LABEL_TABLE
        labels = read_uint16(path)
        ids, known = read_label_table(table)
        if not known[labels].all():
            raise DataError(
                f'{path} holds the label id {labels[~known[labels]].min()}, which is not in {table}; '
                'give the files of label-filt and the table of ScanNet v2'
            )
        return ids[labels]


def _is_tracked(image: Path) -> bool:
    """Whether the pose of a frame is finite; without a file of poses it counts as such."""
    path = image.parents[1] / 'pose' / f'{image.stem}.txt'
    return not path.is_file() or bool(np.isfinite(read_matrix(path)).all())
