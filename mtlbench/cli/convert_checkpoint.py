"""``tools/convert_checkpoint.py``: published weights of others, as a checkpoint of this project."""

from __future__ import annotations

import argparse
from pathlib import Path

from mtlbench.cli.arguments import ToolParser, friendly
from mtlbench.errors import ConfigError

EXAMPLE = """example:
  python tools/convert_checkpoint.py densemtl vkitti2_densemtl_SDN.pkl sdn.pth --source-order depth semseg normals
  python tools/test.py xtam/sdn_vkitti2 sdn.pth --recipe reference
"""


def build_parser() -> argparse.ArgumentParser:
    """The tool's arguments."""
    parser = ToolParser(
        prog='convert_checkpoint.py',
        description='Gives the weights of a published checkpoint the names that they have here. When a name or a shape '
        'does not fit, they are listed and nothing is written.',
        epilog=EXAMPLE,
    )
    parser.add_argument('format', help='whose checkpoint: densemtl is that of the authors of xTAM')
    parser.add_argument('source', type=Path, metavar='IN', help='the published file')
    parser.add_argument('out', type=Path, metavar='OUT', help='the checkpoint to write (.pth)')
    parser.add_argument('--config', help='the config whose network it is for (default: told by the weights)')
    parser.add_argument(
        '--source-order',
        nargs='+',
        metavar='TASK',
        help='the tasks in the order in which they were concatenated in training (default: that of the config)',
    )
    return parser


def main() -> None:
    """Convert, and say what the checkpoint is for."""
    parser = build_parser()
    args = parser.parse_args()
    from io import BytesIO

    import torch

    from mtlbench.engine.convert import FORMATS
    from mtlbench.utils.output import require_other, writable_folder, write_whole

    if args.format not in FORMATS:
        parser.error(f"argument format: no '{args.format}'; there are: {', '.join(sorted(FORMATS))}")
    require_other(args.out, args.source)
    if args.out.exists():
        raise ConfigError(f'{args.out} exists already; take another name, or delete it')
    converted = FORMATS[args.format](args.source, args.config, args.source_order)
    writable_folder(args.out.parent)
    content = BytesIO()
    torch.save(dict(state_dict=converted.state_dict), content)
    write_whole(args.out, content.getvalue())
    if converted.note:
        print(f'note: {converted.note}')
    print(f'{args.out}: {len(converted.state_dict)} tensors; evaluate them with')
    for config in converted.configs:
        print(f'  python tools/test.py {config} {args.out} --recipe {converted.recipe}')


if __name__ == '__main__':
    friendly(main)
