"""``mtlbench analyze features``: measure the correlation between the channels of trained decoders."""

from __future__ import annotations

import argparse
from pathlib import Path

from mtlbench.cli.arguments import ToolParser, add_config_arguments, add_run_argument, friendly, run_request, whole
from mtlbench.errors import ConfigError


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of the tool."""
    parser = ToolParser(
        'analyze features',
        description='Measure the correlation between the channels of each decoder and level of a trained network. The '
        'result and a plot are written beside the checkpoint.',
        epilog='example:\n  mtlbench analyze features ccam/sd_cityscapes_372_affinemix_or RUN '
        '--profile mini --beside OTHER_RUN',
    )
    add_config_arguments(parser, optional=True)
    add_run_argument(parser)
    parser.add_argument(
        '--most', type=whole(1), default=50, help='number of validation images to measure (default: 50)'
    )
    parser.add_argument(
        '--beside', type=Path, nargs='*', default=[], help='folders of other measured runs to plot as well'
    )
    return parser


def main() -> None:
    """Measure a run, print the result and plot it with the other runs."""
    args = build_parser().parse_args()
    from mtlbench.analysis.feature_correlation import CORRELATION_FILE

    folder, correlations = measure(args)
    for task, levels in correlations.items():
        print(task, ', '.join(f'level {level}: {value:.3f}' for level, value in levels.items()))
    files = [place / CORRELATION_FILE for place in (folder, *args.beside)]
    draw(files, files[0].with_suffix('.png'))


def measure(args: argparse.Namespace) -> tuple[Path, dict[str, dict[int, float]]]:
    """Measure a run and write the result to its folder.

    Returns:
        The folder of the run, and its correlations by task and level.
    """
    from itertools import islice

    from mmengine.device import get_device
    from mmengine.runner import Runner

    from mtlbench.analysis.feature_correlation import CORRELATION_FILE, measure_correlation, write_correlation
    from mtlbench.checkpoint import identity_of
    from mtlbench.engine.hooks.checkpoint import last_checkpoint
    from mtlbench.engine.launch import load_learner
    from mtlbench.records.paths import run_name
    from mtlbench.utils.output import writable_folder

    path = last_checkpoint(Path(args.checkpoint))
    writable_folder(path.parent)
    cfg, learner = load_learner(run_request(args), str(path))
    loader = Runner.build_dataloader(cfg.val_dataloader)
    batches = islice(loader, -(-args.most // loader.batch_size))
    found = measure_correlation(learner.to(get_device()), batches)
    run = dict(name=run_name(cfg.filename), profile=cfg.profile, recipe=cfg.recipe, **identity_of(path))
    write_correlation(path.parent / CORRELATION_FILE, found, run)
    return path.parent, found


def draw(files: list[Path], image: Path) -> None:
    """Plot one line per run and task over the levels from coarse to fine.

    Args:
        files: Measurements, one file per run.
        image: Path of the plot.

    Raises:
        ConfigError: If a run was not measured.
    """
    from mtlbench.utils.json_files import read_json

    if missing := [file for file in files if not file.is_file()]:
        raise ConfigError(f'{missing[0]} does not exist; measure that run first with this tool')
    try:
        from matplotlib.figure import Figure
    except ModuleNotFoundError:
        print("no plot: matplotlib is not installed; install it with pip install 'mtlbench[report]'")
        return
    figure = Figure(figsize=(7, 4), layout='tight')
    axes = figure.subplots()
    for file in files:
        content = read_json(file)
        for task, levels in content['levels'].items():
            strides = [str(2 ** int(level)) for level in levels]
            axes.plot(strides, list(levels.values()), 'o-', label=f'{content["subject"]["name"]}: {task}')
    axes.set(xlabel='stride', ylabel='mean absolute correlation of channels', ylim=(0, None))
    axes.legend()
    figure.savefig(image)
    print(f'plot: {image}')


if __name__ == '__main__':
    friendly(main)
