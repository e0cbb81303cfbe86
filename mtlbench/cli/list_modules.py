"""``tools/list_modules.py``: what can be named by ``type`` in a config."""

from __future__ import annotations

import argparse
import difflib
import inspect
import textwrap
from typing import TYPE_CHECKING, Any

from mtlbench.cli.arguments import ToolParser, friendly
from mtlbench.errors import ConfigError

if TYPE_CHECKING:
    from mtlbench.registry import Registry


def build_parser() -> argparse.ArgumentParser:
    """The tool's arguments."""
    parser = ToolParser(
        prog='list_modules.py',
        description="Lists what a config can name by 'type': every registry and its members, also those of installed "
        'plugins, one line each: name, what it is, and the module it comes from.',
        epilog='examples:\n  python tools/list_modules.py\n  python tools/list_modules.py --registry encoder',
    )
    parser.add_argument('--registry', help='only this registry, such as encoder, exchange, dataset or hook')
    return parser


def choose(registries: dict[str, Registry], wanted: str | None) -> dict[str, Registry]:
    """The registries to list.

    Raises:
        ConfigError: When there is none of the name wanted.
    """
    if wanted is None:
        return registries
    if wanted not in registries:
        near = difflib.get_close_matches(wanted, registries, n=3) or list(registries)
        raise ConfigError(f"no registry '{wanted}'; did you mean {' or '.join(near)}?")
    return {wanted: registries[wanted]}


def describe(name: str, member: Any, width: int) -> str:
    """One line on a member."""
    first = (inspect.getdoc(member) or 'without a docstring').splitlines()[0]
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
