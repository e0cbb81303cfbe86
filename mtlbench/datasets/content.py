"""A sample of the bytes behind a dataset, so that equal file names do not pass for equal data."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from mtlbench.datasets.files import first_file
from mtlbench.errors import MTLBenchError

if TYPE_CHECKING:
    from mtlbench.datasets.base import MultiTaskDataset

MOST_FRAMES, MOST_SIZES = 16, 1024
"""Frames whose files are read (some 0.1 s for large ones), and whose images' sizes are asked for."""


def content_digests(dataset: MultiTaskDataset) -> dict[str, str]:
    """Return a digest of the images, of the label files of each field, and of the neighbouring video frames.

    Each covers the bytes of evenly spread frames. It knows nothing of where the dataset lies, how it is decoded, or
    which other tasks are asked for.
    """
    frames = sorted(set(dataset.frames))
    chosen = _spread(frames, MOST_FRAMES)
    sizes = [str(_size(dataset, frame)) for frame in _spread(frames, MOST_SIZES)]
    readers: dict[str, Callable[[str], Any]] = {'image': dataset.read_image}
    for field in dict.fromkeys(dataset.label_fields[task] for task in dataset.tasks):
        readers[field] = getattr(dataset, f'read_{field}')
    for offset in dataset.neighbour_offsets:
        readers[f'image{offset:+d}'] = partial(_neighbour, dataset, offset)
    digests = {name: [_digest(read, frame) for frame in chosen] for name, read in readers.items()}
    digests['image'] += sizes
    return {name: hashlib.sha256('\n'.join(found).encode()).hexdigest() for name, found in digests.items()}


def _spread(frames: Sequence[str], most: int) -> Sequence[str]:
    if len(frames) <= most:
        return frames
    return [frames[(2 * place + 1) * len(frames) // (2 * most)] for place in range(most)]


def _size(dataset: MultiTaskDataset, frame: str) -> int:
    try:
        return (dataset.root / frame).stat().st_size
    except OSError:
        return -1


def _neighbour(dataset: MultiTaskDataset, offset: int, frame: str) -> Any:
    path = dataset.neighbour(frame, offset)
    return dataset.read_image(str(path.relative_to(dataset.root))) if path else None


def _digest(read: Callable[[str], Any], frame: str) -> str:
    """Of the file that a reader opens first; of what it returns, where it opens none by this project's functions."""
    try:
        with first_file() as opened:
            value = read(frame)
        content = opened[0].read_bytes() if opened else b'' if value is None else value.tobytes()
    except (MTLBenchError, OSError):
        # It was not needed, or training would have told.
        return 'missing'
    return hashlib.sha256(content).hexdigest()
