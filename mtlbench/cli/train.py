"""``tools/train.py``: train a config."""

from __future__ import annotations

import argparse

from mtlbench.cli.arguments import ToolParser, add_config_arguments, friendly, run_request

EXAMPLES = """examples:
  python tools/train.py configs/xtam/sd_vkitti2.py --profile mini     a small run on rendered data, in minutes
  python tools/train.py configs/xtam/sdn_vkitti2.py                   the paper's settings
  python tools/train.py configs/xtam/sdn_vkitti2.py --resume          go on with it after an interruption
  torchrun --nproc_per_node=2 tools/train.py configs/xtam/sd_vkitti2.py --launcher pytorch
"""
GO_ON = 'add --resume to go on from the newest checkpoint'


def build_parser() -> argparse.ArgumentParser:
    """The tool's arguments."""
    parser = ToolParser(
        prog='train.py',
        description='Trains a config, evaluates it at the end, and writes the result record (result.json).',
        epilog=EXAMPLES,
    )
    add_config_arguments(parser)
    parser.add_argument('--work-dir', help='folder of the run (default: work_dirs/PROFILE/RECIPE/METHOD/CONFIG/seedN)')
    parser.add_argument('--resume', action='store_true', help='go on from the newest checkpoint in the folder, if any')
    parser.add_argument(
        '--change',
        nargs='+',
        default=[],
        metavar='KEY',
        help='with --resume: settings that may differ from those of the run so far, such as train_cfg.max_iters; they '
        'count from there on, and the record tells. Other differences are refused',
    )
    parser.add_argument(
        '--starts-from',
        help='folder of the finished run that gives the first weights, where the config starts from one',
    )
    parser.add_argument('--seed', type=int, help='seed of weights, order and augmentation (default: as in the config)')
    parser.add_argument('--amp', action='store_true', help='train in mixed precision (bfloat16)')
    parser.add_argument('--compile', action='store_true', help='compile the parts of the network with torch.compile')
    parser.add_argument('--launcher', default='none', choices=['none', 'pytorch', 'slurm'], help='how processes start')
    # torchrun of older versions passes the rank as an argument.
    parser.add_argument('--local_rank', '--local-rank', type=int, default=0, help=argparse.SUPPRESS)
    return parser


def main() -> None:
    """Train."""
    args = build_parser().parse_args()
    from mtlbench.engine.launch import train

    record = train(run_request(args), resume=args.resume, may_change=args.change)
    print(f'result record: {record}')


if __name__ == '__main__':
    friendly(main)
