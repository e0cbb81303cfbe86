"""Random splits of a list of frames into training and validation."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence

TRAIN_SHARE = 0.8


def disjoint_split(paths: Sequence[str], seed: int) -> dict[str, list[str]]:
    """Shuffle once; the first ``floor(0.8 N)`` train, the rest validates (xTAM, section 4.1)."""
    shuffled = _shuffled(paths, random.Random(seed))
    kept = int(TRAIN_SHARE * len(shuffled))
    return {'train': shuffled[:kept], 'val': shuffled[kept:]}


def reference_split(paths: Sequence[str], seed: int) -> dict[str, list[str]]:
    """What the authors' code does: the list is shuffled anew for validation, so that the parts overlap."""
    generator = random.Random(seed)
    first, second = _shuffled(paths, generator), _shuffled(paths, generator)
    kept = int(TRAIN_SHARE * len(first))
    return {'train': first[:kept], 'val': second[kept:]}


def _shuffled(paths: Sequence[str], generator: random.Random) -> list[str]:
    shuffled = sorted(paths)
    generator.shuffle(shuffled)
    return shuffled


RANDOM_SPLITS: Mapping[str, Callable[[Sequence[str], int], dict[str, list[str]]]] = {
    'disjoint': disjoint_split,
    'reference': reference_split,
}
