"""``tools/test.py``: evaluate a checkpoint."""

from __future__ import annotations

import argparse

from mtlbench.cli.arguments import add_config_arguments, friendly, run_request


def build_parser() -> argparse.ArgumentParser:
    """The tool's arguments."""
    parser = argparse.ArgumentParser(
        prog='test.py',
        description='Evaluates a checkpoint on the validation data of its config and prints every metric.',
        epilog='example:\n  python tools/test.py configs/xtam/sd_vkitti2.py work_dirs/.../iter_40000.pth',
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_config_arguments(parser, optional=True)
    parser.add_argument('checkpoint', help='the checkpoint (.pth)')
    parser.add_argument('--work-dir', help="folder for the log (default: 'test' in the run's folder)")
    parser.add_argument('--out', help='also write the metrics to this json file')
    parser.add_argument('--draw', metavar='DIR', help='also draw what is predicted for every picture, beside its label')
    parser.add_argument('--launcher', default='none', choices=['none', 'pytorch', 'slurm'], help='how processes start')
    return parser


def main() -> None:
    """Evaluate, and print one line per metric."""
    args = build_parser().parse_args()
    import json
    import math
    from pathlib import Path

    from prettytable import PrettyTable

    from mtlbench.engine.launch import test

    metrics = test(run_request(args), args.checkpoint, args.draw)
    table = PrettyTable(['metric', 'value'], align='l')
    table.add_rows([[name, f'{value:.4f}'] for name, value in metrics.items()])
    print(table)
    if args.out:
        strict = {name: None if math.isnan(value) else value for name, value in metrics.items()}
        Path(args.out).write_text(json.dumps(strict, indent=2) + '\n')


if __name__ == '__main__':
    friendly(main)
