"""``tools/convert_isprs.py``: cut the tiles of Potsdam or Vaihingen into patches."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from mtlbench.cli.arguments import ToolParser, friendly, positive

EXAMPLES = """examples:
  python tools/convert_isprs.py potsdam --src downloads/Potsdam --out data/potsdam
  python tools/convert_isprs.py vaihingen --src downloads/Vaihingen --out data/vaihingen --folders height=ndsm_gerke
"""
GO_ON = 'the same command goes on from here'


def build_parser() -> argparse.ArgumentParser:
    """The tool's arguments."""
    from mtlbench.datasets.prepare.isprs import TREES, Cut

    parser = ToolParser(
        prog='convert_isprs.py',
        description='Cuts the delivered tiles into the patches that the dataset is read from, all of one resolution. '
        'An interrupted conversion goes on when the same command is given again.',
        epilog=EXAMPLES,
    )
    parser.add_argument('dataset', choices=sorted(TREES), help='which set')
    parser.add_argument('--src', type=Path, required=True, help='the folder with the delivered tree')
    parser.add_argument('--out', type=Path, help='where the dataset is read (default: --src)')
    parser.add_argument('--gsd', type=float, default=Cut.gsd, help='meters a pixel (default: %(default)s)')
    parser.add_argument('--size', type=int, default=Cut.size, help='edge of a patch in pixels (default: %(default)s)')
    parser.add_argument('--stride', type=int, default=Cut.stride, help='from patch to patch (default: %(default)s)')
    parser.add_argument('--drop-last-window', action='store_true', help='no additional patch that ends with the tile')
    parser.add_argument(
        '--folders',
        nargs='+',
        default=[],
        type=_folder,
        metavar='KIND=FOLDER',
        help='where img, label, label_noBoundary or height lies in another folder of --src than usual',
    )
    parser.add_argument('--jobs', type=positive, default=os.cpu_count() or 1, help='processes (default: one a core)')
    return parser


def main() -> None:
    """Convert."""
    args = build_parser().parse_args()
    from mtlbench.datasets.prepare.isprs import TREES, Cut, convert

    cut = Cut(args.gsd, args.size, args.stride, args.drop_last_window)
    out = args.out or args.src
    note = convert(TREES[args.dataset], args.src, out, cut, dict(args.folders), args.jobs)
    kinds = ', '.join(f'{count} with {kind}' for kind, count in note['tiles_with'].items())
    print(f'{out}: {note["patches"]} patches of {len(note["tiles"])} tiles ({kinds})')


def _folder(text: str) -> tuple[str, str]:
    kind, _, folder = text.partition('=')
    if not (kind and folder):
        raise argparse.ArgumentTypeError(f"expected KIND=FOLDER such as height=ndsm, got '{text}'")
    return kind, folder


if __name__ == '__main__':
    friendly(main)
