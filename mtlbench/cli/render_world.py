"""``tools/render_world.py``: render a stand-in for a dataset."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from mtlbench.cli.arguments import friendly
from mtlbench.errors import ConfigError

EXAMPLES = """examples:
  python tools/render_world.py vkitti2 --out data/rendered/vkitti2        200 small frames, a minute or two
  python tools/render_world.py vkitti2 --out big --frames 2126 --size 1242x375    as many and as large as the original
  python tools/render_world.py vkitti2 --out stereo --cameras 0 1 --variations clone fog
"""


def build_parser() -> argparse.ArgumentParser:
    """The tool's arguments."""
    parser = argparse.ArgumentParser(
        prog='render_world.py',
        description="Renders street scenes with exact labels, in a dataset's own layout and encodings.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument('dataset', choices=['vkitti2'], help='whose layout')
    parser.add_argument('--out', type=Path, required=True, help='a new or empty folder, or one to go on with')
    parser.add_argument('--frames', type=int, default=200, help='frames over the five scenes (default: %(default)s)')
    parser.add_argument('--size', type=_size, default=(416, 128), metavar='WxH', help='pixels (default: 416x128)')
    parser.add_argument('--seed', type=int, default=0, help='same seed, same files (default: %(default)s)')
    parser.add_argument('--jobs', type=int, default=os.cpu_count() or 1, help='processes (default: one a core)')
    parser.add_argument(
        '--variations',
        nargs='+',
        default=['15-deg-left'],
        help="weather and camera angles, or 'all' (default: %(default)s)",
    )
    parser.add_argument('--cameras', nargs='+', type=int, default=[0], help='0 left, 1 right (default: 0)')
    return parser


def main() -> None:
    """Render."""
    args = build_parser().parse_args()
    os.environ.setdefault('OMP_NUM_THREADS', '1')  # the work is spread over processes; they inherit this
    from mtlbench.world.writers.vkitti2 import VARIATIONS, RenderRequest, render_vkitti2

    if args.jobs < 1:
        raise ConfigError(f'--jobs: expected at least 1, got {args.jobs}')
    variations = tuple(VARIATIONS) if 'all' in args.variations else tuple(dict.fromkeys(args.variations))
    request = RenderRequest(args.frames, args.size, args.seed, variations, tuple(dict.fromkeys(args.cameras)))
    rendered = render_vkitti2(args.out, request, args.jobs)
    print(f'{args.out}: {"rendered" if rendered else "already rendered with these settings"}')


def _size(text: str) -> tuple[int, int]:
    width, _, height = text.lower().partition('x')
    if not (width.isdecimal() and height.isdecimal()):
        raise argparse.ArgumentTypeError(f"expected WIDTHxHEIGHT such as 416x128, got '{text}'")
    return int(width), int(height)


if __name__ == '__main__':
    friendly(main)
