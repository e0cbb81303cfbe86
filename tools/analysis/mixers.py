"""Draws what each registered mixer makes of an image and its partner, with their labels."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from mtlbench.cli.arguments import ToolParser, add_config_arguments, friendly, whole
from mtlbench.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from mtlbench.mixers import Views
    from mtlbench.tasks import SemSegTask
    from mtlbench.visualization import Tile


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
    import torch
    from PIL import Image

    from mtlbench.config import load_data_config
    from mtlbench.registry import DATASETS, MIXERS, TASKS
    from mtlbench.visualization import draw_sheet

    cfg = load_data_config(args.config, args.profile, args.recipe, args.cfg_options, args.data_root)
    if missing := {'semseg', 'depth'} - set(cfg.tasks):
        raise ConfigError(f'{args.config} has no task {" and ".join(sorted(missing))}; mixers go by classes and depth')
    dataset = DATASETS.build(cfg.val_dataloader.dataset)
    if unknown := [number for number in args.samples if not 0 <= number < len(dataset)]:
        raise ConfigError(f'--samples {unknown[0]}: the validation data has the numbers 0 to {len(dataset) - 1}')
    task = TASKS.build(cfg.tasks.semseg)
    views = views_of([dataset[number] for number in args.samples], task)
    rows = [[*tiles('image', views, 0, task), *tiles('partner', views, 1, task)]]
    MIXERS.import_from_location()
    for name, kind in MIXERS.module_dict.items():
        mixed = kind()(views, torch.Generator().manual_seed(args.seed))
        rows.append([*tiles(name, mixed, 0, task), *tiles('the other way round', mixed, 1, task)])
    Image.fromarray(draw_sheet(rows)).save(args.out)
    print(args.out)


def views_of(samples: list[Mapping[str, Any]], task: SemSegTask) -> Views:
    """Samples with labels of classes and depth, as a mixer takes them."""
    import torch

    from mtlbench.mixers import Views
    from mtlbench.structures import IGNORE_INDEX

    labels, depth = (torch.stack([one['data_samples'].label(name) for one in samples]) for name in ('semseg', 'depth'))
    return Views(
        images=torch.stack([sample['inputs'] for sample in samples]) / 255,
        labels=labels,
        confidence=(labels != IGNORE_INDEX).float(),
        depth=depth,
        center=torch.stack([torch.as_tensor(one['data_samples'].intrinsics)[:2, 2] for one in samples]).float(),
        classes=task.class_set.classes,
    )


def tiles(caption: str, views: Views, number: int, task: SemSegTask) -> list[Tile]:
    """An image and its labels."""
    from mtlbench.visualization import Tile

    image = (255 * views.images[number]).round().byte().permute(1, 2, 0).numpy()
    return [Tile(caption, image), Tile('labels', task.draw(views.labels[number]))]


if __name__ == '__main__':
    friendly(main)
