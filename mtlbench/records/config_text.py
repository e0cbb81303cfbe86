"""Reads the config of a record, which may come from anywhere, without running it."""

from __future__ import annotations

import ast
from typing import Any

from mtlbench.errors import DataError

# The longest of this project has 40,000; the parser takes a hundred times the memory of its text.
MAX_LENGTH = 2**20


def read_config_text(text: str) -> dict[str, Any]:
    """The values of a resolved config: assignments of plain values, as the trainer writes them into the record.

    Args:
        text: Lines such as ``train_cfg = dict(max_iters=10)``.

    Raises:
        DataError: When the text holds anything else, such as a call.
    """
    if len(text) > MAX_LENGTH:
        raise DataError(f'the config has {len(text)} characters, more than any')
    try:
        return dict(_assignment(statement) for statement in ast.parse(text).body)
    except (SyntaxError, ValueError, TypeError, RecursionError, MemoryError) as error:
        raise DataError(f'the config is not a text of plain values: {error}') from error


def _assignment(statement: ast.stmt) -> tuple[str, Any]:
    match statement:
        case ast.Assign(targets=[ast.Name(id=name)], value=value):
            return name, ast.literal_eval(_Plain().visit(value))
    raise ValueError(f'line {statement.lineno} is no assignment')


class _Plain(ast.NodeTransformer):
    """Turns ``dict(key=value)`` and ``dict({'a.b': value})`` into displays; what else is called is refused later."""

    def visit_Name(self, node: ast.Name) -> ast.AST:
        """Rewrite the numbers that Python has no literal for."""
        return ast.Constant(float(node.id)) if node.id in ('inf', 'nan') else node

    def visit_Call(self, node: ast.Call) -> ast.AST:
        """Rewrite one call."""
        self.generic_visit(node)
        match node:
            case ast.Call(func=ast.Name(id='dict'), args=[ast.Dict() as display], keywords=[]):
                return display
            case ast.Call(func=ast.Name(id='dict'), args=[], keywords=pairs) if all(pair.arg for pair in pairs):
                return ast.Dict([ast.Constant(pair.arg) for pair in pairs], [pair.value for pair in pairs])
        return node
