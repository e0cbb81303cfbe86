"""``mtlbench browse``: draw the inputs of a network with their labels."""

from __future__ import annotations

import argparse
from io import BytesIO
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mtlbench.cli.arguments import ToolParser, add_config_arguments, friendly, whole
from mtlbench.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import numpy as np
    from mmengine.config import Config
    from numpy.typing import NDArray

    from mtlbench.tasks import Task
    from mtlbench.visualization import Tile

SHEET_QUALITY = 80
EXAMPLES = """examples:
  mtlbench browse vkitti2 --root data/rendered/vkitti2        a dataset with all its labels
  mtlbench browse xtam/sdn_vkitti2 --split train --count 8    the data of a run
  mtlbench browse kitti_raw --profile mini --sheet sheet.jpg  one small image with several samples
"""


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of the tool."""
    parser = ToolParser(
        'browse',
        description='Draw samples of a config or dataset as the network receives them, after all transforms: the '
        'image, its video neighbors, and the label of each task.',
        epilog=EXAMPLES,
    )
    add_config_arguments(parser)
    parser.add_argument('--split', default='train', choices=['train', 'val'], help='split to draw (default: train)')
    parser.add_argument('--out', type=Path, default='browse', help='folder for the images (default: browse)')
    parser.add_argument('--sheet', type=Path, metavar='FILE', help='write one small image with all samples instead')
    parser.add_argument('--count', type=whole(1), default=4, help='number of samples per stream (default: 4)')
    return parser


def draw_tiles(sample: Mapping[str, Any], tasks: Mapping[str, Task]) -> list[Tile]:
    """Return tiles of the image, its neighbors and its labels.

    Args:
        sample: Sample of a dataset with ``inputs`` and ``data_samples``.
        tasks: Tasks by name, which draw the labels.
    """
    from mtlbench.visualization import Tile

    labels = sample['data_samples']
    tiles = [Tile(f'image ({labels.domain})', sample['inputs'].permute(1, 2, 0).numpy())]
    if 'neighbors' in labels:
        for offset, frame in zip(labels.neighbor_offsets, labels.neighbors, strict=True):
            tiles.append(Tile(f'neighbor {offset:+d}', frame.permute(1, 2, 0).numpy()))
    return tiles + [Tile(name, task.draw(labels.label(name))) for name, task in tasks.items() if labels.has_label(name)]


def main() -> None:
    """Draw the samples and print the paths of the images."""
    args = build_parser().parse_args()
    if args.sheet:
        image_format(args.sheet)
    from mtlbench.config import load_data_config
    from mtlbench.registry import TASKS
    from mtlbench.visualization import draw_panel, draw_sheet

    cfg = load_data_config(args.config, args.profile, args.recipe, args.cfg_options, args.data_root)
    tasks = {name: TASKS.build(task) for name, task in cfg.tasks.items()}
    rows = []
    for name, sample in _samples(cfg, args.split, args.count):
        tiles = draw_tiles(sample, tasks)
        path = args.out / f'{name}.png'
        if args.sheet:
            rows.append(tiles)
        else:
            write_image(path, draw_panel(tiles))
        print(f'{args.sheet or path}  {sample["data_samples"].img_path}')
    if args.sheet:
        write_image(args.sheet, draw_sheet(rows))


def image_format(path: Path) -> str:
    """Return Pillow's name of the format that a path's suffix stands for.

    Raises:
        ConfigError: If no images are written with this suffix.
    """
    from PIL import Image

    known = Image.registered_extensions()
    written = known.get(path.suffix.lower())
    if written not in Image.SAVE:
        raise ConfigError(f"{path}: cannot write images with the suffix '{path.suffix}'; use .jpg or .png")
    return str(written)


def write_image(path: Path, pixels: NDArray[np.uint8]) -> None:
    """Write an image completely or not at all.

    Raises:
        ConfigError: If the suffix is not an image format or the file cannot be written.
    """
    from PIL import Image

    from mtlbench.utils.output import write_whole

    content = BytesIO()
    Image.fromarray(pixels).save(content, image_format(path), quality=SHEET_QUALITY)
    try:
        write_whole(path, content.getvalue())
    except OSError as error:
        raise ConfigError(f'{path} cannot be written ({error.strerror or error}); choose another path') from error


def _samples(cfg: Config, split: str, count: int) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield the first samples of each stream in the order of the data loader of a run."""
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
