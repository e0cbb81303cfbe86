"""Draw the result of each registered mixer for an image and its partner, with their labels."""

from __future__ import annotations

import argparse
from pathlib import Path

from mtlbench.cli.arguments import ToolParser, add_config_arguments, friendly, whole
from mtlbench.errors import ConfigError


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of the tool."""
    parser = ToolParser(
        'analyze mixers',
        description=__doc__,
        epilog='example:\n  mtlbench analyze mixers cityscapes_19 --profile mini --samples 3 12 --seed 1',
    )
    add_config_arguments(parser)
    parser.add_argument(
        '--samples', type=int, nargs=2, default=(0, 1), help='indices in the validation data (default: 0 1)'
    )
    parser.add_argument('--seed', type=whole(0), default=0, help='seed of all mixers (default: 0)')
    parser.add_argument('--out', type=Path, default='mixers.png', help='image to write (default: mixers.png)')
    return parser


def main() -> None:
    """Draw the image and print its path."""
    args = build_parser().parse_args()
    from PIL import Image

    from mtlbench.analysis.mixer_sheet import draw_mixers
    from mtlbench.config import load_data_config
    from mtlbench.registry import DATASETS, TASKS

    cfg = load_data_config(args.config, args.profile, args.recipe, args.cfg_options, args.data_root)
    if missing := {'semseg', 'depth'} - set(cfg.tasks):
        raise ConfigError(f'{args.config} has no task {" and ".join(sorted(missing))}; the mixers need both')
    dataset = DATASETS.build(cfg.val_dataloader.dataset)
    if unknown := [number for number in args.samples if not 0 <= number < len(dataset)]:
        raise ConfigError(
            f'--samples {unknown[0]}: expected an index from 0 to {len(dataset) - 1} of the validation data'
        )
    task = TASKS.build(cfg.tasks.semseg)
    samples = [dataset[number] for number in args.samples]
    Image.fromarray(draw_mixers(samples, task, args.seed)).save(args.out)
    print(args.out)


if __name__ == '__main__':
    friendly(main)
