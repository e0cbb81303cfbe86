"""Charts and lists below a table."""

from __future__ import annotations

import dataclasses
import math
import statistics
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path

from mtlbench.leaderboard.html.charts import Drawing, Point, bars, curves, scatter
from mtlbench.leaderboard.html.traces import find_images, folder_of, read_scalars
from mtlbench.leaderboard.statistics import COSTS, unit_of
from mtlbench.leaderboard.suites import Suite
from mtlbench.leaderboard.suites.base import TRIVIAL
from mtlbench.leaderboard.tables.comparability import by_setting
from mtlbench.leaderboard.tables.grid import Cell, Grid
from mtlbench.leaderboard.tables.lines import lines_of
from mtlbench.records.record import ResultRecord

MOST_IMAGES = 3
DRAWN_COSTS = ('parameters', 'step_time_s')
Rows = Mapping[str, Sequence[ResultRecord]]


def runs_of(grid: Grid, suite: Suite, records: Sequence[ResultRecord]) -> dict[str, list[ResultRecord]]:
    """Return the runs of each row of a table."""
    names = suite.names
    named = [record for record in records if record.name in names]
    for setting, group in by_setting(named, suite.train_varies).items():
        if dataclasses.asdict(setting) == grid.raw['setting']:
            lines = [line for row in suite.rows for line in lines_of(row, group)]
            return {line.label: [run for runs in line.runs for run in runs] for line in lines}
    return {}


def charts_of(grid: Grid) -> list[Drawing]:
    """Return a chart with error bars for each measured column, without trivial rows, which would compress the scale."""
    rows = [row for row in grid.rows if not any(name.startswith(TRIVIAL) for name in row[0].raw['configs'])]
    drawn = []
    for number, name in enumerate(grid.header):
        points = _points(rows, number, 'measured')
        # Published values, if any, are in the next column.
        published = _points(rows, number + 1, 'published') if number + 1 < len(grid.header) else []
        if points:
            drawn.append(partial(bars, name, points, published))
    return drawn


def costs_of(rows: Rows) -> list[tuple[str, str, list[tuple[str, float | None]]]]:
    """Return label, config, and costs (text and value) over the runs of each config of each row."""
    found = []
    for label, runs in rows.items():
        for name in dict.fromkeys(run.name for run in runs):
            of_config = [run for run in runs if run.name == name]
            found.append((label, name, [_cost(of_config, cost) for cost in COSTS]))
    return found


def tradeoffs_of(grid: Grid, rows: Rows) -> list[Drawing]:
    """Return charts of quality against two costs. Quality is the first delta with values, else the first column."""
    columns = [number for number in range(1, len(grid.header)) if any(_measured(grid, number))]
    if not columns:
        return []
    quality = next((number for number in columns if grid.header[number].startswith('Δ')), columns[0])
    drawn = []
    for cost in DRAWN_COSTS:
        points = []
        for row in _measured(grid, quality):
            runs = rows.get(row[0].text, [])
            _, value = _cost(runs, cost)
            # Rows of several configs have several costs, and constant predictions have none.
            if value is not None and len({run.name for run in runs}) == 1 and runs[0].iterations:
                points.append(Point(row[0].text, _mean(row[quality]), row[quality].raw.get('std'), value))
        if points:
            across = f'{cost} [{COSTS[cost].symbol}]'
            drawn.append(partial(scatter, f'{grid.header[quality]} against {cost}', across, points))
    return drawn


def curves_of(rows: Rows, work_dir: Path, left_out: list[str]) -> list[Drawing]:
    """Return curves of the training loss and of the metrics of record at each validation, for runs with logs."""
    runs = [run for group in rows.values() for run in group]
    keys = dict.fromkeys(
        ['loss', *(f'{task}/{metric}' for run in runs for task, metric in run.metrics_of_record.items())]
    )
    traces = {
        label: [read_scalars(folder_of(run, work_dir), keys, left_out) for run in group if run.origin is None]
        for label, group in rows.items()
    }
    series = {
        key: {label: [trace[key] for trace in group if key in trace] for label, group in traces.items()} for key in keys
    }
    shown = {key: {label: lines for label, lines in found.items() if lines} for key, found in series.items()}
    return [partial(curves, key, found) for key, found in shown.items() if found]


def images_of(
    rows: Rows, work_dir: Path, left_out: list[str]
) -> list[tuple[str, list[tuple[str, ResultRecord, Path]]]]:
    """Return images by name with their panels (label, run, file). Images that most rows have come first."""
    found: dict[str, list[tuple[str, ResultRecord, Path]]] = {}
    for label, runs in rows.items():
        for run in runs:
            drawn = find_images(folder_of(run, work_dir), left_out) if run.origin is None else {}
            for name, path in drawn.items():
                panels = found.setdefault(name, [])
                if (label, run.name) not in [(other, shown.name) for other, shown, _ in panels]:
                    panels.append((label, run, path))
    return sorted(found.items(), key=lambda item: (-len(item[1]), item[0]))[:MOST_IMAGES]


def _points(rows: Sequence[list[Cell]], number: int, kind: str) -> list[Point]:
    """Return the values of one kind in a column."""
    found = ((row[0].text, row[number]) for row in rows)
    return [Point(label, _mean(cell), cell.raw.get('std')) for label, cell in found if _has_value(cell, kind)]


def _has_value(cell: Cell, kind: str) -> bool:
    return cell.raw.get('kind') == kind and math.isfinite(_mean(cell))


def _measured(grid: Grid, number: int) -> Iterator[list[Cell]]:
    return (row for row in grid.rows if _has_value(row[number], 'measured'))


def _mean(cell: Cell) -> float:
    mean = cell.raw.get('mean')
    return math.nan if mean is None else mean


def _cost(runs: Sequence[ResultRecord], cost: str) -> tuple[str, float | None]:
    unit = unit_of(cost)
    values = [value for value in (getattr(run, cost) for run in runs) if value is not None]
    if not values:
        return '\N{EN DASH}', None
    mean = statistics.fmean(values) * unit.factor
    return f'{mean:.{unit.decimals}f}', mean
