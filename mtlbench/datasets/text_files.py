"""Readers of text files, with errors that name the file."""

from __future__ import annotations

import codecs
from functools import lru_cache
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mtlbench.datasets.paths import IMAGE_SUFFIXES, one_line, read_bytes
from mtlbench.errors import DataError
from mtlbench.utils.json_files import parse_json

BYTE_ORDER_MARKS = {codecs.BOM_UTF8: 'utf-8-sig', codecs.BOM_UTF16_LE: 'utf-16', codecs.BOM_UTF16_BE: 'utf-16'}
RENDERED = 'RENDERED.json'
"""Name of the note that marks a folder as rendered rather than the real dataset."""
RENDERING = 'RENDERED.started.json'
"""Name of the same note while rendering is unfinished."""


def read_numbers(path: Path) -> dict[str, NDArray[np.float64]]:
    """Return the lines ``name: number number ...`` of a file such as a KITTI calibration; other lines are skipped.

    Raises:
        DataError: If the file is missing.
    """
    table = {}
    for line in read_text(path).splitlines():
        name, _, values = line.partition(':')
        try:
            table[name.strip()] = np.array(values.split(), np.float64)
        except ValueError:  # for example a date
            continue
    return table


def read_text(path: Path) -> str:
    """Return the content of a text file, without its byte order mark.

    Raises:
        DataError: If the file is missing or is not a text file.
    """
    content = read_bytes(path)
    encodings = (name for mark, name in BYTE_ORDER_MARKS.items() if content.startswith(mark))
    text = content.decode(next(encodings, 'utf-8'), errors='replace')
    if '\0' in text:
        raise DataError(f'{path} is not a text file; unpack its archive again')
    return text


def read_names(path: Path) -> list[str]:
    """Return the white-space separated names in a list, without folders and image suffixes."""
    names = (PurePosixPath(word.replace('\\', '/')) for word in read_text(path).split())
    return [name.stem if name.suffix.lower() in IMAGE_SUFFIXES else name.name for name in names]


def read_json(path: Path) -> Any:
    """Return the content of a JSON file, with or without a byte order mark.

    Raises:
        DataError: If the file is missing or is not strict JSON.
    """
    return parse_json(read_text(path), str(path))


def says_rendered(note: Path) -> bool:
    """Return True if a note in the folder of a dataset marks it as rendered.

    Raises:
        DataError: If the note cannot be read.
    """
    try:
        return read_json(note)['rendered'] is True
    except (ValueError, TypeError, KeyError) as error:
        raise DataError(f'{note}: expected JSON with "rendered": true or false; render the folder again') from error


@lru_cache(maxsize=256)
def read_frame_table(path: Path) -> dict[tuple[int, int], NDArray[np.float64]]:
    """Return the rows ``frame camera value value ...`` of a text table with a header line.

    Returns:
        The values by (frame, camera).

    Raises:
        DataError: If the file is missing, a row holds anything but numbers, or a frame and camera occur twice.
    """
    lines = read_text(path).splitlines()[1:]
    try:
        rows = [line.split() for line in lines if line.strip()]
        table = {(int(row[0]), int(row[1])): np.array(row[2:], np.float64) for row in rows}
    except (ValueError, IndexError) as error:
        raise DataError(
            f'{path}: expected a header, then rows "frame camera value ..." ({one_line(error)}); use the original file'
        ) from error
    if len(table) < len(rows):
        raise DataError(
            f'{path} has {len(rows)} rows for {len(table)} pairs of frame and camera; use the original file'
        )
    return table
