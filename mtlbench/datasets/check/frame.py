"""Looking at one frame."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from copy import copy
from dataclasses import dataclass, field
from functools import cache, partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mtlbench.datasets.base import FIELD_KINDS, MultiTaskDataset
from mtlbench.datasets.check.fields import CHECKS
from mtlbench.errors import DataError

FILES = 'files'
NEIGHBOURS = 'neighbours'


@dataclass
class FrameReport:
    """What one frame has: the faults, as (what was checked, message), and the facts of its labels by field."""

    faults: list[tuple[str, str]] = field(default_factory=list)
    facts: dict[str, NDArray[np.float64]] = field(default_factory=dict)


@dataclass(frozen=True)
class Batch:
    """Some frames of a dataset, and all that their tasks and neighbours need: what one process reads at a time."""

    dataset: MultiTaskDataset

    def __call__(self) -> list[FrameReport]:
        """A report for each frame."""

        @cache  # a frame is its neighbours' neighbour
        def picture_fault(frame: str) -> str | None:
            return _attempt(partial(self.dataset.read_image, frame))[1]

        return [check_frame(self.dataset, frame, picture_fault) for frame in self.dataset.frames]


def batches_of(dataset: MultiTaskDataset, frames: list[str], size: int) -> Iterator[Batch]:
    """Some frames of a dataset in batches of ``size``."""
    for start in range(0, len(frames), size):
        part = copy(dataset)
        part.frames = frames[start : start + size]
        yield Batch(part)


def check_frame(dataset: MultiTaskDataset, frame: str, picture_fault: Callable[[str], str | None]) -> FrameReport:
    """Read everything that a sample of this frame is made of.

    Args:
        dataset: Says which labels and neighbours belong to a sample.
        frame: One of the dataset's frames.
        picture_fault: What keeps a picture from being read, if anything.
    """
    report = FrameReport()
    fatal = (picture_fault(frame), _attempt(partial(dataset.read_intrinsics, frame))[1])
    report.faults += [(FILES, fault) for fault in fatal if fault]
    for name in dict.fromkeys(dataset.label_fields[task] for task in dataset.tasks):
        values, fault = _attempt(partial(getattr(dataset, f'read_{name}'), frame))
        if fault:
            report.faults.append((FILES, fault))
            continue
        check = CHECKS[FIELD_KINDS[name]]
        report.faults += [(name, f'{dataset.root / frame}: {name}: {fault}') for fault in check.faults(values, dataset)]
        report.facts[name] = check.facts(values)
    report.faults += [(NEIGHBOURS, fault) for fault in _neighbour_faults(dataset, frame, picture_fault)]
    return report


def _neighbour_faults(
    dataset: MultiTaskDataset, frame: str, picture_fault: Callable[[str], str | None]
) -> Iterator[str]:
    missing = dataset.missing_neighbours(frame)
    if missing:
        offsets = ', '.join(f'{offset:+d}' for offset in missing)
        yield f'{dataset.root / frame}: no video frame at {offsets}; unpack the video, or set require_neighbours=True'
    for offset in dataset.neighbour_offsets:
        path = dataset.neighbour(frame, offset)
        if path and (fault := picture_fault(_relative(path, dataset.root))):
            yield fault


def _relative(path: Path, root: Path) -> str:
    return str(path.relative_to(root))


def _attempt(read: Callable[[], Any]) -> tuple[Any, str | None]:
    """What is read, or what is wrong with it."""
    try:
        return read(), None
    except (DataError, OSError) as error:
        return None, str(error)
