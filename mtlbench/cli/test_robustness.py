"""``tools/test_robustness.py``: how much of its quality a network keeps under noise and attacks."""

from __future__ import annotations

import argparse
from pathlib import Path

from mtlbench.cli.arguments import ToolParser, add_config_arguments, friendly, run_request, whole

GO_ON = 'the same command goes on from here'


def build_parser() -> argparse.ArgumentParser:
    """The tool's arguments."""
    parser = ToolParser(
        prog='test_robustness.py',
        description='Evaluates a checkpoint on perturbed images: the scores of every task and the ratio Q of what is '
        'kept of the clean quality, for each strength. Writes a json and an image of the curves beside the '
        'checkpoint. What is in the json already is not measured again; an interrupted run goes on where it was.',
        epilog='example:\n  python tools/test_robustness.py work_dirs/.../seed42 --perturbations fgsm pgd fog '
        '--attack depth',
    )
    add_config_arguments(parser, optional=True)
    parser.add_argument('checkpoint', help='the checkpoint (.pth), or the folder of a run: its last one')
    parser.add_argument(
        '--perturbations',
        nargs='+',
        default=['paper'],
        metavar='NAME',
        help='names from configs/_base_/robustness/perturbations.py, or of groups: paper (default: gaussian, '
        'salt_pepper, fgsm, pgd), attacks, corruptions, clean (none)',
    )
    parser.add_argument(
        '--epsilons',
        nargs='+',
        type=float,
        metavar='E',
        help='strengths in gray values (default: 0.25 0.5 1 2 4 8 16); corruptions always have the severities 1 to 5',
    )
    parser.add_argument('--attack', nargs='+', default=[], metavar='TASK', help="default: the config's first task")
    parser.add_argument('--on', metavar='DATASET', help="another data set than the config's, such as kitti_stereo")
    parser.add_argument('--split', help="another split than the config's")
    parser.add_argument('--out', metavar='DIR', help='folder of the results (default: that of the checkpoint)')
    parser.add_argument('--images', type=whole(0), default=0, metavar='N', help='also draw what becomes of the first N')
    parser.add_argument('--noise-seed', type=whole(0), default=0, help='seed of all noise (default: 0)')
    return parser


def main() -> None:
    """Measure, write, print a table for each perturbation."""
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
        print("no image of the curves: matplotlib is not installed; it comes with pip install 'mtlbench[report]'")
    else:
        print(f'curves: {image}')


if __name__ == '__main__':
    friendly(main)
