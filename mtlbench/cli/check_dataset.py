"""``tools/check_dataset.py``: whether a copy of a dataset is complete, and holds what it should."""

from __future__ import annotations

import argparse
import os
import sys

from mtlbench.cli.arguments import ToolParser, add_config_arguments, friendly, positive

EXAMPLES = """examples:
  python tools/check_dataset.py vkitti2                        all frames of data/vkitti2, with all their labels
  python tools/check_dataset.py cityscapes --root /data/cs     another folder
  python tools/check_dataset.py cityscapes --split test --tasks depth
  python tools/check_dataset.py xtam/sdn_vkitti2 --profile mini     the data of a run

The exit status is 1 when something is wrong.
"""


def build_parser() -> argparse.ArgumentParser:
    """The tool's arguments."""
    parser = ToolParser(
        prog='check_dataset.py',
        description='Reads every frame of the datasets of a config, and says what is missing, damaged or implausible.',
        epilog=EXAMPLES,
    )
    add_config_arguments(parser)
    parser.add_argument('--split', nargs='+', help="these splits (default: those of the config's streams)")
    parser.add_argument('--tasks', nargs='*', help='read the labels of these tasks (default: of all; may be none)')
    parser.add_argument('--limit', type=positive, help='read no more than so many frames of each split, evenly spread')
    parser.add_argument('--jobs', type=positive, default=os.cpu_count() or 1, help='processes (default: one a core)')
    return parser


def main() -> None:
    """Check, tell, and exit with 1 when something is wrong."""
    os.environ.setdefault('OMP_NUM_THREADS', '1')  # the work is spread over processes; they inherit this
    args = build_parser().parse_args()
    from mtlbench.config import load_data_config
    from mtlbench.datasets.check import check_splits, draw_report
    from mtlbench.datasets.check.split import streams_of

    cfg = load_data_config(args.config, args.profile, args.recipe, args.cfg_options, args.data_root)
    streams = streams_of({**cfg.train_dataloader, 'val': cfg.val_dataloader}, args.split)
    if args.tasks is not None:
        streams = {name: {**config, 'tasks': args.tasks} for name, config in streams.items()}
    reports = check_splits(streams, args.jobs, args.limit)
    for report in reports:
        print(draw_report(report), end='\n\n')
    wrong = sum(report.wrong for report in reports)
    print(f'found wrong: {wrong}' if wrong else 'nothing is wrong')
    sys.exit(1 if wrong else 0)


if __name__ == '__main__':
    friendly(main)
