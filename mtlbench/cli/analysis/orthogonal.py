"""Measure the fraction of a training step that the orthogonal regularization takes."""

import argparse

from mtlbench.cli.arguments import ToolParser, add_bench_arguments, add_config_arguments, friendly, run_request


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of the tool."""
    parser = ToolParser(
        'analyze orthogonal',
        description=__doc__,
        epilog='example:\n  mtlbench analyze orthogonal ccam/sd_cityscapes_372_affinemix_or --size 512x512',
    )
    add_config_arguments(parser)
    add_bench_arguments(parser, '512x512')
    return parser


def main() -> None:
    """Measure and print."""
    args = build_parser().parse_args()
    from prettytable import PrettyTable

    from mtlbench.analysis.orthogonal_cost import measure_orthogonal
    from mtlbench.engine.launch import configure

    cost = measure_orthogonal(configure(run_request(args)), args.size, args.batch_size, args.rounds)
    table = PrettyTable(['what', 'value'], align='l')
    table.add_rows(
        [
            ['convolutions', str(cost.convolutions)],
            ['training step', f'{cost.step_s:.3f} s'],
            ['regularization, forward and backward', f'{cost.term_s:.3f} s'],
            ['share of the time', f'{100 * cost.term_s / cost.step_s:.1f} %'],
        ]
    )
    print(table)


if __name__ == '__main__':
    friendly(main)
