"""``mtlbench export``: write a trained network to files to share or deploy."""

from __future__ import annotations

import argparse
from pathlib import Path

from mtlbench.cli.arguments import (
    ToolParser,
    add_config_arguments,
    add_run_argument,
    friendly,
    parse_size,
    run_request,
)


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of the tool."""
    parser = ToolParser(
        'export',
        description='Write a trained network with its decoding to files, check each file against the network, and '
        'write a model card beside them. Inputs are RGB images in 0..255; outputs are ids, meters and unit vectors.',
        epilog='example:\n  mtlbench export work_dirs/.../seed42 --format safetensors onnx --license apache-2.0',
    )
    add_config_arguments(parser, optional=True)
    add_run_argument(parser)
    parser.add_argument(
        '--format',
        nargs='+',
        default=['safetensors'],
        metavar='FORMAT',
        help="formats: 'safetensors' (default) for mtlbench, 'onnx' for ONNX Runtime and others, 'torch-export' for "
        'torch without mtlbench',
    )
    parser.add_argument(
        '--out', type=Path, metavar='FOLDER', help="folder for the files (default: 'export' in the run folder)"
    )
    parser.add_argument(
        '--size', type=parse_size, metavar='HxW', help='only this height and width (default: any the network accepts)'
    )
    parser.add_argument(
        '--license',
        default='unknown',
        help="license of the weights for the card, such as apache-2.0 (default: 'unknown')",
    )
    return parser


def main() -> None:
    """Export the network, and print the files and their agreement with the network."""
    args = build_parser().parse_args()
    from prettytable import PrettyTable

    from mtlbench.export import export
    from mtlbench.export.card import UNKNOWN
    from mtlbench.utils.terminal import fitted

    done = export(args.checkpoint, args.format, args.out, args.size, args.license, run_request(args))
    table = PrettyTable(['format', 'output', 'largest difference', 'differing'], align='l')
    for one in done.agreements:
        largest = '' if one.largest is None else f'{one.largest:.3g}'
        table.add_row([one.format, one.task, largest, f'{100 * one.share:.3g} %'])
    print(fitted(table))
    for file in done.files:
        print(file)
    if args.license == UNKNOWN:
        print('note: the card states no license; set it with --license, or edit README.md')


if __name__ == '__main__':
    friendly(main)
