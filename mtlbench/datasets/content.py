"""Digests of a sample of a dataset's bytes, because equal file names do not prove equal data."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mtlbench.datasets.base import MultiTaskDataset

MOST_FRAMES, MOST_SIZES = 16, 1024
"""Largest number of frames whose files are read (about 0.1 s for large files), and whose image sizes are queried."""

MOST_BYTES, PIECES = 64 * 2**20, 64
"""Size of a file above which only evenly spread pieces of it are read, and the number of these pieces."""


def content_digests(dataset: MultiTaskDataset) -> dict[str, str]:
    """Return digests of the images, of each field's label files, and of the neighboring video frames.

    Each digest covers the bytes of evenly spread frames. It does not depend on the dataset's location, on decoding, or
    on the other requested tasks.
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
        return hashlib.sha256(_sample(path)).hexdigest() if path else 'missing'
    except OSError:
        # The file is not needed: reading a frame reports needed files that are missing.
        return 'missing'


def _sample(path: Path) -> bytes:
    """Return the bytes of a file, or its size and pieces of it if it is large."""
    size = path.stat().st_size
    if size <= MOST_BYTES:
        return path.read_bytes()
    pieces, length = [str(size).encode()], MOST_BYTES // PIECES
    with path.open('rb') as file:
        for number in range(PIECES):
            file.seek(number * (size - length) // (PIECES - 1))
            pieces.append(file.read(length))
    return b''.join(pieces)
