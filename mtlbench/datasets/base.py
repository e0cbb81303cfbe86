"""Base class of datasets, which read single frames in meters and training ids."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from torch.utils.data import Dataset

from mtlbench.class_sets import class_set
from mtlbench.datasets.consistency import Shape, SizeRule, read_camera, read_field, read_neighbor
from mtlbench.datasets.content import content_digests
from mtlbench.datasets.draw import Draw
from mtlbench.datasets.listing import PassedOver
from mtlbench.datasets.reader import FrameReader
from mtlbench.datasets.text_files import RENDERED, RENDERING, says_rendered
from mtlbench.errors import ConfigError, DataError
from mtlbench.geometry import scale_intrinsics
from mtlbench.registry import TASKS, TRANSFORMS
from mtlbench.structures import ClassSet, FieldKind, field_kind
from mtlbench.structures.field import FIELD_KINDS
from mtlbench.utils.choices import require_known
from mtlbench.utils.command import as_typed


class MultiTaskDataset(Dataset, FrameReader):
    """A list of frames that opens only the files that the requested tasks need.

    ``dataset[3]`` reads a frame for evaluation; ``dataset[Draw(3, key)]`` reads it for training and adds a generator
    seeded by ``key`` to the results, for random transforms.

    A subclass lists its frames (:meth:`list_frames`, image paths relative to ``data_root``) and reads them
    (:meth:`read_image`, and ``read_<field>`` for every field in ``label_fields``). If the cameras are known, it returns
    their intrinsics (:meth:`read_intrinsics`), in pixels of an image of ``camera_shape``. For messages, it names the
    file of a field (:meth:`path_of`). Optionally, it checks the content of files (``doubt_<field>``).

    Args:
        data_root: Folder of the dataset.
        split: Name of the split: ``'train'``, ``'val'``, or another that the dataset has.
        tasks: Tasks whose labels are read.
        pipeline: Configs of the transforms.
        class_set: Name of the class set; None for the only one, if the dataset has one or none.
        folders: Paths relative to ``data_root`` of the modalities that are not in their usual folders.
        neighbor_offsets: Offsets of the video frames to read with each frame; missing ones are omitted.
        require_neighbors: Whether to exclude frames that lack one of these video frames.

    Raises:
        ConfigError: If the dataset has no labels for a task, or not with this class set.
        DataError: If the folder is missing or the split is empty.
    """

    name: str
    label_fields: Mapping[str, str]
    """Field that is read for each task; it differs from the task if the label is computed from another field."""
    scaled_arguments: ClassVar[Mapping[str, str]]
    """Arguments that profiles scale, and their kinds; see :mod:`mtlbench.config.kinds`."""
    class_sets: Sequence[str]
    default_folders: ClassVar[Mapping[str, str]]
    homepage_hint: ClassVar[str]
    render_command: ClassVar[str | None] = None
    """Command that renders a stand-in into the folder ``{root}``."""
    camera_shape: tuple[int, int] | None = None
    """Size (height, width) of the images that the intrinsics refer to; None: that of the image itself."""
    official_counts: ClassVar[Mapping[str, int]] = {}
    """Published number of frames of each split of the real dataset."""
    selecting_options: ClassVar[Collection[str]] = ()
    """Options that select other frames than those in ``official_counts``."""
    image_folder: ClassVar[str] = ''
    """Key of the images' folder in ``default_folders``."""
    other_sizes: ClassVar[Collection[str]] = ()
    """Fields that are stored in another size than the image, with the same aspect ratio."""
    one_size: ClassVar[bool] = True
    """True if all images of the dataset have one size."""
    ground_below: ClassVar[bool] = False
    """True if the ground fills the lower part of the images, so that depth decreases towards the bottom."""
    plausible_depth: ClassVar[tuple[float, float]] = (0.3, 1000.0)
    """Range of a frame's median depth in meters; values outside reveal another unit."""
    may_be_blank: ClassVar[bool] = False
    """True if some frames of the real dataset have a label without a valid pixel."""
    infinity: bool = False
    """True if depth may be ``inf``."""
    corner_kinds: ClassVar[Sequence[FieldKind]] = ()
    """Field kinds that the reference code resizes by pixel corners; see ``Resize(nearest='reference')``."""

    def __init__(
        self,
        data_root: str,
        split: str,
        tasks: Sequence[str],
        pipeline: Sequence[Mapping[str, Any]],
        class_set: str | None = None,
        folders: Mapping[str, str] | None = None,
        neighbor_offsets: Sequence[int] = (),
        require_neighbors: bool = False,
    ) -> None:
        self.root, self.split, self.tasks = Path(data_root), split, tuple(tasks)
        only = self.class_sets[0] if len(self.class_sets) == 1 else ''
        self.class_set_name, self.folders = class_set or only, {**self.default_folders, **(folders or {})}
        self.neighbor_offsets = tuple(neighbor_offsets)
        self._check_names()
        self.kinds = {self.label_fields[task]: field_kind(self.label_fields[task]) for task in self.tasks}
        self.transforms = [TRANSFORMS.build(dict(step)) for step in pipeline]
        if not self.root.is_dir():
            raise DataError(self._missing_root())
        self.passed_over: list[PassedOver] = []
        self.frames = self.list_frames()
        if require_neighbors:
            self.frames = [frame for frame in self.frames if self.missing_neighbors(frame) == ()]
        if not self.frames:
            raise DataError(f"{self.root.resolve()}: the split '{split}' is empty; expected {self.frame_pattern}")

    @classmethod
    def fields_of(cls, settings: Mapping[str, Any]) -> Mapping[str, str]:
        """Return the ``label_fields`` of a dataset with these settings."""
        return cls.label_fields

    @classmethod
    def task_settings(cls, settings: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
        """Return settings of tasks that follow from those of the dataset, such as the classes of its labels."""
        return {}

    def has_reader(self, field: str) -> bool:
        """Return True if :meth:`read_label` can read a field."""
        return hasattr(self, f'read_{field}')

    def class_set_of(self, field: str) -> ClassSet:
        """Return the classes of a field of ids; by default those of ``class_set``, which may be none."""
        return class_set(self.class_set_name) if self.class_set_name else ClassSet('', (), ())

    def missing_parts(self) -> Iterator[str]:
        """Yield messages about parts that the dataset's own lists name but that are missing."""
        yield from ()

    def missing_neighbors(self, frame: str) -> tuple[int, ...]:
        """Return those of ``neighbor_offsets`` that have no video frame."""
        return tuple(offset for offset in self.neighbor_offsets if self.neighbor(frame, offset) is None)

    def labeled_tasks(self, frame: str) -> Sequence[str]:
        """Return the tasks that a frame may be labeled for; files of other tasks are not opened."""
        return self.tasks

    def extras(self, frame: str) -> dict[str, Any]:
        """Return further data of a frame, such as poses."""
        return {}

    def size_rule(self, field: str) -> SizeRule:
        """Return the required relation of a field's size to that of the image.

        Images in another folder may be smaller copies.
        """
        if field in self.other_sizes:
            return SizeRule.ASPECT
        return SizeRule.SMALLER_IMAGE if self.images_elsewhere else SizeRule.EQUAL

    @property
    def images_elsewhere(self) -> bool:
        """True if the images are not in their usual folder."""
        return self.folders.get(self.image_folder) != self.default_folders.get(self.image_folder)

    @property
    def needs_camera(self) -> bool:
        """True if samples need intrinsics, for neighbors or for a label that is computed with them."""
        return bool(self.neighbor_offsets) or any(self.label_fields[task] != task for task in self.tasks)

    def __len__(self) -> int:
        return len(self.frames)

    def __getitem__(self, ticket: int | Draw) -> Any:
        """Return the sample after the pipeline."""
        results = self.read(ticket.index if isinstance(ticket, Draw) else int(ticket))
        if isinstance(ticket, Draw):
            results['rng'] = np.random.default_rng(ticket.key)
        for transform in self.transforms:
            results = transform(results)
        return results

    def read(self, index: int) -> dict[str, Any]:
        """Return one frame before the pipeline.

        Returns:
            ``image`` (H, W, 3) uint8; ``gt_<field>`` of every field that the tasks need; ``kinds``, the kind of each of
            these; ``intrinsics`` (3, 3) of the image as loaded; ``native_intrinsics`` of the camera, for images of
            ``native_shape``; ``neighbors`` with ``neighbor_offsets`` if requested; ``tasks``, ``domain``, ``img_path``,
            ``ori_shape``. If the file of the intrinsics is missing and nothing requested needs it, there are no
            intrinsics.

        Raises:
            DataError: If a file is missing, damaged or of another kind, or its size does not fit the image.
        """
        frame = self.frames[index]
        image = self.read_image(frame)
        shape = image.shape[:2]
        results: dict[str, Any] = {
            'image': image,
            'kinds': {'image': FieldKind.IMAGE},
            'corner_kinds': self.corner_kinds,
            **self._intrinsics(frame, shape),
            'tasks': self.tasks,
            'domain': self.name,
            'img_path': str(self.root / frame),
            'ori_shape': shape,
            **self.extras(frame),
        }
        for field in dict.fromkeys(self.label_fields[task] for task in self.labeled_tasks(frame)):
            results[f'gt_{field}'] = read_field(self, frame, field, shape)
            results['kinds'][f'gt_{field}'] = self.kinds[field]
        if self.neighbor_offsets:
            self._add_neighbors(results, frame)
        return results

    @property
    def metainfo(self) -> dict[str, Any]:
        """Names and colors of the classes, and the name of the dataset."""
        classes = class_set(self.class_set_name) if self.class_set_name else ClassSet('', (), ())
        return {'classes': classes.classes, 'palette': classes.palette, 'dataset': self.name}

    @property
    def rendered(self) -> bool:
        """True if the files were rendered by this project."""
        return any(says_rendered(self.root / note) for note in (RENDERED, RENDERING) if (self.root / note).is_file())

    def fingerprint(self) -> dict[str, Any]:
        """Return the identity of the data: name, origin, split, and digests of a sample of its bytes."""
        digest = hashlib.sha256('\n'.join(sorted(self.frames)).encode()).hexdigest()
        return {
            'dataset': self.name,
            'rendered': self.rendered,
            'root': str(self.root),
            'samples': len(self),
            'split_digest': digest,
            'content': content_digests(self),
        }

    def _intrinsics(self, frame: str, shape: Shape) -> dict[str, Any]:
        try:
            camera = read_camera(self, frame, shape)
        except DataError as error:
            if self.needs_camera or self.has_camera(frame):
                raise
            return {'no_intrinsics': str(error)}
        native_shape = self.camera_shape or shape
        intrinsics = scale_intrinsics(camera, native_shape, shape)
        return {'intrinsics': intrinsics, 'native_intrinsics': camera, 'native_shape': native_shape}

    def _add_neighbors(self, results: dict[str, Any], frame: str) -> None:
        found = {offset: self.neighbor(frame, offset) for offset in self.neighbor_offsets}
        paths = {offset: path for offset, path in found.items() if path is not None}
        shape = results['ori_shape']
        results['neighbors'] = [read_neighbor(self, frame, path, shape) for path in paths.values()]
        results['neighbor_offsets'] = tuple(paths)
        results['kinds']['neighbors'] = FieldKind.IMAGE

    def _check_names(self) -> None:
        self._check_tasks()
        if not self.class_set_name and '' not in (self.class_sets or ['']):
            raise ConfigError(
                f'{type(self).__name__}: class_set is not set, expected one of {", ".join(self.class_sets)}'
            )
        for key, value, known in (
            *(('folders', modality, self.default_folders) for modality in self.folders),
            ('class_set', self.class_set_name, self.class_sets or ['']),
        ):
            require_known(f'{type(self).__name__}: {key}', value, known)

    def _check_tasks(self) -> None:
        TASKS.import_from_location()  # registers the kinds of the fields
        own = type(self).__name__
        for task in self.tasks:
            try:
                require_known(f'{own}: tasks', task, self.label_fields)
            except ConfigError as error:
                hint = f'; for {task}, add label_fields and read_{task}() to a subclass, or use FolderDataset'
                raise ConfigError(f'{error}{hint if task in FIELD_KINDS else ""}') from error
            if not self.has_reader(self.label_fields[task]):
                raise ConfigError(f'{own} has no method read_{self.label_fields[task]}, which its label_fields name')

    @property
    def render_commands(self) -> Sequence[str]:
        """Commands that render a stand-in into the folder ``{root}``, one for each form of the dataset."""
        return [self.render_command] if self.render_command else []

    def _missing_root(self) -> str:
        stand_in = 'choose another dataset, as there is no rendered stand-in for this one'
        if self.render_commands:
            commands = (as_typed(command.format(root=self.root)) for command in self.render_commands)
            stand_in = f'render a stand-in: {" or ".join(commands)}'
        return (
            f'{self.root.resolve()}: no such folder; expected the dataset {self.name}. Get the real data '
            f'({self.homepage_hint}) and set data_root (or the environment variable MTLBENCH_DATA) to its folder, '
            f'or {stand_in}'
        )
