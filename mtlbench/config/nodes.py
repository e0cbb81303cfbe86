"""Nodes of a config: dicts with a ``type``, their places, and their classes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from mtlbench.config.roles import ARGUMENTS, TOP, Loader, Parts, Place, Role
from mtlbench.errors import ConfigError
from mtlbench.registry import all_registries
from mtlbench.utils.choices import did_you_mean

OWN = ('mtlbench', 'mmengine', 'mmcv', 'torch')


@dataclass(frozen=True)
class Node:
    """Node of a config.

    Args:
        place: Dotted place in the config.
        settings: Settings in the config.
        role: Role of the node; None for an argument of a class whose builder is not known.
        member: Class or function; None if only the builder can tell.
    """

    place: str
    settings: Mapping[str, Any]
    role: Role | None
    member: Callable | None


def nodes_of(cfg: Mapping[str, Any], places: Mapping[str, Place] = TOP) -> Iterator[Node]:
    """Yield every node of a config, outer ones first.

    Args:
        cfg: Config whose nodes are listed.
        places: Kinds of parts by top-level key.

    Raises:
        ConfigError: When a node has no type, or an unknown one; the message names the place.
    """
    for key, place in places.items():
        if cfg.get(key) is not None:
            yield from _inside(cfg[key], key, place, foreign=False)


def member_of(kind: Any, role: Role | None) -> Callable | None:
    """Return the class or function of a ``type``, at a place or anywhere; None if there is none.

    Raises:
        ConfigError: When the type is not in the registry of the place.
    """
    if not isinstance(kind, str):
        if role is not None and not callable(kind):
            raise ConfigError(f'type is {kind!r:.80}, expected the name of a class')
        return kind if callable(kind) else None
    if role is not None:
        return role.registry.get(kind)
    found = (one for one in all_registries().values() if one.scope == 'mtlbench' and kind in one)
    return next((one.get(kind) for one in found), None)


def _inside(value: Any, at: str, place: Place | None, foreign: bool) -> Iterator[Node]:
    if isinstance(value, list | tuple) and not (isinstance(place, Role) and not place.listed and not foreign):
        for number, item in enumerate(value):
            yield from _inside(item, f'{at}.{number}', place, foreign)
    elif isinstance(value, Mapping):
        if _is_one(value, place):
            yield from _part(value, at, place if isinstance(place, Role) else None, foreign)
        else:
            yield from _members(value, at, place, foreign)
    elif place is not None and value is not None and not foreign:
        expected = 'a dict' if isinstance(place, Loader) else 'a dict with a type'
        raise ConfigError(f'{at} is {value!r:.80}, expected {expected}')


def place_in(value: Any, place: Place | None, key: str) -> Place | None:
    """Return the place at a key of a node, or of a dict or list of nodes."""
    if isinstance(value, Mapping) and _is_one(value, place):
        return ARGUMENTS.get(key)
    return _place_of(place, key)


def _is_one(value: Mapping, place: Place | None) -> bool:
    """Return whether a dict is itself a node, not several nodes by name."""
    if isinstance(place, Role):
        return 'type' in value or place.default is not None
    return place is None and 'type' in value


def _by_name(value: Mapping) -> bool:
    """Return whether all values are nodes themselves."""
    return bool(value) and all(isinstance(item, list | tuple) or _is_part(item) for item in value.values())


def _is_part(item: Any) -> bool:
    return isinstance(item, Mapping) and 'type' in item


def _part(value: Mapping, at: str, role: Role | None, foreign: bool) -> Iterator[Node]:
    kind = value.get('type', role.default if role else None)
    try:
        member = member_of(kind, role)
    except ConfigError as error:
        if not foreign:
            raise ConfigError(f'{at}: {error}') from error
        member = member_of(kind, None)
    yield Node(at, value, role, member)
    foreign = member is None or str(getattr(member, '__module__', '')).partition('.')[0] not in OWN
    for key, item in value.items():
        listed = item if isinstance(item, list | tuple) else (item,)
        inner = ARGUMENTS.get(str(key))
        if isinstance(inner, Role) or any(isinstance(one, Mapping) for one in listed):
            yield from _inside(item, f'{at}.{key}', inner, foreign)


def _members(value: Mapping, at: str, place: Place | None, foreign: bool) -> Iterator[Node]:
    """Yield the nodes in a dict without a type: nodes by name, the parts of a loader, or one node by task."""
    if isinstance(place, Role) and not _by_name(value) and not foreign:
        raise ConfigError(f"{at} has no 'type'; set one of the registry '{place.registry.name}'")
    for key, item in value.items():
        if isinstance(place, Parts) and isinstance(place.of, Role) and isinstance(item, Mapping) and not _is_part(item):
            near = did_you_mean(key, [other for other in value if other != key])
            raise ConfigError(f"{at}.{key} has no 'type', and no base has a part of that name{near}")
        inner = _place_of(place, str(key))
        if inner is not None or isinstance(item, Mapping):
            yield from _inside(item, f'{at}.{key}', inner, foreign)


def _place_of(place: Place | None, key: str) -> Place | None:
    if isinstance(place, Parts):
        return place.of
    return place.parts.get(key) if isinstance(place, Loader) else place
