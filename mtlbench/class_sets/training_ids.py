"""Mapping of label ids to the training ids of a class set."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from mtlbench.structures.class_set import IGNORE_INDEX


def training_ids(labels: NDArray[np.integer], groups: Iterable[Iterable[int]], last: int) -> NDArray[np.uint8]:
    """Map label ids 0 .. ``last`` to training ids.

    Args:
        labels: Label ids, of any shape.
        groups: Label ids of each class, in the order of the training ids; other label ids become 255.
        last: Largest label id.
    """
    return np.take(_table(tuple(map(tuple, groups)), last), labels)


def single_labels(groups: Iterable[Sequence[int]]) -> tuple[int, ...]:
    """Return the label id of each class if all classes are single labels, otherwise nothing."""
    labels = [tuple(group) for group in groups]
    return tuple(label for (label,) in labels) if all(len(group) == 1 for group in labels) else ()


@lru_cache
def _table(groups: tuple[tuple[int, ...], ...], last: int) -> NDArray[np.uint8]:
    table = np.full(last + 1, IGNORE_INDEX, np.uint8)
    for index, ids in enumerate(groups):
        table[list(ids)] = index
    return table
