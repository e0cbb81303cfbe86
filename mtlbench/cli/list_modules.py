"""``mtlbench modules``: list the values of ``type`` in a config."""

from __future__ import annotations

import argparse
import inspect
import textwrap
from typing import TYPE_CHECKING, Any

from mtlbench.cli.arguments import ToolParser, friendly
from mtlbench.errors import ConfigError
from mtlbench.utils.choices import nearest_or_all

if TYPE_CHECKING:
    from mtlbench.registry import Registry


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of the tool."""
    parser = ToolParser(
        'modules',
        description="List the values of 'type' in a config: the classes of every registry, including those of "
        'installed plugins, with their name, summary and module.',
        epilog='examples:\n  mtlbench modules\n  mtlbench modules --registry encoder',
    )
    parser.add_argument('--registry', help='list only this registry, such as encoder, exchange, dataset or hook')
    return parser


def choose(registries: dict[str, Registry], wanted: str | None) -> dict[str, Registry]:
    """Return the registries to list.

    Raises:
        ConfigError: If the requested registry does not exist.
    """
    if wanted is None:
        return registries
    if wanted not in registries:
        raise ConfigError(f"unknown registry '{wanted}'{nearest_or_all(wanted, registries)}")
    return {wanted: registries[wanted]}


def describe(name: str, member: Any, width: int) -> str:
    """Return one line that describes a member."""
    first = (inspect.getdoc(member) or 'no docstring').splitlines()[0]
    return f'  {name:{width}}  {textwrap.shorten(first, 90)}  [{member.__module__}]'


def main() -> None:
    """Print the lists."""
    args = build_parser().parse_args()
    from mtlbench.registry import all_registries, load_plugins

    load_plugins()
    for title, registry in choose(all_registries(), args.registry).items():
        members = {name: registry.get(name) for name in registry.names()}
        width = max(map(len, members), default=0)
        print(f'{title} ({len(members)})')
        for name, member in members.items():
            print(describe(name, member, width))


if __name__ == '__main__':
    friendly(main)
