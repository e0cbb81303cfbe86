"""``mtlbench train``: train a config."""

from __future__ import annotations

import argparse

from mtlbench.cli.arguments import ToolParser, add_config_arguments, friendly, run_request

EXAMPLES = """examples:
  mtlbench train configs/xtam/sd_vkitti2.py --profile mini     a small run on rendered data, in minutes
  mtlbench train configs/xtam/sdn_vkitti2.py                   the paper's settings
  mtlbench train configs/xtam/sdn_vkitti2.py --resume          continue after an interruption
  torchrun --nproc_per_node=2 -m mtlbench train configs/xtam/sd_vkitti2.py --launcher pytorch
"""
GO_ON = 'add --resume to continue from the newest checkpoint'


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of the tool."""
    parser = ToolParser(
        'train',
        description='Train a config, evaluate it at the end, and write the result record (result.json).',
        epilog=EXAMPLES,
    )
    add_config_arguments(parser)
    parser.add_argument('--work-dir', help='run folder (default: work_dirs/PROFILE/RECIPE/METHOD/CONFIG/seedN)')
    parser.add_argument(
        '--resume', action='store_true', help='continue from the newest checkpoint in the run folder, if any'
    )
    parser.add_argument(
        '--change',
        nargs='+',
        default=[],
        metavar='KEY',
        help='with --resume: settings that may differ from the run so far, such as train_cfg.max_iters. They apply '
        'from then on and are listed in the record. Other differences are rejected',
    )
    parser.add_argument(
        '--starts-from',
        help='folder of the finished run that provides the initial weights, if the config starts from a run',
    )
    parser.add_argument(
        '--seed', type=int, help='seed of weights, sample order and augmentation (default: as in the config)'
    )
    parser.add_argument('--amp', action='store_true', help='train in mixed precision (bfloat16)')
    parser.add_argument('--compile', action='store_true', help='compile the network with torch.compile')
    parser.add_argument(
        '--log',
        '--log-to',  # torchrun takes --log for one of its own options
        nargs='+',
        action='extend',
        default=[],
        metavar='NAME',
        help='also log curves and images with tensorboard, wandb or mlflow, offline, to the folder of that name in the '
        'run folder',
    )
    parser.add_argument(
        '--launcher',
        default='none',
        choices=['none', 'pytorch', 'slurm'],
        help='launcher of the processes (default: none)',
    )
    # Older versions of torchrun pass the rank as an argument.
    parser.add_argument('--local_rank', '--local-rank', type=int, default=0, help=argparse.SUPPRESS)
    return parser


def main() -> None:
    """Train the config and print the path of the record."""
    args = build_parser().parse_args()
    from mtlbench.engine.launch import train

    record = train(run_request(args), resume=args.resume, may_change=args.change)
    print(f'result record: {record}')


if __name__ == '__main__':
    friendly(main)
