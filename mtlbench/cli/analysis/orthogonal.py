"""Measure the fraction of a training step that the orthogonal regularization takes."""

import argparse

from mtlbench.cli.arguments import ToolParser, add_config_arguments, friendly, parse_size, run_request, whole


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of the tool."""
    parser = ToolParser(
        'analyze orthogonal',
        description=__doc__,
        epilog='example:\n  mtlbench analyze orthogonal ccam/sd_cityscapes_372_affinemix_or --size 512x512',
    )
    add_config_arguments(parser)
    parser.add_argument(
        '--size', type=parse_size, default=(512, 512), help='image size, HEIGHTxWIDTH (default: 512x512)'
    )
    parser.add_argument('--batch-size', type=whole(1), default=2, help='images per stream (default: 2)')
    parser.add_argument(
        '--rounds', type=whole(1), default=3, help='measured rounds after one warm-up round (default: 3)'
    )
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
