"""Checks of the settings of nodes against the signatures of their classes."""

from __future__ import annotations

import inspect
from typing import Any

from torch.utils.data import DataLoader

from mtlbench.config.arguments import Argument, Arguments, arguments_of
from mtlbench.config.nodes import Node
from mtlbench.config.values import describe, fits
from mtlbench.errors import ConfigError
from mtlbench.utils.choices import did_you_mean

RESERVED = ('type', '_scope_')
LOADER_EXTRA = ('dataset', 'sampler', 'batch_sampler', 'collate_fn', 'worker_init_fn', 'num_batch_per_epoch')


def check_signature(node: Node) -> None:
    """Reject settings that a class does not accept, missing ones, and values of a wrong type.

    Raises:
        ConfigError: Naming the place, the class and its arguments.
    """
    if node.member is None:
        return
    taken = arguments_of(node.member)
    for key, value in node.settings.items():
        if key not in RESERVED:
            check_argument(node, taken, str(key), value)
    given = (*node.settings, *(node.role.given if node.role else ()))
    missing = taken.missing(given) if node.role else []
    if missing:
        raise ConfigError(f"{node.place}: {_name(node)} needs '{missing[0]}'{_list(taken, node)}")


def check_argument(node: Node, taken: Arguments, key: str, value: Any) -> None:
    """Reject a setting that the class does not accept, or whose value has a wrong type.

    Raises:
        ConfigError: Naming the place, the class and its arguments.
    """
    known = set(taken.named) | set(node.role.extra if node.role else ())
    if key not in known and not taken.open and not _reads_more(node):
        hint = did_you_mean(key, known)
        listed = _list(taken, node) + ('' if hint else '. Add _delete_=True to drop settings of a base')
        raise ConfigError(f"{node.place}.{key}: {_name(node)} takes no '{key}'{hint}{listed}")
    argument = taken.named.get(key)
    if argument is not None and not _may_be(value, argument):
        raise ConfigError(f'{node.place}.{key} is {value!r:.80}, but {_name(node)} expects {describe(argument.hint)}')


def loader_keys() -> list[str]:
    """Return the known settings of a data loader."""
    return sorted({*inspect.signature(DataLoader).parameters, *LOADER_EXTRA})


def _may_be(value: Any, argument: Argument) -> bool:
    return (value is None and argument.nullable) or fits(value, argument.hint)


def _reads_more(node: Node) -> bool:
    """Return whether something else reads settings of this node: the constructor of an optimizer wrapper."""
    constructor = node.settings.get('constructor')
    return bool(node.role and 'constructor' in node.role.extra and constructor and not _is_own(constructor))


def _is_own(constructor: Any) -> bool:
    return constructor in ('GroupedOptimWrapperConstructor', 'DefaultOptimWrapperConstructor')


def _name(node: Node) -> str:
    return getattr(node.member, '__name__', str(node.member))


def _list(taken: Arguments, node: Node) -> str:
    given = node.role.given if node.role else ()
    names = [name for name in taken.named if name not in given]
    return f'; it takes: {", ".join(names) or "nothing"}'
