"""Splits of a user's own frames: by share, by list, or by folder."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath
from typing import Any

from mtlbench.datasets.text_files import read_text
from mtlbench.errors import ConfigError, DataError
from mtlbench.utils.choices import require_known

WHOLE = 'all'
"""Name of the split of all frames."""
OWNER = 'FolderDataset: splits'
ROUNDING = 1e-9


def frames_of_split(frames: Mapping[str, str], split: str, splits: Mapping[str, Any] | None, root: Path) -> list[str]:
    """Return the names of the frames of a split.

    Args:
        frames: Paths of the images relative to ``root``, by frame name.
        split: Name of the split. ``'all'`` is the split of all frames.
        splits: By split, a share of the frames, the path of a list, or the folders that the names begin with. None:
            the frames whose names begin with the folder ``split``.
        root: Folder of the dataset.

    Raises:
        ConfigError: If the split or a value is unknown.
        DataError: If a list names an image that does not exist, or a folder holds none.
    """
    if splits is not None and not isinstance(splits, Mapping):
        raise ConfigError(f'{OWNER} are {splits!r:.80}, expected a dict such as dict(train=0.8, val=0.2)')
    if split == WHOLE:
        return list(frames)
    known = {folder: [folder] for name in frames for folder in _folders(name)[:1]} if splits is None else splits
    if splits is None and split not in known:
        raise ConfigError(
            f"{OWNER}: no image is in a folder '{split}'; set splits=dict(train=0.8, val=0.2), or "
            "dict(train='train.txt', val='val.txt') for lists of frames"
        )
    require_known('FolderDataset: split', split, [*known, WHOLE])
    chosen = known[split]
    if isinstance(chosen, int | float) and not isinstance(chosen, bool):
        return _share(frames, split, known)
    if isinstance(chosen, str):
        return _listed(frames, root / chosen)
    if isinstance(chosen, list | tuple) and all(isinstance(folder, str) for folder in chosen):
        return _inside(frames, chosen)
    raise ConfigError(
        f"{OWNER}.{split} is {chosen!r:.80}, expected a share such as 0.8, a list such as 'train.txt', or folders such "
        "as ['morning', 'night*']"
    )


def _share(frames: Mapping[str, str], split: str, splits: Mapping[str, Any]) -> list[str]:
    """Return the frames whose hash is in the split's part of [0, 1), so that added frames do not move others."""
    numbers = [value for value in splits.values() if isinstance(value, int | float)]
    if len(numbers) < len(splits) or min(numbers) < 0 or sum(numbers) > 1 + ROUNDING:
        raise ConfigError(f'{OWNER} are {dict(splits)!r:.80}, expected only shares of 0 or more whose sum is at most 1')
    before = list(splits).index(split)
    start, end = sum(numbers[:before]), sum(numbers[: before + 1])
    end = 1 if end > 1 - ROUNDING else end
    return [name for name in frames if start <= _position(name) < end]


def _position(name: str) -> float:
    """Return a number in [0, 1) that depends on the name alone."""
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:6], 'big') / (1 << 48)


def _listed(frames: Mapping[str, str], source: Path) -> list[str]:
    """Return the frames of a list: one name, or path of an image, per line."""
    if not source.is_file():
        raise DataError(f'{source} is missing; splits name it as a list of frames, one per line')
    known = {path: name for name, path in frames.items()}
    known |= {str(PurePosixPath(path).with_suffix('')): name for name, path in frames.items()}
    known |= {name + PurePosixPath(path).suffix: name for name, path in frames.items()}
    known |= {name: name for name in frames}
    found = dict[str, None]()
    for number, line in enumerate(read_text(source).splitlines(), 1):
        entry = line.strip().replace('\\', '/').removeprefix('./')
        if entry and entry not in known:
            example = next(iter(frames))
            raise DataError(
                f"{source}, line {number}: there is no image '{entry}'; expected names such as '{example}', or paths "
                f"such as '{frames[example]}'"
            )
        if entry:
            found[known[entry]] = None
    return list(found)


def _inside(frames: Mapping[str, str], folders: Sequence[str]) -> list[str]:
    """Return the frames in some folders, which may hold ``*``."""
    for folder in folders:
        if not any(_is_inside(name, folder) for name in frames):
            known = sorted({inner for name in frames for inner in _folders(name)})
            raise DataError(
                f"{OWNER}: no image is in the folder '{folder}'; folders are: {', '.join(known)[:200] or 'none'}"
            )
    return [name for name in frames if any(_is_inside(name, folder) for folder in folders)]


def _is_inside(name: str, folder: str) -> bool:
    return any(fnmatchcase(parent, folder.rstrip('/')) for parent in _folders(name))


def _folders(name: str) -> list[str]:
    """Return the folders that a name begins with, the outermost first."""
    return [str(parent) for parent in list(PurePosixPath(name).parents)[-2::-1]]
