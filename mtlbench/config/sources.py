"""The lines of a config file that set its values, found without running it."""

from __future__ import annotations

import ast
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from mtlbench.config.reader import PLACEHOLDER

Place = tuple[str | int, ...]


@dataclass(frozen=True)
class SourceLines:
    """Where a value is written.

    Args:
        line: Line of the key that it is given to, or of the value itself in a list.
        keys: Sources of the values of a dict that is written out.
        rest: Source of the keys of such a dict that are computed.
        items: Sources of the items of a list that is written out, each with the number of items that come of it; None:
            unknown.
    """

    line: int
    keys: Mapping[str | int, SourceLines] | None = None
    rest: SourceLines | None = None
    items: Sequence[tuple[SourceLines, int | None]] | None = None

    def find(self, path: Place, value: Any) -> SourceLines | None:
        """Return the source of what is inside, or the innermost known around it; None where this sets no such thing.

        Args:
            path: Keys and positions that lead to it.
            value: The value of this source, whose lists tell how many items a computed part gave.
        """
        if not path or (self.keys is None and self.items is None):
            return self
        if self.keys is not None:
            inner = self.keys.get(path[0], self.rest)
        else:
            inner = self._item(int(path[0]), len(value)) or SourceLines(self.line)
        return None if inner is None else inner.find(path[1:], _inside(value, path[0]))

    def _item(self, position: int, length: int) -> SourceLines | None:
        """Return the source of an item; None where several parts gave unknown numbers of them."""
        items = self.items or ()
        known = sum(count for _, count in items if count is not None)
        unknown = [source for source, count in items if count is None]
        if len(unknown) > 1 or (not unknown and known != length):
            return None
        for source, count in items:
            position -= length - known if count is None else count
            if position < 0:
                return source
        return None


@lru_cache(maxsize=256)
def read_source(path: Path, text: str) -> SourceLines:
    """Return the source of all that a config file sets, without its bases.

    Args:
        path: The file, whose ending tells its language.
        text: What is in it.
    """
    text = PLACEHOLDER.sub('0', text)
    if path.suffix == '.py':
        return SourceLines(1, _assigned(ast.parse(text)))
    try:
        return _of_node(yaml.compose(text, Loader=yaml.SafeLoader), 1)  # JSON, too, but for rare exceptions
    except yaml.YAMLError:
        return SourceLines(1, {}, SourceLines(1))


def _inside(value: Any, key: str | int) -> Any:
    try:
        return value[key]
    except (KeyError, IndexError, TypeError):
        return ()


def _assigned(module: ast.Module) -> dict[str | int, SourceLines]:
    """Return what the names of a module are set to; the last assignment counts."""
    names: dict[str | int, SourceLines] = {}
    for statement in module.body:
        plain = isinstance(statement, ast.Assign | ast.AnnAssign)
        for target, value in _assignments(statement):
            # In a loop or a branch a value is computed.
            names[target.id] = _of(value, target.lineno, names) if plain and value else SourceLines(target.lineno)
    return names


def _assignments(statement: ast.stmt) -> Iterator[tuple[ast.Name, ast.expr | None]]:
    for node in ast.walk(statement):
        if isinstance(node, ast.Assign):
            yield from ((target, node.value) for target in node.targets if isinstance(target, ast.Name))
        elif isinstance(node, ast.AnnAssign | ast.AugAssign) and isinstance(node.target, ast.Name):
            yield node.target, node.value


def _of(value: ast.expr, line: int, names: Mapping[str | int, SourceLines]) -> SourceLines:
    """Return the source of an expression that a key at a line is given."""
    if isinstance(value, ast.Name) and value.id in names:
        return replace(names[value.id], line=line)
    if isinstance(value, ast.Call) and ast.unparse(value.func) == 'dict':
        spread = [(None, argument) for argument in value.args]
        return _dict([*spread, *((one, one.value) for one in value.keywords)], line, names)
    if isinstance(value, ast.Dict):
        return _dict(list(zip(value.keys, value.values, strict=True)), line, names)
    if isinstance(value, ast.List | ast.Tuple):
        return SourceLines(line, items=[one for item in value.elts for one in _items(item, names)])
    if isinstance(value, ast.ListComp):
        return SourceLines(line, items=_repeated(value, names))
    return SourceLines(line)


def _dict(
    entries: Sequence[tuple[ast.keyword | ast.expr | None, ast.expr]], line: int, names: Mapping[str | int, SourceLines]
) -> SourceLines:
    keys: dict[str | int, SourceLines] = {}
    rest = None
    for key, value in entries:
        name = key.arg if isinstance(key, ast.keyword) else key.value if isinstance(key, ast.Constant) else None
        if isinstance(name, str | int):
            keys[name] = _of(value, key.lineno if key else line, names)
            continue
        spread = _of(value, value.lineno, names)
        if key is not None and not isinstance(key, ast.keyword):  # a computed key
            rest = spread
        else:
            keys |= spread.keys or {}
            rest = rest or (spread if spread.keys is None else spread.rest)
    return SourceLines(line, keys, rest)


def _items(item: ast.expr, names: Mapping[str | int, SourceLines]) -> list[tuple[SourceLines, int | None]]:
    if not isinstance(item, ast.Starred):
        return [(_of(item, item.lineno, names), 1)]
    spread = _of(item.value, item.lineno, names)
    return list(spread.items) if spread.items is not None else [(spread, None)]


def _repeated(value: ast.ListComp, names: Mapping[str | int, SourceLines]) -> list[tuple[SourceLines, int | None]]:
    source = _of(value.elt, value.elt.lineno, names)
    counts = [None if one.ifs else _count(_of(one.iter, 0, names)) for one in value.generators]
    return [(source, None if None in counts else math.prod(count or 0 for count in counts))]


def _count(source: SourceLines) -> int | None:
    """Return the number of items of a list; None where it is computed."""
    counts = [None] if source.items is None else [count for _, count in source.items]
    return None if None in counts else sum(count or 0 for count in counts)


def _of_node(node: yaml.Node | None, line: int) -> SourceLines:
    """Return the source of a node of a yaml or JSON file."""
    if isinstance(node, yaml.SequenceNode):
        return SourceLines(line, items=[(_of_node(item, item.start_mark.line + 1), 1) for item in node.value])
    if not isinstance(node, yaml.MappingNode):
        return SourceLines(line)
    keys: dict[str | int, SourceLines] = {}
    for key, value in node.value:
        found = _of_node(value, key.start_mark.line + 1)
        keys = {**(found.keys or {}), **keys} if key.value == '<<' else {**keys, key.value: found}
    return SourceLines(line, keys)
