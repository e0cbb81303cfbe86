"""Arguments of classes and functions, as far as their signatures tell."""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import SimpleNamespace
from typing import Any, get_type_hints

KINDS = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)


@dataclass(frozen=True)
class Argument:
    """Argument of a class or function.

    Args:
        hint: Annotation of the argument; ``Any`` if it cannot be resolved.
        required: Whether it has no default.
        nullable: Whether its default is None.
        default: Default value; None if there is none.
    """

    hint: Any
    required: bool
    nullable: bool
    default: Any = None


@dataclass(frozen=True)
class Arguments:
    """Arguments of a class or function.

    Args:
        named: Arguments by name.
        open: Whether further arguments are accepted whose names the signature does not tell.
    """

    named: Mapping[str, Argument]
    open: bool = False

    def missing(self, given: Collection[str]) -> list[str]:
        """Return the required arguments that are not among those given."""
        return [name for name, argument in self.named.items() if argument.required and name not in given]


@lru_cache(maxsize=1024)
def arguments_of(member: Callable) -> Arguments:
    """Return the arguments of a registered class or function.

    ``**kwargs`` that are only passed to ``super().__init__`` stand for the arguments of the next class; any other
    ``**kwargs`` may hold anything.
    """
    if not inspect.isclass(member):
        return _arguments([member])
    return _arguments([vars(cls)['__init__'] for cls in member.__mro__[:-1] if '__init__' in vars(cls)])


def _arguments(inits: list[Callable]) -> Arguments:
    """Return the arguments of the first function, and of those that it passes its ``**kwargs`` on to."""
    named: dict[str, Argument] = {}
    filled, set_by_name = 0, frozenset[str]()
    for init in inits:
        try:
            parameters = list(inspect.signature(init).parameters.values())
        except (ValueError, TypeError):
            return Arguments(named, open=True)
        skipped = filled + (parameters[:1] != [] and parameters[0].name == 'self')
        for name, argument in _named(init, parameters[skipped:]).items():
            if name not in set_by_name:
                named.setdefault(name, argument)
        rest = next((one.name for one in parameters if one.kind is inspect.Parameter.VAR_KEYWORD), None)
        if rest is None:
            return Arguments(named)
        call = _call_of_super(init, rest)
        if call is None:
            return Arguments(named, open=True)
        filled = sum(not isinstance(one, ast.Starred) for one in call.args)
        set_by_name = frozenset(one.arg for one in call.keywords if one.arg)
    return Arguments(named)


def _named(init: Callable, parameters: list[inspect.Parameter]) -> dict[str, Argument]:
    return {one.name: _argument(init, one) for one in parameters if one.kind in KINDS}


def _argument(init: Callable, one: inspect.Parameter) -> Argument:
    required = one.default is inspect.Parameter.empty
    return Argument(_hint(init, one), required, one.default is None, None if required else one.default)


def _hint(init: Callable, one: inspect.Parameter) -> Any:
    """Return the annotation of a parameter; without one, infer bool from a boolean default."""
    if one.annotation is inspect.Parameter.empty:
        return bool if isinstance(one.default, bool) else Any
    alone: Any = SimpleNamespace(__annotations__={one.name: one.annotation})
    try:
        return get_type_hints(alone, getattr(init, '__globals__', {}))[one.name]
    except Exception:  # an annotation may name anything, also what is imported for the type checker alone
        return Any


def _call_of_super(init: Callable, rest: str) -> ast.Call | None:
    """Return the call ``super().__init__(..., **rest)`` if it is the only use of ``rest``."""
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(init)))
    except (OSError, TypeError, SyntaxError):
        return None
    uses = [node for node in ast.walk(tree) if isinstance(node, ast.Name) and node.id == rest]
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and _passes_on(node, rest)]
    return calls[0] if len(uses) == 1 and len(calls) == 1 else None


def _passes_on(call: ast.Call, rest: str) -> bool:
    to_super = ast.unparse(call.func) == 'super().__init__'
    return to_super and any(one.arg is None and ast.unparse(one.value) == rest for one in call.keywords)
