"""Order of video frames in folders."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from pathlib import PurePosixPath

from mtlbench.errors import DataError
from mtlbench.utils.choices import require_known

NUMBER = re.compile(r'\d+(?=\D*$)')
"""The last number of a file name."""
ORDERS = ('number', 'name')


class Sequences:
    """Videos, one per folder.

    Args:
        frames: Paths of all images.
        order: ``'number'``: frames are numbered by the last number in their names, and neighbors differ in it alone.
            ``'name'``: frames are numbered by their position in the sorted folder, where numbers are compared by value.

    Raises:
        ConfigError: If the order is unknown.
        DataError: If a name has no number, or two frames of a video have the same number.
    """

    def __init__(self, frames: Sequence[str], order: str) -> None:
        require_known('FolderDataset: video_order', order, ORDERS)
        self._key = self._of_number if order == 'number' else self._of_name
        self._places = dict[str, int]()
        if order == 'name':
            for folder in _by_folder(frames).values():
                self._places |= {frame: place for place, frame in enumerate(sorted(folder, key=_natural))}
        self._frames = dict[tuple[str, int], str]()
        for frame in frames:
            if (other := self._frames.setdefault(self._key(frame), frame)) != frame:
                raise DataError(f'{frame} and {other} have the same frame number; rename or remove one of them')

    def neighbor(self, frame: str, offset: int) -> str | None:
        """Return the frame at an offset from another, or None."""
        video, number = self._key(frame)
        return self._frames.get((video, number + offset))

    def _of_number(self, frame: str) -> tuple[str, int]:
        path = PurePosixPath(frame)
        number = NUMBER.search(path.stem)
        if number is None:
            raise DataError(
                f"{frame} has no frame number in its name, which orders a video; set video_order='name' if the sorted "
                'names are in the order of time'
            )
        return f'{path.parent}/{path.stem[: number.start()]}/{path.stem[number.end() :]}', int(number[0])

    def _of_name(self, frame: str) -> tuple[str, int]:
        return str(PurePosixPath(frame).parent), self._places[frame]


def _by_folder(frames: Sequence[str]) -> dict[str, list[str]]:
    folders = defaultdict[str, list[str]](list)
    for frame in frames:
        folders[str(PurePosixPath(frame).parent)].append(frame)
    return folders


def _natural(frame: str) -> list[tuple[str, int]]:
    """Return a key that sorts names with numbers by their values."""
    parts = re.split(r'(\d+)', PurePosixPath(frame).stem)
    return [(text, int(number)) for text, number in zip(parts[::2], [*parts[1::2], '0'], strict=True)]
