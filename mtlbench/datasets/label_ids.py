"""Label ids that several datasets share: readers, and checks for files that hold something else."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mtlbench.class_sets import cityscapes, nyu40
from mtlbench.class_sets.training_ids import training_ids
from mtlbench.datasets.consistency import Doubt
from mtlbench.datasets.files import read_ids
from mtlbench.errors import DataError


def read_cityscapes_ids(path: Path, class_set: str) -> NDArray[np.uint8]:
    """Read training ids (H, W) from an image of Cityscapes label ids.

    Raises:
        DataError: If the file cannot be read or holds an id that Cityscapes does not have.
    """
    labels = read_ids(path)
    if labels.max() > cityscapes.LAST_LABEL:
        raise DataError(
            f'{path} holds the label id {labels.max()}; the ids of Cityscapes are 0 .. {cityscapes.LAST_LABEL}; '
            'use the file of label ids, not that of training ids or colors'
        )
    return training_ids(labels, cityscapes.LABEL_SETS[class_set].values(), last=255)


def cityscapes_doubts(path: Path) -> Iterator[Doubt]:
    """Yield a doubt if a file seems to hold training ids: label ids of vegetation, sky and cars are above 19."""
    held = set(np.unique(read_ids(path)).tolist())
    if held - {*cityscapes.VOID} and max(held) <= cityscapes.LAST_TRAINING_ID:
        yield Doubt(
            f'holds no label id above {max(held)}, thus no vegetation, sky, people or vehicles; are '
            'these training ids? Use the file of label ids'
        )


def nyu40_training_ids(labels: NDArray[np.uint8], class_set: str) -> NDArray[np.uint8]:
    """Map label ids 0 .. 40 of NYUDv2 to training ids."""
    return training_ids(labels, nyu40.LABEL_SETS[class_set].values(), last=len(nyu40.NYU40))


def nyu40_doubts(labels: NDArray[np.uint8]) -> Iterator[Doubt]:
    """Yield doubts if a map seems to hold other classes.

    Nearly every room has a wall, and some frame of a split has the id 40.
    """
    all_classes, few = nyu40.NYU40, nyu40.NYU13
    pixels = np.bincount(labels.ravel(), minlength=len(all_classes) + 1)
    if not pixels[len(few) + 1 :].any() and pixels[1 + few.index('wall')] > pixels[1 + all_classes.index('wall')]:
        yield Doubt(
            f'holds no label id above {len(few)}, and more counter than wall pixels; is this a map of 13 classes?'
        )
    if not pixels[len(all_classes) :].any():
        yield Doubt(f'no frame has the label id {len(all_classes)}; do the maps hold other classes?', shared=True)
