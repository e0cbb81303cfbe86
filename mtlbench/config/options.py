"""Dotted options of the command line, and the checks that a config has their keys."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from mmengine.config import Config, ConfigDict

from mtlbench.config.arguments import arguments_of
from mtlbench.config.keys import FIELDS, top_keys
from mtlbench.config.nodes import Node, member_of, place_in
from mtlbench.config.roles import TOP, Loader, Parts, Place, Role
from mtlbench.config.signatures import check_argument, loader_keys
from mtlbench.config.values import LISTS
from mtlbench.errors import ConfigError
from mtlbench.utils.choices import did_you_mean

TOOLS = {'profile': '--profile', 'recipe': '--recipe', 'resume': '--resume', 'launcher': '--launcher'}
"""Keys that the tools set through arguments of their own."""
TESTS = {'test_dataloader': ('val_dataloader', ('dataset', 'type')), 'test_evaluator': ('val_evaluator', ('type',))}
"""Test settings that default to validation's, by key, with the setting that makes them complete."""
DOTTED = {'optim_wrapper.paramwise_cfg': 1, 'starts_from.parts': 0}
"""Dicts whose keys contain dots, with the number of key levels below such a key."""


def apply_options(cfg: Config, options: Mapping[str, Any]) -> None:
    """Merge options into a config, which must have their keys.

    Args:
        cfg: Config, modified in place.
        options: Values by dotted keys.

    Raises:
        ConfigError: When a key is neither in the config nor an argument of the part that it names, or a value has
        another type than the one it replaces; the message lists near misses.
    """
    options = {_home(cfg, key): value for key, value in options.items()}
    tests = {key: value for key, value in options.items() if key.startswith('test_dataloader.')}
    _apply(cfg, {key: value for key, value in options.items() if key not in tests})
    if tests:
        _complete(cfg, 'test_dataloader')
        _apply(cfg, tests)


def complete_tests(cfg: Config) -> None:
    """Complete the test settings of a config with those of validation.

    Raises:
        ConfigError: When the settings do not fit those of validation.
    """
    for test in TESTS:
        _complete(cfg, test)


def _complete(cfg: Config, test: str) -> None:
    validation, marks = TESTS[test]
    said = cfg.get(test) or {}
    part: Any = said
    for mark in marks:
        part = part.get(mark) if isinstance(part, Mapping) else None
    if part is None and not isinstance(said, list | tuple):
        try:
            cfg[test] = Config._merge_a_into_b(said, cfg[validation], allow_list_keys=True)
        except (TypeError, KeyError, AttributeError) as error:
            raise ConfigError(f'config {cfg.filename}: {test} does not fit {validation}: {error}') from error


def _home(cfg: Config, key: str) -> str:
    """Return the key of an option that names an objective by its place in the composed config."""
    inside = key.removeprefix('model.')
    first, _, rest = inside.partition('.')
    return inside if first == 'objectives' and rest.partition('.')[0] in (cfg.get('objectives') or {}) else key


def _apply(cfg: Config, options: Mapping[str, Any]) -> None:
    nested: dict[str, Any] = {}
    for key, value in options.items():
        if key.partition('.')[0] == 'custom_imports':
            raise ConfigError(f'option {key} comes too late, as types are already resolved; set it in a config file')
        if key in TOOLS:
            raise ConfigError(f'option {key} is an argument of the tool; use {TOOLS[key]}')
        path = _path(cfg._cfg_dict, key, value, options)
        inner = nested
        for name in path[:-1]:
            inner = inner.setdefault(name, ConfigDict())
            if not isinstance(inner, dict):
                raise ConfigError(f'option {key}: another option sets the whole of it; give only one of them')
        inner[path[-1]] = value
    try:
        merged = Config._merge_a_into_b(nested, cfg._cfg_dict, allow_list_keys=True)
    except (TypeError, KeyError, AttributeError) as error:
        raise ConfigError(f'options {", ".join(options)} cannot be merged: {error}') from error
    object.__setattr__(cfg, '_cfg_dict', ConfigDict(merged))


def _path(cfg: Mapping[str, Any], key: str, value: Any, options: Mapping[str, Any]) -> list[str]:
    """Return the keys of the nested dicts that a dotted option addresses."""
    found: list[str] = []
    rest = key.split('.')
    node: Any = cfg
    place: Place | None = None
    below_part = False
    while rest and (name := _next(node, rest)) is not None:
        _check_kind(_retyped(node, found, options), place, name, rest, key, value)
        place = place_in(node, place, name) if found else TOP.get(name)
        below_part = below_part or (isinstance(node, Mapping) and 'type' in node)
        node = _item(node, name)
        rest = rest[name.count('.') + 1 :]
        found.append(name)
    if rest:
        _check_new(cfg, _retyped(node, found, options), place, found, rest, value, options, below_part)
    return [*found, *_split('.'.join(found), rest, value)]


def _retyped(node: Any, found: Sequence[str], options: Mapping[str, Any]) -> Any:
    """Return a part with the class that another option gives it."""
    kind = options.get('.'.join([*found, 'type']))
    return {**node, 'type': kind} if isinstance(node, Mapping) and isinstance(kind, str) else node


def _next(node: Any, rest: Sequence[str]) -> str | None:
    """Return the key of a node that the rest of an option begins with; of several, the one with most dots."""
    if isinstance(node, Mapping):
        names = ('.'.join(rest[:count]) for count in range(len(rest), 0, -1))
        return next((name for name in names if name in node), None)
    if isinstance(node, LISTS) and rest[0].isdigit() and int(rest[0]) < len(node):
        return rest[0]
    return None


def _item(node: Any, name: str) -> Any:
    return node[name] if isinstance(node, Mapping) else node[int(name)]


def _split(place: str, rest: list[str], value: Any) -> list[str]:
    """Return the remaining keys, with dotted ones joined."""
    if place not in DOTTED or len(rest) < 2:
        return rest
    below = 0 if isinstance(value, Mapping) else DOTTED[place]
    count = len(rest) - below
    return ['.'.join(rest[:count]), *rest[count:]]


def _check_kind(node: Any, place: Place | None, name: str, rest: Sequence[str], key: str, value: Any) -> None:
    """Reject a value of another type than the one it replaces."""
    if name.count('.') + 1 < len(rest):
        return
    if isinstance(node, Mapping) and 'type' in node and name != 'type':
        role = place if isinstance(place, Role) else None
        member = member_of(node['type'], role)
        if member is not None and name in (taken := arguments_of(member)).named:
            check_argument(Node(key.removesuffix(f'.{name}'), node, role, member), taken, name, value)
            return
    old = _item(node, name)
    expected = _kind(old)
    if expected and value is not None and not isinstance(value, expected[1]):
        raise ConfigError(f'option {key} is {value!r:.80}, but the config has {expected[0]} there: {old!r:.80}')


def _kind(value: Any) -> tuple[str, tuple[type, ...]] | None:
    """Return the type of a value if only that type can replace it."""
    if isinstance(value, bool):
        return 'True or False', (bool, int)
    if isinstance(value, int | float):
        return 'a number', (int, float)
    if isinstance(value, Mapping):
        return 'a dict', (Mapping,)
    return ('a list', LISTS) if isinstance(value, LISTS) else None


def _check_new(
    cfg: Mapping[str, Any],
    node: Any,
    place: Place | None,
    found: Sequence[str],
    rest: Sequence[str],
    value: Any,
    options: Mapping[str, Any],
    below_part: bool,
) -> None:
    """Reject a key that a config does not have and no class accepts."""
    at, name = '.'.join(found), rest[0]
    if isinstance(node, LISTS) or (node is not None and not isinstance(node, Mapping)):
        raise ConfigError(f"option {at}.{name}: {at} is {node!r:.80}, which has no '{name}'")
    node = node or {}
    if 'type' in node and name == '_delete_' and len(rest) == 1:
        return  # mmengine's mark: the options replace this part
    if 'type' in node:
        role = place if isinstance(place, Role) else None
        member = member_of(node['type'], role)
        if member is not None:
            shown = value if len(rest) == 1 else {}
            check_argument(Node(at, node, role, member), arguments_of(member), name, shown)
        return
    known = _known(at, place)
    if below_part or at in DOTTED or known is None or name in known:
        return
    if not known:
        known = [*node, *_elsewhere(cfg, at)]
        prefix = f'{at}.{name}.'
        new = isinstance(value, Mapping) or any(key in options for key in (f'{prefix}type', f'{prefix}dataset.type'))
        if new or name in known:
            return
    raise ConfigError(
        f"option {'.'.join([*found, *rest])}: the config has no '{name}'{f' in {at}' if at else ''}"
        f'{did_you_mean(name, known) or "; it has: " + ", ".join(map(str, node))}'
    )


def _known(at: str, place: Place | None) -> list[str] | None:
    """Return the keys that a dict without a type may have; empty if parts have free names, None for any."""
    if not at:
        return top_keys()
    if isinstance(place, Loader):
        return loader_keys()
    if at in FIELDS:
        return list(FIELDS[at])
    return [] if isinstance(place, Parts) or at == 'objectives' else None


def _elsewhere(cfg: Mapping[str, Any], at: str) -> list[str]:
    """Return the parts of the model that the top level of the config may change."""
    inside = (cfg.get('model') or {}).get(at) or {}
    return list(inside) if isinstance(inside, Mapping) else []
