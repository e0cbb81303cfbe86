"""``mtlbench robustness``: measure a network under noise, attacks and corruptions."""

from __future__ import annotations

import argparse
from pathlib import Path

from mtlbench.cli.arguments import ToolParser, add_config_arguments, add_run_argument, friendly, run_request, whole
from mtlbench.cli.friendly import REPEAT

GO_ON = REPEAT


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of the tool."""
    parser = ToolParser(
        'robustness',
        description='Evaluate a checkpoint on perturbed images. For each strength, measure the metrics of every task '
        'and the ratio Q of perturbed to clean quality. The results (json) and a plot are written beside the '
        'checkpoint. Strengths in the json file are not measured again, so an interrupted evaluation can continue.',
        epilog='example:\n  mtlbench robustness work_dirs/.../seed42 --perturbations fgsm pgd fog --attack depth',
    )
    add_config_arguments(parser, optional=True)
    add_run_argument(parser)
    parser.add_argument(
        '--perturbations',
        nargs='+',
        default=['paper'],
        metavar='NAME',
        help='perturbations of configs/_base_/robustness/perturbations.py, or groups: paper (default: gaussian, '
        'salt_pepper, fgsm, pgd), attacks, corruptions, clean (none)',
    )
    parser.add_argument(
        '--epsilons',
        nargs='+',
        type=float,
        metavar='E',
        help='strengths in gray values (default: 0.25 0.5 1 2 4 8 16); corruptions always use severities 1 to 5',
    )
    parser.add_argument(
        '--attack', nargs='+', default=[], metavar='TASK', help="tasks to attack (default: the config's first task)"
    )
    parser.add_argument(
        '--on', metavar='DATASET', help="dataset to evaluate, such as kitti_stereo (default: the config's)"
    )
    parser.add_argument('--split', help="split to evaluate (default: the config's)")
    parser.add_argument('--out', metavar='DIR', help='folder for the results (default: the folder of the checkpoint)')
    parser.add_argument(
        '--images', type=whole(0), default=0, metavar='N', help='also draw the predictions for the first N images'
    )
    parser.add_argument('--noise-seed', type=whole(0), default=0, help='seed of all noise (default: 0)')
    return parser


def main() -> None:
    """Measure the checkpoint and print a table per perturbation."""
    args = build_parser().parse_args()
    from mtlbench.engine.hooks.checkpoint import last_checkpoint
    from mtlbench.robustness.evaluate import Question, evaluate
    from mtlbench.robustness.show import draw, table

    results = evaluate(
        Question(
            request=run_request(args),
            checkpoint=str(last_checkpoint(Path(args.checkpoint))),
            perturbations=args.perturbations,
            strengths=args.epsilons,
            attacked=args.attack,
            dataset=args.on,
            split=args.split,
            out=args.out,
            seed=args.noise_seed,
            images=args.images,
        ),
        lambda results, curve: print(table(results, curve), flush=True),
    )
    print(f'results: {results.path}')
    if not results.curves:
        return
    image = results.path.with_suffix('.png')
    try:
        draw(results, image)
    except ModuleNotFoundError:
        print("no plot: matplotlib is not installed; install it with pip install 'mtlbench[report]'")
    else:
        print(f'curves: {image}')


if __name__ == '__main__':
    friendly(main)
