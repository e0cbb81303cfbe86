"""Measure the fraction of a training step that the exchanges take, and the memory of their attention by size."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from speed import parse_size

from mtlbench.cli.arguments import ToolParser, add_config_arguments, friendly, run_request, whole

if TYPE_CHECKING:
    from mmengine.config import Config


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of the tool."""
    parser = ToolParser(
        description=__doc__,
        epilog='example:\n  python tools/analysis/exchange.py xtam/sdne_nyudv2 --size 448x576',
    )
    add_config_arguments(parser)
    parser.add_argument(
        '--size', type=parse_size, default=(448, 576), help='image size, HEIGHTxWIDTH (default: 448x576)'
    )
    parser.add_argument('--batch-size', type=whole(1), default=2, help='images per step (default: 2)')
    parser.add_argument(
        '--rounds', type=whole(1), default=3, help='measured rounds after one warm-up round (default: 3)'
    )
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
    """Time and operations of the exchanges beside those of the step."""
    from mtlbench.analysis.exchange_cost import measure_exchange

    cost = measure_exchange(cfg, args.size, args.batch_size, args.rounds)
    return [
        ['training step', f'{cost.step_s:.3f} s, {cost.step_gflop:.0f} GFLOP'],
        ['exchanges, forward and backward', f'{cost.exchange_s:.3f} s, {cost.exchange_gflop:.0f} GFLOP'],
        ['share of the time', f'{100 * cost.exchange_s / cost.step_s:.1f} %'],
        ['share of the operations', f'{100 * cost.exchange_gflop / cost.step_gflop:.1f} %'],
    ]


def memory_rows(cfg: Config, args: argparse.Namespace) -> list[list[str]]:
    """Memory of one direction's correlation attention, forward and backward, at the size and at four times its area."""
    import torch
    from mmengine.registry import init_default_scope

    from mtlbench.analysis.memory import peak_bytes
    from mtlbench.models.exchanges.correlation import SpatialAttention
    from mtlbench.registry import MODELS

    init_default_scope(cfg.default_scope)
    with torch.device('meta'):
        exchanges = MODELS.build(cfg.model).network.exchanges
    rows = []
    for level, exchange in exchanges.items():
        found = [part for part in exchange.modules() if isinstance(part, SpatialAttention)]
        for scale in (1, 2) if found else ():
            attention = found[0].to_empty(device='cpu')
            height, width = (scale * side // 2 ** int(level) for side in args.size)
            shape = (args.batch_size, exchange.channels, height, width)
            target, source = (torch.randn(shape).requires_grad_() for _ in range(2))
            held = peak_bytes(lambda one=attention, of=(target, source): one(*of).sum().backward())
            positions = [height * width // factor**2 for factor in (attention.target_factor, attention.source_factor)]
            matrix = 4 * args.batch_size * positions[0] * positions[1]
            rows.append(
                [
                    f'attention of one direction at level {level}, {scale**2}x area',
                    f'{held / 1e6:.1f} MB (the correlation of all with all alone would be {matrix / 1e6:.1f} MB)',
                ]
            )
    return rows


if __name__ == '__main__':
    friendly(main)
