"""``tools/predict.py``: predictions for pictures of your own."""

from __future__ import annotations

import argparse

from mtlbench.cli.arguments import add_config_arguments, friendly, run_request


def build_parser() -> argparse.ArgumentParser:
    """The tool's arguments."""
    parser = argparse.ArgumentParser(
        prog='predict.py',
        description='Predicts every task of a trained network for a picture, or for every picture of a folder, and '
        'writes one panel for each: the picture beside its segmentation, depth, normals.',
        epilog='example:\n  python tools/predict.py configs/xtam/sd_vkitti2.py CHECKPOINT street.jpg --out panels',
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_config_arguments(parser, optional=True)
    parser.add_argument('checkpoint', help='the checkpoint (.pth)')
    parser.add_argument('source', help='a picture, or a folder of pictures')
    parser.add_argument('--out', default='predictions', help='folder for the panels (default: predictions)')
    return parser


def main() -> None:
    """Predict, draw, write."""
    args = build_parser().parse_args()
    from pathlib import Path

    from PIL import Image
    from tqdm import tqdm

    from mtlbench.engine.launch import load_learner
    from mtlbench.engine.predict import Predictor, find_pictures

    pictures = find_pictures(args.source)
    predictor = Predictor(*load_learner(run_request(args), args.checkpoint))
    out = Path(args.out)
    out.mkdir(parents=True, exist_ok=True)
    for path in tqdm(pictures, unit='picture'):
        Image.fromarray(predictor.panel(path)).save(out / f'{path.stem}.png')
    print(f'{len(pictures)} panels in {out}')


if __name__ == '__main__':
    friendly(main)
