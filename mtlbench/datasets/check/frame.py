"""Checks of a single frame."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from copy import copy
from dataclasses import dataclass, field
from functools import cache, partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from mtlbench.datasets.base import MultiTaskDataset
from mtlbench.datasets.check.expected import expected
from mtlbench.datasets.check.ground import ground_doubt, near_depth
from mtlbench.datasets.consistency import Doubt, Shape, camera_doubt, read_camera, read_neighbor, require_size
from mtlbench.datasets.paths import one_line
from mtlbench.errors import ConfigError, MissingExtraError, MTLBenchError

FILES = 'files'
IMAGE = 'image'
SIZES = 'sizes'
CAMERA = 'camera'
NEIGHBORS = 'neighbors'


class ImageFacts(NamedTuple):
    """Properties of an image: (height, width), whether all pixels have one color, and a digest; or the read error."""

    shape: Shape | None = None
    plain: bool = False
    digest: bytes = b''
    fault: str | None = None


@dataclass
class FrameReport:
    """Findings about one frame.

    Args:
        frame: Path of the frame.
        faults: Faults, as (check, message).
        shared: Faults that count only if all frames share them, as (check, message).
        facts: Statistics of the labels by field.
        sizes: Sizes (height, width) of the image and the labels by field.
        digests: Digests of the pixels of the image and the labels by field.
        near: Depth of near surfaces in meters, by field; see :func:`~mtlbench.datasets.check.ground.near_depth`.
    """

    frame: str
    faults: list[tuple[str, str]] = field(default_factory=list)
    shared: list[tuple[str, str]] = field(default_factory=list)
    facts: dict[str, NDArray[np.float64]] = field(default_factory=dict)
    sizes: dict[str, Shape] = field(default_factory=dict)
    digests: dict[str, bytes] = field(default_factory=dict)
    near: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class FrameGroup:
    """Some frames of a dataset, with the labels and neighbors of its tasks, that one process reads at a time."""

    dataset: MultiTaskDataset

    def __call__(self) -> list[FrameReport]:
        """Return a report for each frame."""

        @cache  # a frame is also a neighbor of its neighbors
        def look_at(frame: str) -> ImageFacts:
            image, fault = _attempt(partial(self.dataset.read_image, frame))
            if fault:
                return ImageFacts(fault=fault)
            return ImageFacts(image.shape[:2], bool((image == image[0, 0]).all()), _digest(image))

        return [check_frame(self.dataset, frame, look_at) for frame in self.dataset.frames]


def batches_of(dataset: MultiTaskDataset, frames: list[str], size: int) -> Iterator[FrameGroup]:
    """Yield frames of a dataset in batches of ``size``."""
    for start in range(0, len(frames), size):
        part = copy(dataset)
        part.frames = frames[start : start + size]
        yield FrameGroup(part)


def check_frame(dataset: MultiTaskDataset, frame: str, look_at: Callable[[str], ImageFacts]) -> FrameReport:
    """Read all files of a frame's sample and report the faults.

    Args:
        dataset: Dataset that defines the labels and neighbors of a sample.
        frame: Path of one of the dataset's frames.
        look_at: Function that reads an image, given its path relative to the dataset's folder.
    """
    report, image = FrameReport(frame), look_at(frame)
    if image.fault:
        report.faults.append((FILES, image.fault))
    if image.plain:
        report.faults.append((IMAGE, f'{dataset.root / frame}: all pixels have one color; fetch the file again'))
    if image.shape:
        report.sizes[IMAGE], report.digests[IMAGE] = image.shape, image.digest
    report.faults += _camera_faults(dataset, frame, image.shape)
    for name in dict.fromkeys(dataset.label_fields[task] for task in dataset.labeled_tasks(frame)):
        _check_field(report, dataset, name, image.shape)
    report.faults += [(NEIGHBORS, fault) for fault in _neighbor_faults(dataset, frame, image.shape, look_at)]
    report.faults = list(dict.fromkeys(report.faults))
    return report


def _check_field(report: FrameReport, dataset: MultiTaskDataset, name: str, image_shape: Shape | None) -> None:
    values, fault = _attempt(partial(dataset.read_label, report.frame, name))
    if fault:
        report.faults.append((FILES, fault))
        return
    if image_shape:
        fault = _attempt(partial(require_size, dataset, report.frame, name, image_shape, values.shape[:2]))[1]
        report.faults += [(SIZES, fault)] if fault else []
    kind, place = dataset.kinds[name], f'{dataset.root / report.frame}: {name}: '
    faults = [(name, place + fault) for fault in kind.faults(values, expected(dataset, name))]
    report.faults += faults
    report.facts[name], report.sizes[name] = kind.facts(values), values.shape[:2]
    report.digests[name] = _digest(values)
    if not faults:
        _doubt_field(report, dataset, name, values)


def _doubt_field(report: FrameReport, dataset: MultiTaskDataset, name: str, values: NDArray) -> None:
    doubts = _attempt(lambda: list(dataset.doubts(report.frame, name)))[0] or []
    if dataset.kinds[name].is_distance:
        report.near[name] = near_depth(values, dataset.ground_below)
        upside_down = ground_doubt(values) if dataset.ground_below else None
        doubts += [upside_down] if upside_down else []
    if dataset.may_be_blank and dataset.kinds[name].is_blank(values):
        doubts.append(Doubt('no frame has a valid pixel; are these the original files?', shared=True))
    for doubt in doubts:
        if doubt.shared:
            report.shared.append((name, doubt.message))
        else:
            report.faults.append((name, f'{dataset.path_of(report.frame, name)}: {doubt.message}'))


def _camera_faults(dataset: MultiTaskDataset, frame: str, shape: Shape | None) -> Iterator[tuple[str, str]]:
    """Yield faults of the intrinsics: unreadable, or unfit for the image. Those that are not needed may be missing."""
    if not (dataset.needs_camera or dataset.has_camera(frame)):
        return
    read = partial(read_camera, dataset, frame, shape) if shape else partial(dataset.read_intrinsics, frame)
    intrinsics, fault = _attempt(read)
    doubt = camera_doubt(intrinsics, shape) if dataset.needs_camera and shape and not fault else None
    if fault:
        yield FILES, fault
    elif doubt and dataset.camera_shape is None:
        yield CAMERA, f'{dataset.path_of(frame, "intrinsics")}: {doubt}'


def _neighbor_faults(
    dataset: MultiTaskDataset, frame: str, shape: Shape | None, look_at: Callable[[str], ImageFacts]
) -> Iterator[str]:
    missing = dataset.missing_neighbors(frame)
    if missing:
        offsets = ', '.join(f'{offset:+d}' for offset in missing)
        yield f'{dataset.root / frame}: no video frame at {offsets}; unpack the video, or set require_neighbors=True'
    for offset in dataset.neighbor_offsets:
        path = dataset.neighbor(frame, offset)
        found = look_at(_relative(path, dataset.root)) if path else None
        if found and found.fault:
            yield found.fault
        elif path and found and shape and found.shape != shape:
            fault = _attempt(partial(read_neighbor, dataset, frame, path, shape))[1]
            yield from [fault] if fault else []


def _digest(values: NDArray) -> bytes:
    return hashlib.blake2b(values.tobytes()).digest()


def _relative(path: Path, root: Path) -> str:
    return str(path.relative_to(root))


def _attempt(read: Callable[[], Any]) -> tuple[Any, str | None]:
    """Return the result of ``read`` and None, or None and the error.

    No content of a file stops the check of the other files.
    """
    try:
        return read(), None
    except (MissingExtraError, ConfigError):
        raise
    except (MTLBenchError, OSError) as error:
        return None, str(error)
    except Exception as error:
        return None, f'{type(error).__name__} while reading a file ({one_line(error)}); use the original files'
