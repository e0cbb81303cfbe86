"""``tools/render_world.py``: render a stand-in for a dataset."""

from __future__ import annotations

import argparse
import os
from collections.abc import Mapping
from dataclasses import Field, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mtlbench.cli.arguments import ToolParser, friendly, whole
from mtlbench.errors import ConfigError

if TYPE_CHECKING:
    from mtlbench.world.writers import DatasetWriter

EXAMPLES = """examples:
  python tools/render_world.py vkitti2 --out data/rendered/vkitti2        a small set, a minute or two
  python tools/render_world.py vkitti2 --out big --frames 2126 --size 1242x375    as many and as large as the original
  python tools/render_world.py vkitti2 --out stereo --cameras 0 1 --variations clone fog
  python tools/render_world.py --all --out data/rendered                  the small set of every dataset
"""
GO_ON = 'the same command goes on from here'


def build_parser() -> argparse.ArgumentParser:
    """The tool's arguments; what only some datasets have is taken from their writers' fields."""
    parser = ToolParser(
        prog='render_world.py',
        description="Renders scenes with exact labels, in a dataset's own layout and encodings.",
        epilog=EXAMPLES,
    )
    writers = _writers()
    parser.add_argument('dataset', nargs='?', choices=sorted(writers), help='whose layout')
    parser.add_argument('--all', action='store_true', help='every dataset, each into a folder of its name')
    parser.add_argument('--out', type=Path, required=True, help='a new or empty folder, or one to go on with')
    parser.add_argument('--frames', type=whole(1), help="how many (default: a small set, the mini profile's)")
    parser.add_argument('--size', type=_size, metavar='WxH', help='pixels (default: small images)')
    parser.add_argument('--seed', type=whole(0), help='same seed, same files (default: 0)')
    parser.add_argument('--jobs', type=whole(1), default=os.cpu_count() or 1, help='processes (default: one a core)')
    for name, field in _particular(writers).items():
        help_text, kind = field.metadata['help'], field.metadata['type']
        parser.add_argument(f'--{name}', nargs='+', type=kind, help=help_text)
    return parser


def main() -> None:
    """Render."""
    os.environ.setdefault('OMP_NUM_THREADS', '1')  # the work is spread over processes; they inherit this
    parser = build_parser()
    args = parser.parse_args()
    if args.all == bool(args.dataset):
        parser.error('give the name of a dataset, or --all')
    writers = _writers()
    options = {key: value for key, value in vars(args).items() if key in _option_names(writers) and value is not None}
    for name in sorted(writers) if args.all else [args.dataset]:
        _render(writers[name], options, args.out / name if args.all else args.out, args.jobs)


def _render(writer: type[DatasetWriter], options: Mapping[str, Any], out: Path, jobs: int) -> None:
    from mtlbench.world.writers import render_world

    known = {field.name for field in fields(writer)}
    for name in sorted(set(options) - known):
        raise ConfigError(f'--{name}: {writer.name} has no such option')
    given: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in options.items()}
    request = writer(**given)
    rendered = render_world(request, out, jobs)
    print(f'{out}: {"rendered" if rendered else "already rendered with these settings"}')


def _writers() -> dict[str, type[DatasetWriter]]:
    from mtlbench.world.writers import WRITERS

    return WRITERS


def _particular(writers: dict[str, type[DatasetWriter]]) -> dict[str, Field]:
    """The options that only some datasets have, by name."""
    return {field.name: field for writer in writers.values() for field in fields(writer) if 'help' in field.metadata}


def _option_names(writers: dict[str, type[DatasetWriter]]) -> set[str]:
    return {'frames', 'size', 'seed', *_particular(writers)}


def _size(text: str) -> tuple[int, int]:
    width, _, height = text.lower().partition('x')
    if not (width.isdecimal() and height.isdecimal()):
        raise argparse.ArgumentTypeError(f"expected WIDTHxHEIGHT such as 416x128, got '{text}'")
    return int(width), int(height)


if __name__ == '__main__':
    friendly(main)
