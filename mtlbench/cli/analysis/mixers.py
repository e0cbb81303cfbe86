"""Draws what each registered mixer makes of an image and its partner, with their labels."""

from __future__ import annotations

import argparse
from pathlib import Path

from mtlbench.cli.arguments import ToolParser, add_config_arguments, friendly, whole
from mtlbench.errors import ConfigError


def build_parser() -> argparse.ArgumentParser:
    """The tool's arguments."""
    parser = ToolParser(
        description=__doc__,
        epilog='example:\n  python tools/analysis/mixers.py cityscapes_19 --profile mini --samples 3 12 --seed 1',
    )
    add_config_arguments(parser)
    parser.add_argument(
        '--samples', type=int, nargs=2, default=(0, 1), help='numbers in the validation data (default 0 1)'
    )
    parser.add_argument('--seed', type=whole(0), default=0, help='of all that mixers draw (default 0)')
    parser.add_argument('--out', type=Path, default='mixers.png', help='the image to write (default mixers.png)')
    return parser


def main() -> None:
    """Draw, write, and say where."""
    args = build_parser().parse_args()
    from PIL import Image

    from mtlbench.analysis.mixer_sheet import draw_mixers
    from mtlbench.config import load_data_config
    from mtlbench.registry import DATASETS, TASKS

    cfg = load_data_config(args.config, args.profile, args.recipe, args.cfg_options, args.data_root)
    if missing := {'semseg', 'depth'} - set(cfg.tasks):
        raise ConfigError(f'{args.config} has no task {" and ".join(sorted(missing))}; mixers go by classes and depth')
    dataset = DATASETS.build(cfg.val_dataloader.dataset)
    if unknown := [number for number in args.samples if not 0 <= number < len(dataset)]:
        raise ConfigError(f'--samples {unknown[0]}: the validation data has the numbers 0 to {len(dataset) - 1}')
    task = TASKS.build(cfg.tasks.semseg)
    samples = [dataset[number] for number in args.samples]
    Image.fromarray(draw_mixers(samples, task, args.seed)).save(args.out)
    print(args.out)


if __name__ == '__main__':
    friendly(main)
