"""``mtlbench render``: render a stand-in for a dataset."""

from __future__ import annotations

import argparse
import os
from collections.abc import Mapping
from dataclasses import Field, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mtlbench.cli.arguments import ToolParser, friendly, whole
from mtlbench.cli.friendly import REPEAT
from mtlbench.errors import ConfigError

if TYPE_CHECKING:
    from mtlbench.world.writers import DatasetWriter

EXAMPLES = """examples:
  mtlbench render vkitti2 --out data/rendered/vkitti2        a small set, a minute or two
  mtlbench render vkitti2 --out big --frames 2126 --size 1242x375    as many and as large as the original
  mtlbench render vkitti2 --out stereo --cameras 0 1 --variations clone fog
  mtlbench render --all --out data/rendered                  the small set of every dataset
"""
GO_ON = REPEAT


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of the tool; options of single datasets come from the fields of their writers."""
    parser = ToolParser(
        'render',
        description='Render scenes with exact labels in the layout and encodings of a dataset.',
        epilog=EXAMPLES,
    )
    writers = _writers()
    parser.add_argument('dataset', nargs='?', choices=sorted(writers), help='dataset to imitate')
    parser.add_argument(
        '--all', action='store_true', help='render every dataset, each to a folder of its name in --out'
    )
    parser.add_argument(
        '--out', type=Path, required=True, help='new or empty folder, or the folder of an interrupted rendering'
    )
    parser.add_argument('--frames', type=whole(1), help='number of frames (default: a small set)')
    parser.add_argument('--size', type=_size, metavar='WxH', help='image size in pixels (default: small images)')
    parser.add_argument('--seed', type=whole(0), help='seed of layout, colors and noise (default: 0)')
    parser.add_argument(
        '--jobs', type=whole(1), default=os.cpu_count() or 1, help='number of processes (default: one per core)'
    )
    for name, field in _particular(writers).items():
        help_text, kind = field.metadata['help'], field.metadata['type']
        parser.add_argument(f'--{name}', nargs='+', type=kind, help=help_text)
    return parser


def main() -> None:
    """Render the requested datasets."""
    os.environ.setdefault('OMP_NUM_THREADS', '1')  # the work is spread over processes; they inherit this
    parser = build_parser()
    args = parser.parse_args()
    if args.all == bool(args.dataset):
        parser.error('name either a dataset or --all')
    writers = _writers()
    options = {key: value for key, value in vars(args).items() if key in _option_names(writers) and value is not None}
    for name in sorted(writers) if args.all else [args.dataset]:
        _render(writers[name], options, args.out / name if args.all else args.out, args.jobs)


def _render(writer: type[DatasetWriter], options: Mapping[str, Any], out: Path, jobs: int) -> None:
    from mtlbench.world.writers import render_world

    known = {field.name for field in fields(writer)}
    for name in sorted(set(options) - known):
        raise ConfigError(f'--{name}: not available for {writer.name}; leave it out')
    given: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in options.items()}
    request = writer(**given)
    rendered = render_world(request, out, jobs)
    print(f'{out}: {"rendered" if rendered else "already rendered with these settings"}')


def _writers() -> dict[str, type[DatasetWriter]]:
    from mtlbench.world.writers import WRITERS

    return WRITERS


def _particular(writers: dict[str, type[DatasetWriter]]) -> dict[str, Field]:
    """Return the options of single datasets by name."""
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
