"""Separation of a dataset's images from other files in the same folder."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from mtlbench.datasets.paths import IMAGE_SUFFIXES
from mtlbench.errors import DataError

NUMBER = re.compile(r'\d+')


class PassedOver(NamedTuple):
    """A file that is not read.

    Args:
        path: Path of the file.
        reason: Reason for skipping the file.
        wrong: Whether the file indicates a faulty copy of the dataset, unlike harmless notes of a viewer.
    """

    path: Path
    reason: str
    wrong: bool


@dataclass
class Listing:
    """The sorted images of a folder, and the files that were passed over."""

    images: list[Path] = field(default_factory=list)
    passed_over: list[PassedOver] = field(default_factory=list)


def list_images(folder: Path, names: str, suffixes: Sequence[str], by_value: bool = True) -> Listing:
    """Find the images of a folder. A folder that does not exist has none.

    Args:
        folder: Path of the folder.
        names: Regular expression for an image's name without its suffix. The first group identifies the frame.
        suffixes: Lower-case suffixes of the images, matched in any case. If one frame has several images, the earliest
            suffix is taken.
        by_value: Whether leading zeros of the numbers in a frame's name are ignored.

    Raises:
        DataError: If the folder cannot be listed.
    """
    pattern, listing = re.compile(names, re.ASCII), Listing()
    images: dict[str, list[Path]] = defaultdict(list)
    for path in _entries(folder):
        suffix, match = path.suffix.lower(), pattern.fullmatch(path.stem)
        if suffix not in suffixes or not match:
            listing.passed_over += _strays(path)
        elif not path.is_file():
            reason = 'is a folder' if path.is_dir() else 'is not a file, or is a broken link'
            listing.passed_over.append(PassedOver(path, reason, wrong=True))
        else:
            images[NUMBER.sub(_value, match[1]) if by_value else match[1]].append(path)
    for same in images.values():
        first, *others = sorted(same, key=lambda path: _preference(path, suffixes)) if len(same) > 1 else same
        listing.images.append(first)
        reason = f'shows the same frame as {first.name}, which is read; remove one of them'
        listing.passed_over += [PassedOver(path, reason, wrong=True) for path in others]
    listing.images.sort()
    return listing


def without_image(folder: Path, images: Collection[str]) -> str | None:
    """Return a message about the files of a folder that have no image, or None if all have one.

    Args:
        folder: Folder with one label per frame.
        images: Names of the images, without their suffixes.
    """
    names = (path.stem for path in _entries(folder) if not path.name.startswith('.'))
    alone = sorted(stem for stem in names if stem not in images)
    return (
        f'{folder}: {len(alone)} files without an image, for example {alone[0]}; unpack the images' if alone else None
    )


def _entries(folder: Path) -> list[Path]:
    try:
        return sorted(folder.iterdir())
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as error:
        raise DataError(f'{folder} cannot be listed ({error.strerror}); make the folder readable') from error


def _strays(path: Path) -> Iterator[PassedOver]:
    if path.suffix.lower() in IMAGE_SUFFIXES:
        yield PassedOver(path, 'is not named like a frame', wrong=False)
    elif not path.is_dir():
        yield PassedOver(path, 'is not an image', wrong=False)


def _value(number: re.Match[str]) -> str:
    return number[0].lstrip('0') or '0'


def _preference(path: Path, suffixes: Sequence[str]) -> tuple[bool, int, str]:
    return path.stat().st_size == 0, suffixes.index(path.suffix.lower()), path.name
