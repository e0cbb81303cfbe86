"""Measure the speed of a data loader process and the time of each step.

Without ``--data-root``, frames are first written to a temporary folder: full size, in the layout of Virtual KITTI 2,
with the detail and noise of photographs, so that decoding takes as long as for real files.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
from PIL import Image
from prettytable import PrettyTable

from mtlbench.cli.arguments import ToolParser, friendly, whole

if TYPE_CHECKING:
    from mtlbench.datasets import Draw, MultiTaskDataset

HEIGHT, WIDTH = 375, 1242
INTRINSIC_HEADER = 'frame cameraID K[0,0] K[1,1] K[0,2] K[1,2]'
VARIATION = 'clone'
STEPS = ('RandomFlip', 'NormalsFromDepth', 'PackSample')
BATCH = 2


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of the tool."""
    parser = ToolParser(
        description=__doc__, epilog='example:\n  python tools/analysis/loading.py --frames 20 --tasks depth'
    )
    parser.add_argument('--frames', type=whole(1), default=60, help='frames to load (default: 60)')
    parser.add_argument(
        '--tasks', nargs='+', default=['semseg', 'depth'], help='tasks to load labels for (default: semseg depth)'
    )
    parser.add_argument('--size', type=whole(1), nargs=2, default=[320, 1024], metavar=('HEIGHT', 'WIDTH'))
    parser.add_argument('--dataset', default='VKITTI2Dataset', help='registered dataset (default: VKITTI2Dataset)')
    parser.add_argument('--class-set', default='vkitti2_14', help='class set (default: vkitti2_14)')
    parser.add_argument('--data-root', help='read this dataset instead of generated frames')
    return parser


def main() -> None:
    """Write the frames, load them, report."""
    args = build_parser().parse_args()
    import torch

    from mtlbench.registry import DATASETS

    cv2.setNumThreads(0)
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as folder:
        options: dict[str, Any] = {'data_root': args.data_root, 'split': 'train'}
        if not args.data_root:
            write_frames(Path(folder), args.frames)
            options = {'data_root': folder, 'split': 'val', 'split_protocol': 'by_scene', 'val_scenes': ['Scene01']}
            options['variations'] = [VARIATION]
        steps = [{'type': 'Resize', 'size': args.size}, *({'type': name} for name in STEPS)]
        dataset = DATASETS.build(
            {'type': args.dataset, 'class_set': args.class_set, 'tasks': args.tasks, 'pipeline': steps, **options}
        )
        report(dataset, args.frames)


def report(dataset: MultiTaskDataset, frames: int) -> None:
    """Load the frames twice, measure the second time, and print the shares of the stages."""
    from mtlbench.datasets import Draw

    draws = [Draw(number % len(dataset), number) for number in range(frames)]
    _load(dataset, draws[:BATCH])
    began = time.perf_counter()
    _load(dataset, draws)
    total = time.perf_counter() - began
    table = PrettyTable(['stage', 'ms an image', 'share'], align='r')
    spent = measure_stages(dataset, draws)
    for stage, seconds in spent.items():
        table.add_row([stage, f'{1e3 * seconds / frames:.2f}', f'{100 * seconds / sum(spent.values()):.0f} %'])
    print(table)
    print(f'{frames / total:.1f} images/s in one process ({", ".join(dataset.tasks)}; {len(dataset)} frames)')


def _load(dataset: MultiTaskDataset, draws: list[Draw]) -> None:
    from mmengine.dataset import pseudo_collate

    for start in range(0, len(draws), BATCH):
        pseudo_collate([dataset[draw] for draw in draws[start : start + BATCH]])


def measure_stages(dataset: MultiTaskDataset, draws: list[Draw]) -> Mapping[str, float]:
    """Seconds by stage: reading each kind of file, then each transform."""
    spent: dict[str, float] = {}
    fields = dict.fromkeys(dataset.label_fields[task] for task in dataset.tasks)
    for reader in ('read_image', 'read_intrinsics', *(f'read_{field}' for field in fields)):
        with _timed(spent, reader):
            for draw in draws:
                getattr(dataset, reader)(dataset.frames[draw.index])
    for draw in draws:
        results = dataset.read(draw.index) | {'rng': np.random.default_rng(draw.key)}
        for transform in dataset.transforms:
            with _timed(spent, type(transform).__name__):
                results = transform(results)
    return spent


class _timed:  # noqa: N801  reads as a statement
    """Adds the time spent inside to a dict."""

    def __init__(self, spent: dict[str, float], name: str) -> None:
        self.spent, self.name = spent, name

    def __enter__(self) -> None:
        self.began = time.perf_counter()

    def __exit__(self, *_: object) -> None:
        self.spent[self.name] = self.spent.get(self.name, 0.0) + time.perf_counter() - self.began


def write_frames(root: Path, count: int) -> None:
    """Frames of one scene in the genuine layout and encodings."""
    from mtlbench.datasets.vkitti2 import VKITTI2_14

    generator = np.random.default_rng(0)
    palette = np.array(VKITTI2_14.palette, np.uint8)
    base = root / 'Scene01' / VARIATION
    for number in range(count):
        image, ids, depth = _frame(generator)
        for modality, name, content in (
            ('rgb', f'rgb_{number:05d}.jpg', image),
            ('classSegmentation', f'classgt_{number:05d}.png', palette[ids]),
            ('depth', f'depth_{number:05d}.png', depth),
        ):
            path = base / 'frames' / modality / 'Camera_0' / name
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(content).save(path, **({'quality': 92} if path.suffix == '.jpg' else {}))
    rows = [f'{number} 0 725.0087 725.0087 620.5 187' for number in range(count)]
    (base / 'intrinsic.txt').write_text('\n'.join([INTRINSIC_HEADER, *rows, '']))


def _frame(generator: np.random.Generator) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """An image with detail at all scales, patches of classes, and a depth map with slopes, edges and noise."""

    def noise(cell: int) -> np.ndarray:
        coarse = generator.normal(size=(HEIGHT // cell + 2, WIDTH // cell + 2))
        return cv2.resize(coarse, (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC)

    detail = sum(cell**0.7 * noise(cell) for cell in (2, 8, 32, 128))
    color = np.stack([noise(64) for _ in range(3)], axis=-1) * 20
    image = np.clip(128 + 1.5 * detail[..., None] + color, 0, 255).astype(np.uint8)
    ids = (np.clip(noise(48) * 4 + 7, 0, 13)).astype(np.uint8)
    depth = np.clip(np.exp(noise(64) + 7.5) + ids * 150 + noise(1) * 2, 100, 65535).astype(np.uint16)
    return image, ids, depth


if __name__ == '__main__':
    friendly(main)
