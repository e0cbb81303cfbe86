"""A composed config, and the difference of two, as lines of text with the origin of each value."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from mmengine.config import Config

from mtlbench.config.files import config_dir
from mtlbench.config.origins import Origin, Origins, leaves
from mtlbench.config.sources import Place

Row = tuple[str, str]
"""A value and its origin, as text."""
LONGEST = 80
"""Columns of the longest value that others are aligned with."""


def show(cfg: Config, origins: Origins, width: int) -> list[str]:
    """Return a line for each value: ``path.to.key = value    # file:line [what set it]``.

    Args:
        cfg: The composed config.
        origins: Origins of its values.
        width: Columns that there are. An origin that does not fit goes to a line of its own.
    """
    return _aligned(list(_rows(cfg._cfg_dict, origins)), width)


def show_difference(one: tuple[Config, Origins], other: tuple[Config, Origins], width: int) -> list[str]:
    """Return a line for each value that only one of two configs has, with ``-`` for the first and ``+`` for the second.

    Values that composing hands out in both are left out: they differ where what they are taken from does.

    Args:
        one: A composed config and the origins of its values.
        other: The config that it is compared with.
        width: Columns that there are.
    """
    sides = [(sign, leaves(cfg._cfg_dict), origins) for sign, (cfg, origins) in zip('-+', (one, other), strict=True)]
    rows = []
    for place in dict.fromkeys([*sides[0][1], *sides[1][1]]):
        there = [(sign, values[place], origins[place]) for sign, values, origins in sides if place in values]
        same = len(there) == 2 and there[0][1] == there[1][1]
        if not same and not all(origin.source for _, _, origin in there):
            rows += [(f'{sign} {_name(place)} = {value!r}', _told(origin)) for sign, value, origin in there]
    return _aligned(rows, width)


def _rows(value: Any, origins: Origins, place: Place = ()) -> Iterator[Row]:
    """Yield a row for each value, and one for an item of a list that a single line of a file sets."""
    inner = {other: origins[other] for other in leaves(value, place)}
    if place in inner:
        yield f'{_name(place)} = {_written(value)}', _told(inner[place])
    elif isinstance(place[-1] if place else None, int) and len(set(inner.values())) == 1:
        yield f'{_name(place)} = {_written(value)}', _told(next(iter(inner.values())))
    else:
        for key, item in value.items() if isinstance(value, Mapping) else enumerate(value):
            yield from _rows(item, origins, (*place, key))


def _written(value: Any) -> str:
    """Return a value as a config says it."""
    if isinstance(value, Mapping):
        if all(isinstance(key, str) and key.isidentifier() for key in value):
            return f'dict({", ".join(f"{key}={_written(item)}" for key, item in value.items())})'
        return f'{{{", ".join(f"{key!r}: {_written(item)}" for key, item in value.items())}}}'
    if isinstance(value, list):
        return f'[{", ".join(map(_written, value))}]'
    return repr(value)


def _name(place: Place) -> str:
    return '.'.join(map(str, place))


def _told(origin: Origin) -> str:
    where = f'{_shown_path(origin.path)}:{origin.line}' if origin.path else ''
    scaled = f', scaled by {origin.scaled}' if origin.scaled else ''
    marks = (origin.mark, f'from {origin.source}' if origin.source else '')
    return ' '.join([where + scaled, *(f'[{mark}]' for mark in marks if mark)]).strip()


def _shown_path(path: Path) -> str:
    """Return a path as short as it can be opened from here, or as it is called in the project."""
    for root in (config_dir().parent, Path.cwd()):
        if path.is_relative_to(root):
            return str(path.relative_to(root))
    return os.fspath(path)


def _aligned(rows: list[Row], width: int) -> list[str]:
    """Return the rows with the origins in a column, as far as both fit."""
    longest = max((len(origin) for _, origin in rows), default=0)
    column = min(max((len(said) for said, _ in rows), default=0), max(width - longest - 4, 0), LONGEST)
    lines = []
    for said, origin in rows:
        if len(said) <= column or len(said) + len(origin) + 4 <= width:
            lines.append(f'{said:{column}}  # {origin}')
        else:
            lines += [said, f'{"":{column}}  # {origin}']
    return lines
