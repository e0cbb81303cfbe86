"""Splits that are not the dataset's own: random splits, and subsets that count as labeled."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import Any, TypeVar

import numpy as np

from mtlbench.errors import ConfigError
from mtlbench.utils.choices import require_known

Part = TypeVar('Part')
TRAIN_SHARE = 0.8


def disjoint_split(
    paths: Sequence[str], seed: int, train_share: float | Fraction = TRAIN_SHARE
) -> dict[str, list[str]]:
    """Shuffle once and use the first ``floor(train_share * N)`` paths for training, the rest for validation.

    See section 4.1 of xTAM.
    """
    shuffled = _shuffled(paths, random.Random(seed))
    kept = int(train_share * len(shuffled))
    return {'train': shuffled[:kept], 'val': shuffled[kept:]}


def reference_split(paths: Sequence[str], seed: int) -> dict[str, list[str]]:
    """Split as in the authors' code: the list is shuffled again for validation, so that the parts overlap."""
    generator = random.Random(seed)
    first, second = _shuffled(paths, generator), _shuffled(paths, generator)
    kept = int(TRAIN_SHARE * len(first))
    return {'train': first[:kept], 'val': second[kept:]}


def labeled_split(paths: Sequence[str], amount: float, seed: int) -> dict[str, list[str]]:
    """Split a labeled set into two parts for semi-supervised learning (CCAM, section 4.1).

    The paths are sorted and then permuted by NumPy's legacy generator; the first of the permutation count as labeled.

    Args:
        paths: Paths of all frames.
        amount: Number of frames that count as labeled; below 1, their share of all frames, rounded up.
        seed: Seed of the permutation.

    Returns:
        ``'labeled'`` and ``'unlabeled'``, each sorted.

    Raises:
        ConfigError: If there are fewer frames than that.
    """
    ordered = sorted(paths)
    count = math.ceil(amount * len(ordered)) if amount < 1 else int(amount)
    if not 0 < count <= len(ordered):
        raise ConfigError(f'subset: expected 1 .. {len(ordered)} frames, or a share of them below 1, got {amount}')
    order = np.random.RandomState(seed).permutation(len(ordered))
    parts = {'labeled': order[:count], 'unlabeled': order[count:]}
    return {name: [ordered[index] for index in sorted(chosen)] for name, chosen in parts.items()}


def labeled_part(paths: Sequence[str], amount: float | None, seed: int, part: str, owner: str) -> list[str]:
    """Return one part of :func:`labeled_split`, or all paths if ``amount`` is None.

    Args:
        paths: Paths of all frames.
        amount: Value of the dataset's option ``subset``.
        seed: Value of the dataset's option ``subset_seed``.
        part: Value of the dataset's option ``subset_part``: ``'labeled'``, ``'unlabeled'`` or ``'both'``.
        owner: Name of the dataset, for the message.

    Raises:
        ConfigError: If there are fewer frames than ``amount``, or no such part.
    """
    if amount is None or not paths:
        return list(paths)
    parts = {**labeled_split(paths, amount, seed), 'both': list(paths)}
    return part_of(parts, part, owner, 'subset_part')


def hidden_labels(paths: Sequence[str], amount: float | None, seed: int, part: str) -> frozenset[str]:
    """Return the frames of the part ``'both'`` that count as unlabeled; the set is empty for the other parts.

    Args:
        paths: Paths of all frames.
        amount: Value of the dataset's option ``subset``.
        seed: Value of the dataset's option ``subset_seed``.
        part: Value of the dataset's option ``subset_part``.
    """
    if amount is None or part != 'both' or not paths:
        return frozenset()
    return frozenset(labeled_split(paths, amount, seed)['unlabeled'])


def require_lists(split_files: Any, owner: str) -> None:
    """Reject an option ``split_files`` that is not a dict of file names by split.

    Raises:
        ConfigError: If it is anything else.
    """
    named = isinstance(split_files, Mapping) and all(isinstance(path, str) for path in split_files.values())
    if split_files is not None and not named:
        raise ConfigError(f"{owner}: split_files: expected dict(train='<list>', ...), not {split_files!r}")


def part_of(parts: Mapping[str, Part], name: str, owner: str, key: str = 'split') -> Part:
    """Return the named part.

    Args:
        parts: Parts by name.
        name: Name of the requested part.
        owner: Owner of the option, for the message.
        key: Name of the option.

    Raises:
        ConfigError: If no part has that name.
    """
    require_known(f'{owner}: {key}', name, parts)
    return parts[name]


def _shuffled(paths: Sequence[str], generator: random.Random) -> list[str]:
    shuffled = sorted(paths)
    generator.shuffle(shuffled)
    return shuffled


RANDOM_SPLITS: Mapping[str, Callable[[Sequence[str], int], dict[str, list[str]]]] = {
    'disjoint': disjoint_split,
    'reference': reference_split,
}
