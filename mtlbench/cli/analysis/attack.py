"""Measure the time of an iterated attack in relation to its forward and backward passes."""

from __future__ import annotations

import argparse

from mtlbench.cli.arguments import ToolParser, add_config_arguments, friendly, run_request, whole


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of the tool."""
    parser = ToolParser(
        'analyze attack',
        description=__doc__,
        epilog='example:\n  mtlbench analyze attack xtam/sd_vkitti2 --iterations 10',
    )
    add_config_arguments(parser)
    parser.add_argument('--size', type=whole(1), nargs=2, default=[192, 640], metavar=('HEIGHT', 'WIDTH'))
    parser.add_argument('--batch', type=whole(1), default=1, help='images per batch (default: 1)')
    parser.add_argument('--iterations', type=whole(1), default=40, help='iterations of the attack (default: 40)')
    parser.add_argument('--rounds', type=whole(1), default=5, help='measured rounds (default: 5)')
    return parser


def main() -> None:
    """Measure and print."""
    args = build_parser().parse_args()
    from mtlbench.analysis.attack_cost import measure_attack
    from mtlbench.engine.launch import configure

    steps = args.iterations
    cost = measure_attack(configure(run_request(args)), tuple(args.size), args.batch, steps, args.rounds)
    print(f'{steps} x (forward + backward): {cost.passes_s:.2f} s; attack of {steps} steps: {cost.attack_s:.2f} s')
    print(f'median of the shares: {100 * cost.share:.1f} % of an attack')


if __name__ == '__main__':
    friendly(main)
