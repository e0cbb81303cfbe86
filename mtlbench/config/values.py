"""Checks of values against annotations, and for NaN."""

from __future__ import annotations

import math
import types
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Any, Literal, Union, get_args, get_origin

LISTS = (list, tuple, set, frozenset, range)
SEQUENCES = (list, tuple, set, frozenset, Sequence, Collection, Iterable, AbstractSet)
MAPPINGS = (dict, Mapping)


def fits(value: Any, hint: Any) -> bool:
    """Return whether a config value can match an annotation; False only if it certainly does not."""
    origin, inner = get_origin(hint), get_args(hint)
    if origin in (Union, types.UnionType):
        return any(fits(value, one) for one in inner)
    if origin is Literal:
        return value in inner
    kind = origin or hint
    if kind is type(None) or value is None:
        return value is None and (kind is type(None) or not _is_plain(kind))
    return _fits_plain(value, kind, inner) if _is_plain(kind) else True


def describe(hint: Any) -> str:
    """Describe an annotation for readers."""
    return str(hint).replace('typing.', '').replace('collections.abc.', '') if get_args(hint) else hint.__name__


def not_numbers(value: Any, place: str = '') -> Iterator[str]:
    """Yield the places of all NaN values."""
    if isinstance(value, float) and math.isnan(value):
        yield place
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from not_numbers(item, f'{place}.{key}' if place else str(key))
    elif isinstance(value, LISTS):
        for number, item in enumerate(value):
            yield from not_numbers(item, f'{place}.{number}')


def _is_plain(kind: Any) -> bool:
    return kind in (bool, int, float, str, *SEQUENCES, *MAPPINGS)


def _fits_plain(value: Any, kind: Any, inner: tuple[Any, ...]) -> bool:
    if kind in MAPPINGS:
        return isinstance(value, Mapping) and (len(inner) < 2 or all(fits(one, inner[1]) for one in value.values()))
    if kind in SEQUENCES:
        return isinstance(value, LISTS) and _items_fit(list(value), kind, inner)
    if isinstance(value, (Mapping, *LISTS)):
        return False
    if kind is str:
        return not isinstance(value, bool | int | float)
    if isinstance(value, str) or (kind is not bool and isinstance(value, bool)):
        return False
    if kind is bool:
        return value in (True, False)
    return kind is not int or not isinstance(value, float) or value.is_integer()


def _items_fit(items: list[Any], kind: Any, inner: tuple[Any, ...]) -> bool:
    if kind is tuple and inner and inner[-1] is not Ellipsis:
        return len(items) == len(inner) and all(map(fits, items, inner))
    return not inner or all(fits(item, inner[0]) for item in items)
