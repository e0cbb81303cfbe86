"""Measure the fraction of a training step that the exchanges take, and the memory of their attention by size."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from mtlbench.cli.arguments import ToolParser, add_bench_arguments, add_config_arguments, friendly, run_request

if TYPE_CHECKING:
    from mmengine.config import Config


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of the tool."""
    parser = ToolParser(
        'analyze exchange',
        description=__doc__,
        epilog='example:\n  mtlbench analyze exchange xtam/sdne_nyudv2 --size 448x576',
    )
    add_config_arguments(parser)
    add_bench_arguments(parser, '448x576')
    parser.add_argument(
        '--memory-only', action='store_true', help='skip the training step, which takes most of the time'
    )
    return parser


def main() -> None:
    """Measure and print."""
    args = build_parser().parse_args()
    from prettytable import PrettyTable

    from mtlbench.engine.launch import configure

    cfg = configure(run_request(args))
    table = PrettyTable(['what', 'value'], align='l')
    if not args.memory_only:
        table.add_rows(cost_rows(cfg, args))
    table.add_rows(memory_rows(cfg, args))
    print(table)


def cost_rows(cfg: Config, args: argparse.Namespace) -> list[list[str]]:
    """Return table rows with the time and operations of the exchanges and of the step."""
    from mtlbench.analysis.exchange_cost import measure_exchange

    cost = measure_exchange(cfg, args.size, args.batch_size, args.rounds)
    return [
        ['training step', f'{cost.step_s:.3f} s, {cost.step_gflop:.0f} GFLOP'],
        ['exchanges, forward and backward', f'{cost.exchange_s:.3f} s, {cost.exchange_gflop:.0f} GFLOP'],
        ['fraction of the time', f'{100 * cost.exchange_s / cost.step_s:.1f} %'],
        ['fraction of the operations', f'{100 * cost.exchange_gflop / cost.step_gflop:.1f} %'],
    ]


def memory_rows(cfg: Config, args: argparse.Namespace) -> list[list[str]]:
    """Return table rows with the memory of one attention direction at the given size and at four times its area."""
    from mtlbench.analysis.exchange_cost import attention_memory

    return [
        [
            f'attention of one direction at level {one.level}, {one.area}x area',
            f'{one.held / 1e6:.1f} MB (a full correlation matrix alone would take {one.matrix / 1e6:.1f} MB)',
        ]
        for one in attention_memory(cfg, args.size, args.batch_size)
    ]


if __name__ == '__main__':
    friendly(main)
