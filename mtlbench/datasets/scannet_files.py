"""Readers of ScanNet's text files: matrices and the label table."""

from __future__ import annotations

import csv
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mtlbench.datasets.text_files import read_text
from mtlbench.errors import DataError


def read_matrix(path: Path) -> NDArray[np.float64]:
    """Return a matrix (4, 4), which may hold infinities.

    Raises:
        DataError: If the file is missing or does not hold 16 numbers.
    """
    text = read_text(path)
    try:
        return np.array(text.split(), np.float64).reshape(4, 4)
    except ValueError as error:
        raise DataError(f'{path}: expected 4 rows of 4 numbers ({error}); export the scan again') from error


@lru_cache
def read_label_table(path: Path) -> tuple[NDArray[np.uint8], NDArray[np.bool_]]:
    """Return the NYU40 ids that ``scannetv2-labels.combined.tsv`` assigns to the 65536 possible label ids.

    Returns:
        The NYU40 id of each label id (0 = unlabeled), and a mask of the label ids that exist.

    Raises:
        DataError: If the file is missing, or lacks a column or a number.
    """
    ids, known = np.zeros(1 << 16, np.uint8), np.zeros(1 << 16, bool)
    known[0] = True
    lines = read_text(path).splitlines()
    try:
        for row in csv.DictReader(lines, delimiter='\t'):
            ids[int(row['id'])], known[int(row['id'])] = int(row['nyu40id'] or 0), True
    except (KeyError, ValueError, TypeError, IndexError, OverflowError, csv.Error) as error:
        raise DataError(
            f"{path}: expected tab-separated columns 'id' and 'nyu40id' with numbers; use the original file"
        ) from error
    return ids, known
