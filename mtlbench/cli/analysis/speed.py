"""Measure the time of a training step and the fraction of the machine's peak that it reaches."""

import argparse

from mtlbench.cli.arguments import ToolParser, add_config_arguments, friendly, parse_size, whole


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of the tool."""
    parser = ToolParser(
        'analyze speed',
        description=__doc__,
        epilog='example:\n  mtlbench analyze speed configs/xtam/sdn_vkitti2.py --size 160x512',
    )
    add_config_arguments(parser)
    parser.add_argument(
        '--size', type=parse_size, default=(160, 512), help='image size, HEIGHTxWIDTH (default: 160x512)'
    )
    parser.add_argument('--batch-size', type=whole(1), default=2, help='images per step (default: 2)')
    parser.add_argument('--steps', type=whole(1), default=5, help='measured steps after two warm-up steps (default: 5)')
    parser.add_argument('--dtype', choices=['float32', 'bfloat16', 'float16'], default='float32')
    parser.add_argument('--threads', type=whole(1), help='CPU threads (default: all)')
    return parser


def main() -> None:
    """Measure and print."""
    args = build_parser().parse_args()
    import torch
    from prettytable import PrettyTable

    from mtlbench.analysis.speed import measure_step
    from mtlbench.config import load_config

    if args.threads:
        torch.set_num_threads(args.threads)
    cfg = load_config(args.config, args.profile, args.recipe, args.cfg_options, args.data_root)
    report = measure_step(cfg, args.size, args.batch_size, args.steps, getattr(torch, args.dtype))
    table = PrettyTable(['what', 'value'], align='l')
    loading = 'no dataset found' if report.data_s != report.data_s else f'{report.data_s:.3f} s per batch'
    table.add_rows(
        [
            ['data', loading],
            ['forward', f'{report.forward_s:.3f} s'],
            ['backward', f'{report.backward_s:.3f} s'],
            ['optimizer', f'{report.optimizer_s:.3f} s'],
            ['step (without data)', f'{report.step_s:.3f} s'],
            ['work', f'{report.gflop:.0f} GFLOP per step'],
            ['rate', f'{report.gflop / report.step_s:.0f} GFLOP/s'],
            ['matrix-product peak', f'{report.peak_gflops:.0f} GFLOP/s'],
            ['share of peak', f'{100 * report.share_of_peak:.0f} %'],
            ['peak memory', f'{report.memory_mb:.0f} MB'],
        ]
    )
    print(table)


if __name__ == '__main__':
    friendly(main)
