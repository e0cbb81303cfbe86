"""Compare CCAM's pooled products as one matrix product with the explicit (N, C, C, H, W) tensor of the paper."""

from __future__ import annotations

import argparse

from mtlbench.cli.arguments import ToolParser, friendly, parse_size, whole


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of the tool."""
    parser = ToolParser(
        'analyze affinity',
        description=__doc__,
        epilog='example:\n  mtlbench analyze affinity --channels 64 --size 64x64',
    )
    parser.add_argument('--channels', type=whole(1), default=128, help='channels of both tasks (default: 128)')
    parser.add_argument(
        '--size', type=parse_size, default=(128, 128), help='size of the maps, HEIGHTxWIDTH (default: 128x128)'
    )
    parser.add_argument('--batch-size', type=whole(1), default=2, help='samples per batch (default: 2)')
    parser.add_argument(
        '--rounds', type=whole(1), default=3, help='measured rounds, of which the fastest counts (default: 3)'
    )
    return parser


def main() -> None:
    """Measure and print."""
    args = build_parser().parse_args()
    import torch
    from prettytable import PrettyTable

    from mtlbench.analysis.affinity_cost import literal_products, measure
    from mtlbench.models.exchanges.affinity import pooled_products

    shape = (args.batch_size, args.channels, *args.size)
    maps = [torch.rand(shape).requires_grad_() for _ in range(2)]
    table = PrettyTable(['way', 'forward and backward', 'memory'], align='l')
    found = {}
    for name, products in {'matrix product': pooled_products, 'tensor of the text': literal_products}.items():
        seconds, held, found[name] = measure(products, maps, args.rounds)
        table.add_row([name, f'{1000 * seconds:.0f} ms', f'{held / 1e6:.1f} MB'])
    difference = torch.sub(*found.values()).abs().max().item()
    print(table, f'largest difference: {difference:.1e}', sep='\n')


if __name__ == '__main__':
    friendly(main)
