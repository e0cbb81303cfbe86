"""``tools/browse_dataset.py``: see what a network is fed with."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from mtlbench.cli.arguments import add_config_arguments, friendly

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np

    from mtlbench.tasks import Task


def build_parser() -> argparse.ArgumentParser:
    """The tool's arguments."""
    parser = argparse.ArgumentParser(
        prog='browse_dataset.py',
        description='Draws the samples of a config as the network gets them, after all transforms: the picture beside '
        'the label of each task.',
        epilog='example:\n  python tools/browse_dataset.py configs/xtam/sdn_vkitti2.py --split train --count 8',
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_config_arguments(parser)
    parser.add_argument('--split', default='train', choices=['train', 'val'], help='default: train')
    parser.add_argument('--out', default='browse', help='folder for the pictures (default: browse)')
    parser.add_argument('--count', type=int, default=4, help='samples of each stream (default: 4)')
    return parser


def draw_sample(sample: Mapping[str, Any], tasks: Mapping[str, Task]) -> np.ndarray:
    """A panel of the picture and the labels that the sample has.

    Args:
        sample: ``inputs`` and ``data_samples``, as a dataset gives them.
        tasks: The tasks by name, to draw their labels.

    Returns:
        (H, W, 3) uint8 RGB.
    """
    from mtlbench.visualization import Tile, draw_panel

    labels = sample['data_samples']
    tiles = [Tile(f'picture ({labels.domain})', sample['inputs'].permute(1, 2, 0).numpy())]
    tiles += [Tile(name, task.draw(labels.label(name))) for name, task in tasks.items() if labels.has_label(name)]
    return draw_panel(tiles)


def main() -> None:
    """Draw, write, and say where."""
    args = build_parser().parse_args()
    from itertools import islice
    from pathlib import Path

    from PIL import Image

    from mtlbench.config import load_config
    from mtlbench.registry import DATA_SAMPLERS, DATASETS, TASKS

    cfg = load_config(args.config, args.profile, args.recipe, args.cfg_options, args.data_root)
    tasks = {name: TASKS.build(task) for name, task in cfg.tasks.items()}
    loaders = cfg.train_dataloader if args.split == 'train' else {'val': cfg.val_dataloader}
    out = Path(args.out)
    out.mkdir(parents=True, exist_ok=True)
    for stream, loader in loaders.items():
        dataset = DATASETS.build(loader.dataset)
        seed = cfg.randomness.seed
        tickets = DATA_SAMPLERS.build(loader.sampler, default_args={'dataset': dataset, 'seed': seed})
        for number, ticket in enumerate(islice(tickets, args.count)):
            sample, path = dataset[ticket], out / f'{stream}_{number:03d}.png'
            Image.fromarray(draw_sample(sample, tasks)).save(path)
            print(f'{path}  {sample["data_samples"].img_path}')


if __name__ == '__main__':
    friendly(main)
