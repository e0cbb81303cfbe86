"""Measures how alike the channels of a trained network's decoders are, and writes it beside the checkpoint."""

from __future__ import annotations

import argparse
from pathlib import Path

from mtlbench.cli.arguments import add_config_arguments, friendly, run_request


def main() -> None:
    """Measure, write, print, and draw what lies in the folders given."""
    parser = argparse.ArgumentParser(
        description=__doc__,
        epilog='example:\n  python tools/analysis/feature_correlation.py ccam/sd_cityscapes_372 RUN --profile mini '
        '--beside OTHER_RUN',
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_config_arguments(parser)
    parser.add_argument('checkpoint', type=Path, help='the checkpoint (.pth), or the folder of the run for its last')
    parser.add_argument('--most', type=int, default=50, help='pictures of the validation set to measure (default 50)')
    parser.add_argument('--beside', type=Path, nargs='*', default=[], help='folders of other runs measured, to draw')
    args = parser.parse_args()

    from mtlbench.engine.feature_correlation import CORRELATION_FILE

    folder, correlations = measure(args)
    for task, levels in correlations.items():
        print(task, ', '.join(f'level {level}: {value:.3f}' for level, value in levels.items()))
    draw([folder, *args.beside], folder / CORRELATION_FILE.replace('.json', '.png'))


def measure(args: argparse.Namespace) -> tuple[Path, dict]:
    """The run's folder, and its correlations, which are then written there."""
    from itertools import islice

    from mmengine.device import get_device
    from mmengine.runner import Runner

    from mtlbench.engine.checkpoint import read_checkpoint
    from mtlbench.engine.feature_correlation import CORRELATION_FILE, measure_correlation, write_correlation
    from mtlbench.engine.hooks.checkpoint import last_checkpoint
    from mtlbench.engine.launch import load_learner
    from mtlbench.leaderboard.paths import run_name

    path = Path(last_checkpoint(args.checkpoint))
    cfg, learner = load_learner(run_request(args), str(path))
    loader = Runner.build_dataloader(cfg.val_dataloader)
    batches = islice(loader, -(-args.most // loader.batch_size))
    found = measure_correlation(learner.to(get_device()), batches)
    iteration = read_checkpoint(path)['meta']['iter']
    run = dict(name=run_name(cfg.filename), profile=cfg.profile, recipe=cfg.recipe, iteration=iteration)
    write_correlation(path.parent / CORRELATION_FILE, found, run)
    return path.parent, found


def draw(folders: list[Path], picture: Path) -> None:
    """One line a run and task, over the levels from coarse to fine."""
    import json

    from mtlbench.engine.feature_correlation import CORRELATION_FILE

    try:
        from matplotlib.figure import Figure
    except ModuleNotFoundError:
        print("no picture: matplotlib is not installed; it comes with pip install 'mtlbench[report]'")
        return
    figure = Figure(figsize=(7, 4), layout='tight')
    axes = figure.subplots()
    for folder in folders:
        content = json.loads((folder / CORRELATION_FILE).read_text())
        for task, levels in content['levels'].items():
            axes.plot([str(2 ** int(k)) for k in levels], list(levels.values()), 'o-', label=f'{folder.name}: {task}')
    axes.set(xlabel='stride', ylabel='mean absolute correlation of channels', ylim=(0, None))
    axes.legend()
    figure.savefig(picture)
    print(f'picture: {picture}')


if __name__ == '__main__':
    friendly(main)
