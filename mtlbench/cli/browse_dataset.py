"""``tools/browse_dataset.py``: see what a network is fed with."""

from __future__ import annotations

import argparse
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mtlbench.cli.arguments import ToolParser, add_config_arguments, friendly

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from mmengine.config import Config

    from mtlbench.tasks import Task
    from mtlbench.visualization import Tile

EXAMPLES = """examples:
  python tools/browse_dataset.py vkitti2 --root data/rendered/vkitti2        a dataset, with all its labels
  python tools/browse_dataset.py xtam/sdn_vkitti2 --split train --count 8    the data of a run
  python tools/browse_dataset.py kitti_raw --profile mini --sheet sheet.jpg  one small picture of several samples
"""


def build_parser() -> argparse.ArgumentParser:
    """The tool's arguments."""
    parser = ToolParser(
        prog='browse_dataset.py',
        description='Draws the samples of a config, or of a dataset by its name, as the network gets them, after all '
        'transforms: the picture beside its neighbours in the video and the label of each task.',
        epilog=EXAMPLES,
    )
    add_config_arguments(parser)
    parser.add_argument('--split', default='train', choices=['train', 'val'], help='default: train')
    parser.add_argument('--out', type=Path, default='browse', help='folder for the pictures (default: browse)')
    parser.add_argument('--sheet', type=Path, metavar='FILE', help='write one small picture of all samples instead')
    parser.add_argument('--count', type=int, default=4, help='samples of each stream (default: 4)')
    return parser


def draw_tiles(sample: Mapping[str, Any], tasks: Mapping[str, Task]) -> list[Tile]:
    """The picture, its neighbours, and the labels that the sample has.

    Args:
        sample: ``inputs`` and ``data_samples``, as a dataset gives them.
        tasks: The tasks by name, to draw their labels.
    """
    from mtlbench.visualization import Tile

    labels = sample['data_samples']
    tiles = [Tile(f'picture ({labels.domain})', sample['inputs'].permute(1, 2, 0).numpy())]
    if 'neighbours' in labels:
        for offset, frame in zip(labels.neighbour_offsets, labels.neighbours, strict=True):
            tiles.append(Tile(f'neighbour {offset:+d}', frame.permute(1, 2, 0).numpy()))
    return tiles + [Tile(name, task.draw(labels.label(name))) for name, task in tasks.items() if labels.has_label(name)]


def main() -> None:
    """Draw, write, and say where."""
    args = build_parser().parse_args()
    from PIL import Image

    from mtlbench.config import load_data_config
    from mtlbench.registry import TASKS
    from mtlbench.visualization import draw_panel, draw_sheet

    cfg = load_data_config(args.config, args.profile, args.recipe, args.cfg_options, args.data_root)
    tasks = {name: TASKS.build(task) for name, task in cfg.tasks.items()}
    rows, folder = [], args.sheet.parent if args.sheet else args.out
    folder.mkdir(parents=True, exist_ok=True)
    for name, sample in _samples(cfg, args.split, args.count):
        tiles = draw_tiles(sample, tasks)
        path = args.out / f'{name}.png'
        if args.sheet:
            rows.append(tiles)
        else:
            Image.fromarray(draw_panel(tiles)).save(path)
        print(f'{args.sheet or path}  {sample["data_samples"].img_path}')
    if args.sheet:
        Image.fromarray(draw_sheet(rows)).save(args.sheet, quality=80)


def _samples(cfg: Config, split: str, count: int) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The first samples of each stream, as the loader of a run draws them."""
    import mmengine.dataset  # noqa: F401  registers the samplers of evaluation

    from mtlbench.registry import DATA_SAMPLERS, DATASETS

    seed = cfg.get('randomness', {}).get('seed', 0)
    for stream, loader in (cfg.train_dataloader if split == 'train' else {'val': cfg.val_dataloader}).items():
        dataset = DATASETS.build(loader.dataset)
        tickets = DATA_SAMPLERS.build(loader.sampler, default_args={'dataset': dataset, 'seed': seed})
        for number, ticket in enumerate(islice(tickets, count)):
            yield f'{stream}_{number:03d}', dataset[ticket]


if __name__ == '__main__':
    friendly(main)
