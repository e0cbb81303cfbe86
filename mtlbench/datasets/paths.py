"""Finding of files, and the reading of their bytes."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from mtlbench.errors import DataError

IMAGE_SUFFIXES = ('.png', '.jpg', '.jpeg')


def existing(stem: Path, suffixes: Sequence[str]) -> Path | None:
    """Return the path ``stem`` plus the first of ``suffixes`` that exists, or None.

    Suffixes also match in upper case and capitalized.
    """
    spellings = (spelling for suffix in suffixes for spelling in (suffix, suffix.upper(), f'.{suffix[1:].title()}'))
    paths = (stem.with_name(stem.name + suffix) for suffix in spellings)
    # Unlike Path.is_file, this accepts names that are too long for a file.
    return next((path for path in paths if os.path.isfile(path)), None)  # noqa: PTH113


def file_of(stem: Path, suffixes: Sequence[str]) -> Path:
    """Return the path ``stem`` plus the first of ``suffixes`` that exists, or plus the first suffix if none does."""
    return existing(stem, suffixes) or stem.with_name(stem.name + suffixes[0])


def one_line(error: BaseException) -> str:
    """Return the message of an error on one line."""
    return ' '.join(str(error).split()) or type(error).__name__


def missing(path: Path) -> str:
    """Return the message about a file that is not there."""
    return f'{path} is missing; unpack its archive into the same folder tree'


def read_bytes(path: Path) -> bytes:
    """Return the content of a file.

    Raises:
        DataError: If the file is missing or cannot be read.
    """
    try:
        return path.read_bytes()
    except FileNotFoundError as error:
        raise DataError(missing(path)) from error
    except OSError as error:
        raise DataError(f'{path} cannot be read ({error.strerror}); replace it with the original file') from error
