"""``mtlbench prepare``: cut tiles of Potsdam or Vaihingen into patches."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from mtlbench.cli.arguments import ToolParser, friendly, whole
from mtlbench.cli.friendly import REPEAT

EXAMPLES = """examples:
  mtlbench prepare potsdam --src downloads/Potsdam --out data/potsdam
  mtlbench prepare vaihingen --src downloads/Vaihingen --out data/vaihingen --folders height=ndsm_gerke
"""
GO_ON = REPEAT


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of the tool."""
    from mtlbench.datasets.prepare.isprs import TREES, Cut

    parser = ToolParser(
        'prepare',
        description='Cut the original tiles into patches of one resolution, which the dataset class reads. Run the '
        'same command again to continue an interrupted conversion.',
        epilog=EXAMPLES,
    )
    parser.add_argument('dataset', choices=sorted(TREES), help='dataset to convert')
    parser.add_argument('--src', type=Path, required=True, help='folder with the original tiles')
    parser.add_argument('--out', type=Path, help='folder for the patches (default: --src)')
    parser.add_argument('--gsd', type=float, default=Cut.gsd, help='meters per pixel (default: %(default)s)')
    parser.add_argument('--size', type=int, default=Cut.size, help='side of a patch in pixels (default: %(default)s)')
    parser.add_argument(
        '--stride', type=int, default=Cut.stride, help='distance between patches in pixels (default: %(default)s)'
    )
    parser.add_argument(
        '--drop-last-window', action='store_true', help='omit the additional patch at the end of a tile'
    )
    parser.add_argument(
        '--folders',
        nargs='+',
        default=[],
        type=_folder,
        metavar='KIND=FOLDER',
        help='folder in --src of img, label, label_noBoundary or height, if it differs from the original layout',
    )
    parser.add_argument(
        '--jobs', type=whole(1), default=os.cpu_count() or 1, help='number of processes (default: one per core)'
    )
    return parser


def main() -> None:
    """Convert the dataset."""
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
