"""``mtlbench predict``: predict all tasks for your own images."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from mtlbench.cli.arguments import CHECKPOINT_HELP, ToolParser, add_config_arguments, friendly, run_request
from mtlbench.cli.friendly import ERROR
from mtlbench.errors import DataError


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of the tool."""
    parser = ToolParser(
        'predict',
        description='Predict every task of a trained network for an image or a folder of images. One panel per image '
        'shows the image beside its predictions. Unreadable images are skipped; the exit status is then 1.',
        epilog='example:\n  mtlbench predict work_dirs/.../seed42 street.jpg --out panels',
    )
    add_config_arguments(parser, optional=True)
    parser.add_argument('checkpoint', help=CHECKPOINT_HELP)
    parser.add_argument('source', type=Path, help='image, or folder of images')
    parser.add_argument('--out', type=Path, default='predictions', help='folder for the panels (default: predictions)')
    return parser


def main() -> None:
    """Predict all images and write the panels."""
    args = build_parser().parse_args()
    from mmengine.device import get_device
    from tqdm import tqdm

    from mtlbench.engine.launch import load_learner
    from mtlbench.engine.photographs import find_images
    from mtlbench.engine.predict import Predictor
    from mtlbench.utils.output import require_other, writable_folder
    from mtlbench.utils.printable import printable
    from mtlbench.visualization.panel_files import panel_paths, write_panel

    images = find_images(args.source)
    require_other(args.out, args.source)
    paths = panel_paths(images, writable_folder(args.out))
    cfg, learner = load_learner(run_request(args), args.checkpoint)
    predictor = Predictor(cfg, learner.to(get_device()))
    unread = 0
    with tqdm(images, unit='image') as bar:
        for image in bar:
            try:
                write_panel(paths[image], predictor.panel(image), image)
            except DataError as error:
                unread += 1
                bar.write(printable(f'skipped: {error}'), file=sys.stderr)
    print(f'{len(images) - unread} panels in {args.out}')
    if unread:
        print(f'error: {unread} of {len(images)} images could not be read', file=sys.stderr)
        sys.exit(ERROR)


if __name__ == '__main__':
    friendly(main)
