"""Measure the speed of a data loader process and the time of each step.

Without ``--data-root``, frames are first written to a temporary folder: full size, in the layout of Virtual KITTI 2,
with the detail and noise of photographs, so that decoding takes as long as for real files.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cv2
from prettytable import PrettyTable

from mtlbench.cli.arguments import ToolParser, friendly, whole

if TYPE_CHECKING:
    from mtlbench.datasets import MultiTaskDataset

STEPS = ('RandomFlip', 'NormalsFromDepth', 'PackSample')


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of the tool."""
    parser = ToolParser(
        'analyze loading', description=__doc__, epilog='example:\n  mtlbench analyze loading --frames 20 --tasks depth'
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
    """Write the frames, load them and print a report."""
    args = build_parser().parse_args()
    import torch

    from mtlbench.analysis.loading import VARIATION, write_frames
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
    """Load the frames and print the rate and the time of each stage."""
    from mtlbench.analysis.loading import measure_rate, measure_stages
    from mtlbench.datasets import Draw

    draws = [Draw(number % len(dataset), number) for number in range(frames)]
    rate = measure_rate(dataset, draws)
    table = PrettyTable(['stage', 'ms per image', 'share'], align='r')
    spent = measure_stages(dataset, draws)
    for stage, seconds in spent.items():
        table.add_row([stage, f'{1e3 * seconds / frames:.2f}', f'{100 * seconds / sum(spent.values()):.0f} %'])
    print(table)
    print(f'{rate:.1f} images/s in one process ({", ".join(dataset.tasks)}; {len(dataset)} frames)')


if __name__ == '__main__':
    friendly(main)
