"""``mtlbench check``: check a copy of a dataset for missing, damaged or implausible files."""

from __future__ import annotations

import argparse
import os
import sys

from mtlbench.cli.arguments import ToolParser, add_config_arguments, friendly, whole

EXAMPLES = """examples:
  mtlbench check vkitti2                        all frames of data/vkitti2 with all labels
  mtlbench check cityscapes --root /data/cs     another folder
  mtlbench check cityscapes --split test --tasks depth
  mtlbench check xtam/sdn_vkitti2 --profile mini     the data of a run

The exit status is 1 if a problem was found.
"""


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of the tool."""
    parser = ToolParser(
        'check',
        description='Read every frame of the datasets of a config and report missing, damaged or implausible content.',
        epilog=EXAMPLES,
    )
    add_config_arguments(parser)
    parser.add_argument('--split', nargs='+', help="splits to read (default: the splits of the config's streams)")
    parser.add_argument('--tasks', nargs='*', help='read labels of these tasks only; may be empty (default: all tasks)')
    parser.add_argument('--limit', type=whole(1), help='read at most this many evenly spaced frames per split')
    parser.add_argument(
        '--jobs', type=whole(1), default=os.cpu_count() or 1, help='number of processes (default: one per core)'
    )
    return parser


def main() -> None:
    """Print a report and exit with 1 if a problem was found."""
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
    print(f'problems found: {wrong}' if wrong else 'no problems found')
    sys.exit(1 if wrong else 0)


if __name__ == '__main__':
    friendly(main)
