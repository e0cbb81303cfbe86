"""``mtlbench predict``: predict all tasks for your own images."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from mtlbench.cli.arguments import (
    ToolParser,
    add_config_arguments,
    add_run_argument,
    friendly,
    parse_size,
    run_request,
    whole,
)
from mtlbench.cli.friendly import ERROR

if TYPE_CHECKING:
    from mtlbench.inference.outputs import Outputs
    from mtlbench.inference.run import Tally

OUTPUTS = ('panels', 'overlays', 'maps', 'arrays')


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of the tool."""
    parser = ToolParser(
        'predict',
        description='Predict every task of a trained network for images and videos. Unreadable files are skipped; the '
        'exit status is then 1.',
        epilog='example:\n  mtlbench predict work_dirs/.../seed42 street.jpg --outputs panels maps',
    )
    add_run_argument(parser)
    parser.add_argument(
        'images', nargs='+', help="images, videos, folders of them, or quoted patterns such as 'photos/**/*.jpg'"
    )
    parser.add_argument('--out', type=Path, default='predictions', help='folder for the outputs (default: predictions)')
    parser.add_argument(
        '--outputs',
        nargs='+',
        choices=OUTPUTS,
        default=['panels'],
        help='panels: the image beside its predictions, with legend; overlays: each prediction over the image; maps: '
        'values in the file format of their kind, mostly PNG; arrays: values as NumPy arrays (default: panels)',
    )
    parser.add_argument('--flip', action='store_true', help='average over the image and its mirror image')
    parser.add_argument(
        '--scales',
        nargs='+',
        type=float,
        default=[1.0],
        metavar='FACTOR',
        help='average over several sizes of the image, such as 0.75 1 1.25',
    )
    parser.add_argument(
        '--size',
        type=parse_size,
        metavar='HxW',
        help='resize each image, at its aspect ratio, to about this many pixels for the network (default: those of the '
        'validation)',
    )
    parser.add_argument(
        '--window',
        type=parse_size,
        metavar='HxW',
        help='predict windows of this size that overlap, for large images, at their own size or at --size',
    )
    parser.add_argument('--batch', type=whole(1), default=1, help='images of equal size per pass (default: 1)')
    parser.add_argument('--device', help='device, such as cpu or cuda:1 (default: a GPU if there is one)')
    add_config_arguments(parser, name='--config')
    return parser


def main() -> None:
    """Predict all images and write the outputs."""
    args = build_parser().parse_args()
    from mtlbench.inference import Predictor, Settings
    from mtlbench.inference.outputs import Outputs
    from mtlbench.inference.run import FilePrediction
    from mtlbench.inference.sources import find_sources
    from mtlbench.utils.output import require_other, writable_folder
    from mtlbench.utils.printable import printable

    sources = find_sources(args.images, apart=[args.out / output for output in OUTPUTS])
    require_other(args.out, *args.images)
    settings = Settings(args.size, args.window, args.flip, tuple(args.scales))
    writable_folder(args.out)
    predictor = Predictor(args.checkpoint, settings, args.device, run_request(args))
    outputs = Outputs(predictor, args.out, args.outputs)
    work = FilePrediction(predictor, outputs, args.batch, lambda text: print(printable(text), file=sys.stderr))
    tally = work.run(sources)
    _conclude(tally, outputs, len(sources))


def _conclude(tally: Tally, outputs: Outputs, files: int) -> None:
    """Print what was written, and exit with an error if a file could not be read."""
    if tally.images:
        speed = f'{tally.seconds:.1f} s ({tally.images / tally.seconds:.3g} images/s)'
        print(f'{_images(tally.images)} in {speed}; {", ".join(outputs.wanted)} in {outputs.folder}')
    for task, pixels in outputs.clipped.items():
        if pixels:
            print(f'note: {pixels} pixels of the maps of {task} exceed the range of the files and were clipped')
    if tally.unread:
        print(f'error: {len(tally.unread)} of {files} images could not be read', file=sys.stderr)
        sys.exit(ERROR)


def _images(count: int) -> str:
    return '1 image' if count == 1 else f'{count} images'


if __name__ == '__main__':
    friendly(main)
