"""Tables and plots of robustness results."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from prettytable import PrettyTable

from mtlbench.leaderboard.html.charts import COLORS
from mtlbench.leaderboard.published.published_tables import published_tables
from mtlbench.leaderboard.suites import all_suites
from mtlbench.robustness.results import Curve, Results
from mtlbench.utils.terminal import fitted

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MOST_ROWS = 8
PANEL_IN = (4.2, 3.2)
PANELS_A_ROW = 3
MARKS = 'Ds^v'


def table(results: Results, curve: Curve) -> str:
    """Format one perturbation: a column per strength; rows for its measured size, and for Q and scores of each task.

    Tasks with many metrics show the metric of record only; the file contains all of them.
    """
    shown = PrettyTable([f'{curve.title} [{curve.unit}]', 'clean', *(f'{point.strength:g}' for point in curve.points)])
    shown.align = 'r'
    shown.align[shown.field_names[0]] = 'l'
    for key, label in (('rms_gray', 'measured rms [gray]'), ('snr_db', 'signal to noise [dB]')):
        shown.add_row([label, '', *(_number(point.measured[key]) for point in curve.points)])
    for task in results.tasks:
        if any(name.startswith(f'{task}/') for name in results.clean):
            shares = [results.kept_share(point.scores)[task] for point in curve.points]
            shown.add_row([f'{task} Q [%]', '100.0', *(f'{100 * share:.1f}' for share in shares)])
            for name in _names(results, task):
                values = [results.clean[name], *(point.scores[name] for point in curve.points)]
                shown.add_row([name, *map(_number, values)])
    return fitted(shown)


def draw(results: Results, path: Path) -> None:
    """Plot Q over the strength, one panel per perturbation, with the points printed in the paper (Figure 5).

    Args:
        results: Results to plot.
        path: Image file to write.
    """
    from matplotlib.figure import Figure

    columns = min(len(results.curves), PANELS_A_ROW)
    rows = math.ceil(len(results.curves) / columns)
    figure = Figure(figsize=(PANEL_IN[0] * columns, PANEL_IN[1] * rows), layout='constrained')
    panels = figure.subplots(rows, columns, squeeze=False).flat
    for axes, curve in zip(panels, results.curves, strict=False):
        _panel(axes, results, curve)
    for axes in list(panels)[len(results.curves) :]:
        axes.set_axis_off()
    data = results.subject['data']
    title = f'{results.subject["name"]} on {data["dataset"]}' + (' (rendered)' if data['rendered'] else '')
    figure.suptitle(title, fontsize='medium' if columns > 1 else 'small')
    figure.savefig(path, dpi=120)


def published_points(perturbation: str) -> Iterator[tuple[str, list[tuple[float, float]]]]:
    """Yield the published rows of Q in percent under a perturbation: ``(row, [(strength, Q)])``."""
    prefix = f'/q_{perturbation}_'
    for suite in all_suites().values():
        columns = [column for column in suite.columns if prefix in column.metric]
        if suite.published and columns:
            keys = [(column.key, float(column.metric.partition(prefix)[2].replace('p', '.'))) for column in columns]
            for row in published_tables()[suite.published].rows:
                cells = [(at, published_tables()[suite.published].cell(row, key).mean) for key, at in keys]
                yield row, [(at, mean) for at, mean in cells if mean is not None]


def _panel(axes: Axes, results: Results, curve: Curve) -> None:
    shares = [results.kept_share(point.scores) for point in curve.points]
    places = [curve.at(point) for point in curve.points]
    for task, color in zip(results.kept_share(results.clean), COLORS, strict=False):
        axes.plot(places, [100 * share[task] for share in shares], '.-', color=color, label=task)
    for (row, printed), mark in zip(published_points(curve.perturbation), MARKS, strict=False):
        axes.plot(*zip(*printed, strict=True), mark, color=COLORS[7], mfc='none', label=f'published: {row}')
    if curve.unit == 'gray':
        axes.set_xscale('log', base=2)
        axes.xaxis.set_major_formatter('{x:g}')
    kind = ', measured' if curve.is_measured else ''
    axes.set(title=curve.title, xlabel=f'strength [{curve.unit}{kind}]', ylabel='Q [%]', ylim=(0, None))
    axes.grid(alpha=0.3)
    axes.legend(fontsize=7)


def _names(results: Results, task: str) -> list[str]:
    names = [name for name in results.clean if name.startswith(f'{task}/')]
    return names if len(names) <= MOST_ROWS else [f'{task}/{results.tasks[task].metric_of_record}']


def _number(value: float | None) -> str:
    return '' if value is None else f'{value:.4g}'
