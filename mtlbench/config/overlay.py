"""Overlays: rules that change the nodes of any config, wherever they stand.

A rule is ``dict(where=dict(type='Resize', size=(320, 1024)), set=dict(size=(128, 416)))``. Every dict of the config
that holds all of ``where`` (which may name dicts inside it) gets ``set`` merged into it; a rule without ``where`` is
merged into the config itself.

An overlay may have a scale, too, which is applied before its rules; see :mod:`mtlbench.config.scale`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from mmengine.config import Config, ConfigDict


def dicts_in(value: Any) -> Iterator[Any]:
    """Yield every dict in a config, outermost first."""
    if isinstance(value, dict):
        yield value
        value = list(value.values())
    if isinstance(value, (list, tuple)):
        for child in value:
            yield from dicts_in(child)


def apply_rules(node: ConfigDict, rules: Sequence[Mapping[str, Any]]) -> ConfigDict:
    """Return a copy of a config with all rules applied in order."""
    for rule in rules:
        if rule.get('where'):
            node = _apply(node, rule['where'], rule['set'])
        else:
            node = Config._merge_a_into_b(ConfigDict(rule['set']), node)
    return node


def _apply(node: Any, where: Mapping[str, Any], change: Mapping[str, Any]) -> Any:
    if isinstance(node, dict):
        node = ConfigDict({key: _apply(value, where, change) for key, value in node.items()})
        return Config._merge_a_into_b(ConfigDict(change), node) if matches(node, where) else node
    if isinstance(node, (list, tuple)):
        return type(node)(_apply(value, where, change) for value in node)
    return node


def matches(node: Any, where: Any) -> bool:
    """Return whether a node contains all of ``where``, including nested dicts."""
    if isinstance(where, Mapping):
        return isinstance(node, Mapping) and all(key in node and matches(node[key], where[key]) for key in where)
    return bool(_plain(node) == _plain(where))


def _plain(value: Any) -> Any:
    """Convert tuples to lists, which are equivalent in a config."""
    return [_plain(item) for item in value] if isinstance(value, (list, tuple)) else value
