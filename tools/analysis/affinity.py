"""Compare CCAM's pooled products as one matrix product with the explicit (N, C, C, H, W) tensor of the paper."""

from __future__ import annotations

import argparse
import time
from typing import TYPE_CHECKING

from speed import parse_size

from mtlbench.cli.arguments import ToolParser, friendly, whole

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import Tensor


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of the tool."""
    parser = ToolParser(
        description=__doc__,
        epilog='example:\n  python tools/analysis/affinity.py --channels 64 --size 64x64',
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


def literal_products(first: Tensor, second: Tensor) -> Tensor:
    """Each channel times all channels of the other task, then the mean over the image."""
    return (first[:, :, None] * second[:, None]).mean((3, 4))


def measure(products: Callable[[Tensor, Tensor], Tensor], maps: list[Tensor], rounds: int) -> tuple[float, int, Tensor]:
    """Seconds and bytes of a forward and a backward pass, and the products."""
    from mtlbench.analysis.memory import peak_bytes

    def once() -> Tensor:
        result = products(*maps)
        result.sum().backward()
        return result.detach()

    times = []
    for _ in range(rounds):
        start = time.perf_counter()
        once()
        times.append(time.perf_counter() - start)
    for one in maps:
        one.grad = None
    return min(times), peak_bytes(once), once()


if __name__ == '__main__':
    friendly(main)
