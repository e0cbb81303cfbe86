"""Dataset of a user's own images and labels, described by a config."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mtlbench.class_sets import class_set
from mtlbench.datasets.base import MultiTaskDataset
from mtlbench.datasets.consistency import Doubt, Shape
from mtlbench.datasets.files import image_size, read_rgb_or_gray
from mtlbench.datasets.folder.camera import parse_camera
from mtlbench.datasets.folder.codecs import LabelCodec
from mtlbench.datasets.folder.codecs.classes import ClassLabels
from mtlbench.datasets.folder.parts import frames_of_split
from mtlbench.datasets.folder.pattern import FoundFile, Pattern
from mtlbench.datasets.folder.sequences import Sequences
from mtlbench.errors import ConfigError, DataError
from mtlbench.geometry import scale_intrinsics
from mtlbench.registry import CODECS, DATASETS, TASKS
from mtlbench.structures import ClassSet, field_kind
from mtlbench.structures.class_set import CLASS_SETS

NO_CAMERA = (
    'FolderDataset: camera is not set; {what} need the intrinsics: set camera=dict(fx=..., fy=..., cx=..., cy=...), or '
    "camera=dict(files='cameras/{{name}}.json')"
)


@DATASETS.register_module()
class FolderDataset(MultiTaskDataset):
    """Images, labels and cameras in folders.

    The name of a frame consists of the values of the placeholders in ``images``, joined by ``/``: with
    ``'{scene}/rgb/{name}.jpg'`` it is ``<scene>/<name>``. See :class:`~mtlbench.datasets.folder.pattern.Pattern`.

    Args:
        images: Pattern of the images relative to ``data_root``, such as ``'rgb/{name}.jpg'``; without a suffix, images
            of any format that can be read; without a placeholder, a folder of images.
        labels: Codec of each label, by task; see :mod:`mtlbench.datasets.folder.codecs`. An image may lack any of them.
        computed: Label that the pipeline computes the labels of a task from, by task, such as
            ``dict(normals='depth')``. It has no effect on tasks with a codec in ``labels``.
        camera: Intrinsics: ``dict(fx=, fy=, cx=, cy=)``, or ``dict(files=)``; see
            :mod:`mtlbench.datasets.folder.camera`. None: no intrinsics.
        splits: Splits by name: shares such as ``dict(train=0.8, val=0.2)``, lists such as ``dict(train='train.txt')``,
            or folders such as ``dict(train=['morning', 'noon'])``. None: the first folder of a frame's name.
        video_order: Order of video frames, ``'number'`` or ``'name'``; see
            :class:`~mtlbench.datasets.folder.sequences.Sequences`.
        name: Name of the dataset in records and drawings.
        kwargs: See :class:`MultiTaskDataset`. ``class_set`` names a registered class set that holds all classes in
            ``labels``; None: the classes in ``labels`` are the class set.
    """

    name = 'folder'
    label_fields: Mapping[str, str] = {}
    class_sets: Sequence[str] = ()
    default_folders = {}
    scaled_arguments = {}
    image_suffixes = ('.png', '.jpg', '.jpeg', '.bmp', '.tif', '.tiff', '.webp', '.ppm')
    one_size = False
    may_be_blank = True
    plausible_depth = (0.01, 10_000.0)

    def __init__(
        self,
        *args: Any,
        images: str = 'images',
        labels: Mapping[str, Mapping[str, Any]] | None = None,
        computed: Mapping[str, str] | None = None,
        camera: Mapping[str, Any] | None = None,
        splits: Mapping[str, Any] | None = None,
        video_order: str = 'number',
        name: str = 'folder',
        **kwargs: Any,
    ) -> None:
        self.name, self.splits, self.video_order = name, splits, video_order
        self.images = Pattern.parse(images, self.image_suffixes, 'FolderDataset: images')
        self.camera = parse_camera(camera, self.images.placeholders)
        self.camera_shape = self.camera.size if self.camera else None
        self.codecs = _build_all(labels)
        self.patterns = {field: self._pattern(field, codec) for field, codec in self.codecs.items()}
        self.label_fields, self.class_sets = _fields(self.codecs, computed), ('', *CLASS_SETS)
        super().__init__(*args, **kwargs)
        self._use_classes()
        self._check_use()

    @classmethod
    def fields_of(cls, settings: Mapping[str, Any]) -> Mapping[str, str]:
        """See :class:`MultiTaskDataset`; without a camera, no label is computed."""
        labels, computed = settings.get('labels'), settings.get('computed') if settings.get('camera') else None
        return _fields(labels, computed) if isinstance(labels, Mapping) else {}

    @classmethod
    def task_settings(cls, settings: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
        """See :class:`MultiTaskDataset`."""
        labels = settings.get('labels')
        found = {field: codec.task_settings for field, codec in _build_all(labels).items()}
        if named := settings.get('class_set'):
            found = {field: dict.fromkeys(said, named) for field, said in found.items()}
        return found

    @property
    def frame_pattern(self) -> str:
        """Path pattern of the split's images."""
        neighbors = ', '.join(f'{offset:+d}' for offset in self.neighbor_offsets)
        return f'{self.root.resolve()}/{self.images}' + (f', with video frames at {neighbors}' if neighbors else '')

    def list_frames(self) -> list[str]:
        """Return the paths of the split's images, in the order of their names or of the list."""
        found, passed_over = self.images.find(self.root)
        self.passed_over += passed_over
        labels = self._labels_among(found)
        images = [file for file in found if file.path not in labels]
        self.values = {file.path.relative_to(self.root).as_posix(): file.values for file in images}
        if not self.values:
            raise DataError(f'{self.root.resolve()}: no image matches {self.images}; {self._content()}')
        if self.neighbor_offsets:
            self.sequences = Sequences(list(self.values), self.video_order)
        named = {'/'.join(values.values()): path for path, values in self.values.items()}
        return [named[name] for name in frames_of_split(named, self.split, self.splits, self.root)]

    def read_image(self, frame: str) -> NDArray[np.uint8]:
        """Return the image (H, W, 3), RGB; gray images have equal channels."""
        return read_rgb_or_gray(self.root / frame)

    def read_label(self, frame: str, field: str) -> NDArray:
        """Return the label of a field, read by its codec."""

        def camera(shape: Shape) -> NDArray[np.float64]:
            own = self.camera_shape or image_size(self.root / frame)
            return scale_intrinsics(self.read_intrinsics(frame), own, shape)

        return self.codecs[field].read(self.path_of(frame, field), camera)

    def has_reader(self, field: str) -> bool:
        """Return True if a field has a codec."""
        return field in self.codecs

    def read_intrinsics(self, frame: str) -> NDArray[np.float64]:
        """Return the intrinsics (3, 3)."""
        if self.camera is None:
            raise DataError(NO_CAMERA.format(what='computed labels and video'))
        return self.camera.read(self.root, self.values[frame], self.root / frame)

    def has_camera(self, frame: str) -> bool:
        """See :class:`MultiTaskDataset`."""
        return self.camera is not None and super().has_camera(frame)

    def path_of(self, frame: str, field: str) -> Path:
        """Return the path of a field's file."""
        if field == 'intrinsics' and self.camera:
            return self.camera.path(self.root, self.values[frame], self.root / frame)
        pattern = self.patterns.get(field)
        return pattern.path(self.root, self.values[frame]) if pattern else self.root / frame

    def labeled_tasks(self, frame: str) -> Sequence[str]:
        """Return the tasks whose file exists."""
        return [task for task in self.tasks if self.path_of(frame, self.label_fields[task]).is_file()]

    def doubts(self, frame: str, field: str) -> Iterator[Doubt]:
        """Return the doubts of the field's codec."""
        return self.codecs[field].doubts(self.path_of(frame, field))

    def neighbor(self, frame: str, offset: int) -> Path | None:
        """Return the path of the video frame at an offset in the same folder, or None."""
        found = self.sequences.neighbor(frame, offset)
        return self.root / found if found else None

    @property
    def needs_camera(self) -> bool:
        """True if neighbors or the labels of the tasks need intrinsics."""
        fields = {self.label_fields[task] for task in self.tasks}
        return super().needs_camera or any(self.codecs[field].needs_camera for field in fields)

    @property
    def metainfo(self) -> dict[str, Any]:
        """Names and colors of the classes, and the name of the dataset."""
        classes = self.classes or ClassSet('', (), ())
        return {'classes': classes.classes, 'palette': classes.palette, 'dataset': self.name}

    def missing_parts(self) -> Iterator[str]:
        """Yield messages about labels without an image."""
        known = {tuple(sorted(values.items())) for values in self.values.values()}
        for field, pattern in self.patterns.items():
            found, _ = pattern.find(self.root)
            alone = [file.path for file in found if tuple(sorted(file.values.items())) not in known]
            if alone:
                yield f'labels.{field}: {len(alone)} of {len(found)} files have no image, for example {alone[0]}'

    def class_set_of(self, field: str) -> ClassSet:
        """Return the classes of a label."""
        codec = self.codecs[field]
        return codec.class_set if isinstance(codec, ClassLabels) else ClassSet('', (), ())

    @property
    def classes(self) -> ClassSet | None:
        """Class set of the first label that has classes."""
        sets = (codec.class_set for codec in self.codecs.values() if isinstance(codec, ClassLabels))
        return next(sets, None)

    def _labels_among(self, found: Sequence[FoundFile]) -> set[Path]:
        """Return the files that are labels of other images, although the pattern of the images matches them."""
        known = {frozenset(file.values.items()) for file in found}
        labels = set[Path]()
        for pattern in self.patterns.values():
            expression = pattern.expression(self.root)
            for path, own in found:
                match = expression.fullmatch(path.with_suffix('').as_posix())
                values = match.groupdict() if match and path.suffix.lower() in pattern.suffixes else own
                labels |= {path} if values != own and frozenset(values.items()) in known else set()
        return labels

    def _use_classes(self) -> None:
        for codec in self.codecs.values():
            if self.class_set_name and isinstance(codec, ClassLabels):
                codec.use(class_set(self.class_set_name))

    def _pattern(self, field: str, codec: LabelCodec) -> Pattern:
        place = f'FolderDataset: labels.{field}.files'
        pattern = Pattern.parse(codec.files, codec.suffixes, place)
        own, needed = pattern.placeholders, self.images.placeholders
        if sorted(own) != sorted(needed):
            expected = ', '.join(f'{{{name}}}' for name in needed)
            raise ConfigError(f"{place} is '{codec.files}', expected the placeholders of images: {expected}")
        return pattern

    def _check_use(self) -> None:
        """Reject tasks without a labeled frame, and a missing camera."""
        if self.camera is None and self.needs_camera:
            raise ConfigError(NO_CAMERA.format(what='neighbors and computed labels'))
        for task in self.tasks:
            field, frame = self.label_fields[task], self.frames[0]
            if not any(self.path_of(frame, field).is_file() for frame in self.frames):
                raise DataError(
                    f"labels.{field}: none of the {len(self.frames)} images of the split '{self.split}' has a file "
                    f'{self.patterns[field]}, for example {self.path_of(frame, field)}; correct the pattern, or leave '
                    f"'{task}' out of the dataset's tasks"
                )

    def _content(self) -> str:
        """List files of the folder that was searched, which help to correct a pattern."""
        levels = self.images.stem.split('/')[:-1]
        folder = self.root
        for level in levels:
            if not (folder / level).is_dir():
                break
            folder = folder / level
        inside = sorted(path.name for path in folder.iterdir() if not path.name.startswith('.'))
        return f'{folder.resolve()} holds {", ".join(inside[:5]) or "nothing"}{", ..." if len(inside) > 5 else ""}'

    def _missing_root(self) -> str:
        return f'{self.root.resolve()}: no such folder; set data_root (or MTLBENCH_DATA) to the folder of your data'


def _build_all(labels: Any) -> dict[str, LabelCodec]:
    if not isinstance(labels, Mapping | None):
        raise ConfigError(
            f'FolderDataset: labels are {labels!r:.80}, expected a dict of codecs by task, such as dict(depth=dict('
            "type='DepthLabels', files='depth/{name}.png', scale=0.001))"
        )
    return {field: _build(field, codec) for field, codec in (labels or {}).items()}


def _build(field: str, codec: Any) -> LabelCodec:
    TASKS.import_from_location()  # registers the kinds of the fields
    kind = field_kind(field)
    fitting = [name for name in CODECS.names() if kind in CODECS.get(name).kinds]
    named = isinstance(codec, Mapping) and codec.get('type')
    if not named:
        example = fitting[0] if fitting else 'MyLabels'
        raise ConfigError(f"FolderDataset: labels.{field} is {codec!r:.80}, expected a dict with type='{example}'")
    built: LabelCodec = CODECS.build(dict(codec))
    if kind not in built.kinds:
        raise ConfigError(
            f'FolderDataset: labels.{field}: {named} does not read labels of the kind {kind.name}; use '
            f'{" or ".join(fitting) or "a codec of your own"}'
        )
    return built


def _fields(labels: Mapping[str, Any], computed: Mapping[str, str] | None) -> dict[str, str]:
    """Return the field that is read for each task, given the labels that have files."""
    possible = {task: source for task, source in (computed or {}).items() if source in labels}
    return {**possible, **{field: field for field in labels}}
