"""``mtlbench convert``: convert published weights to a checkpoint of this project."""

from __future__ import annotations

import argparse
from pathlib import Path

from mtlbench.cli.arguments import ToolParser, friendly
from mtlbench.errors import ConfigError
from mtlbench.utils.command import typed

EXAMPLE = """example:
  mtlbench convert densemtl vkitti2_densemtl_SDN.pkl sdn.pth --source-order depth semseg normals
  mtlbench test xtam/sdn_vkitti2 sdn.pth --recipe reference
"""


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of the tool."""
    parser = ToolParser(
        'convert',
        description='Convert a published checkpoint to the parameter names of this project. If names or shapes do not '
        'fit, they are listed and nothing is written.',
        epilog=EXAMPLE,
    )
    parser.add_argument('format', help="format of the checkpoint: 'densemtl' for the xTAM authors' code")
    parser.add_argument('source', type=Path, metavar='IN', help='published file')
    parser.add_argument('out', type=Path, metavar='OUT', help='checkpoint to write (.pth)')
    parser.add_argument('--config', help='config with the same network (default: determined from the weights)')
    parser.add_argument(
        '--source-order',
        nargs='+',
        metavar='TASK',
        help='order in which the tasks were concatenated in training (default: order in the config)',
    )
    return parser


def main() -> None:
    """Convert the checkpoint and print how to evaluate it."""
    parser = build_parser()
    args = parser.parse_args()
    from io import BytesIO

    import torch

    from mtlbench.engine.convert import FORMATS
    from mtlbench.utils.output import require_other, writable_folder, write_whole

    if args.format not in FORMATS:
        parser.error(f"argument format: unknown format '{args.format}'; available: {', '.join(sorted(FORMATS))}")
    require_other(args.out, args.source)
    if args.out.exists():
        raise ConfigError(f'{args.out} exists already; choose another name, or delete it')
    converted = FORMATS[args.format](args.source, args.config, args.source_order)
    writable_folder(args.out.parent)
    content = BytesIO()
    torch.save(dict(state_dict=converted.state_dict), content)
    write_whole(args.out, content.getvalue())
    if converted.note:
        print(f'note: {converted.note}')
    print(f'{args.out}: {len(converted.state_dict)} tensors; evaluate them with:')
    for config in converted.configs:
        print(f'  {typed(f"test {config} {args.out} --recipe {converted.recipe}")}')


if __name__ == '__main__':
    friendly(main)
