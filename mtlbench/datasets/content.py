"""A sample of the bytes behind a dataset, so that equal file names do not pass for equal data."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mtlbench.datasets.base import MultiTaskDataset

MOST_FRAMES, MOST_SIZES = 16, 1024
"""Frames whose files are read (some 0.1 s for large ones), and whose images' sizes are asked for."""


def content_digests(dataset: MultiTaskDataset) -> dict[str, str]:
    """Return a digest of the images, of the label files of each field, and of the neighboring video frames.

    Each covers the bytes of evenly spread frames. It knows nothing of where the dataset lies, how it is decoded, or
    which other tasks are asked for.
    """
    frames = sorted(set(dataset.frames))
    fields = ['image', *dict.fromkeys(dataset.label_fields[task] for task in dataset.tasks)]
    places: dict[str, Callable[[str], Path | None]] = {field: partial(dataset.path_of, field=field) for field in fields}
    for offset in dataset.neighbor_offsets:
        places[f'image{offset:+d}'] = partial(dataset.neighbor, offset=offset)
    digest = cache(_digest)
    digests = {name: [digest(place(frame)) for frame in _spread(frames, MOST_FRAMES)] for name, place in places.items()}
    digests['image'] += [_size(dataset.root / frame) for frame in _spread(frames, MOST_SIZES)]
    return {name: hashlib.sha256('\n'.join(found).encode()).hexdigest() for name, found in digests.items()}


def _spread(frames: Sequence[str], most: int) -> Sequence[str]:
    if len(frames) <= most:
        return frames
    return [frames[(2 * place + 1) * len(frames) // (2 * most)] for place in range(most)]


def _size(path: Path) -> str:
    try:
        return str(path.stat().st_size)
    except OSError:
        return 'missing'


def _digest(path: Path | None) -> str:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest() if path else 'missing'
    except OSError:
        # It was not needed, or training would have told.
        return 'missing'
