"""Measure the time and the memory of a training step by balancer, in relation to fixed weights."""

import argparse

from mtlbench.cli.arguments import ToolParser, add_bench_arguments, add_config_arguments, friendly, run_request

A_FEW = ('UncertaintyWeights', 'DWA', 'FAMO', 'PCGrad', 'NashMTL', 'GradDrop')


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of the tool."""
    parser = ToolParser(
        'analyze balancers',
        description=__doc__,
        epilog='example:\n  mtlbench analyze balancers xtam/sdn_vkitti2 --size 160x512 --balancers PCGrad FAMO',
    )
    add_config_arguments(parser)
    parser.add_argument(
        '--balancers',
        nargs='+',
        default=A_FEW,
        metavar='CLASS',
        help=f"balancers beside FixedWeights, or 'all' (default: {' '.join(A_FEW)})",
    )
    add_bench_arguments(parser, '160x512')
    return parser


def main() -> None:
    """Measure and print."""
    args = build_parser().parse_args()
    from prettytable import PrettyTable

    from mtlbench.analysis.balancer_cost import measure_balancers
    from mtlbench.engine.cost import device_name
    from mtlbench.engine.launch import configure
    from mtlbench.registry import BALANCERS

    cfg = configure(run_request(args))
    names = list(BALANCERS.module_dict) if args.balancers == ['all'] else args.balancers
    table = PrettyTable(['balancer', 'gradients on', 'step', 'relative to fixed', 'memory above fixed'], align='l')
    for cost in measure_balancers(cfg, names, args.size, args.batch_size, args.rounds):
        memory = f'{cost.memory / 1e6:.1f} MB'
        table.add_row([cost.balancer, cost.gradients_on or '-', f'{cost.step_s:.3f} s', f'{cost.ratio:.2f}', memory])
    print(table, f'device: {device_name()}', sep='\n')


if __name__ == '__main__':
    friendly(main)
