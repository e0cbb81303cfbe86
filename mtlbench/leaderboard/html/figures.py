"""Charts over a number, such as the strength of a perturbation or a weight."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from functools import cache, partial

from mtlbench.leaderboard.html.charts import Drawing, Point, lines
from mtlbench.leaderboard.published.published_tables import published_tables
from mtlbench.leaderboard.suites import all_suites
from mtlbench.leaderboard.suites.base import Column, Suite
from mtlbench.leaderboard.tables.grid import Cell, Grid

Value = Callable[[list[Cell], Column], Point | None]


def figures_of(suite: Suite, grid: Grid) -> list[Drawing]:
    """Return a chart per curve of a suite whose columns have positions on an axis, or per column if its rows have.

    Published values of a row's configs, from any table, are drawn as hollow markers in the row's color.
    """
    groups: dict[str, list[Column]] = {}
    for column in suite.columns:
        groups.setdefault(column.curve, []).append(column)
    over = _over_columns if any(column.at is not None for column in suite.columns) else _over_rows
    if over is _over_rows:
        groups = {column.curve or column.metric: [column] for column in suite.columns}
    drawn = []
    for title, columns in groups.items():
        measured, published = (dict(over(suite, grid, columns, value)) for value in SHOWN)
        if measured:
            drawn.append(partial(lines, title or grid.title, suite.across, measured, published))
    return drawn


def _over_columns(suite: Suite, grid: Grid, columns: list[Column], value: Value) -> Iterator[tuple[str, list[Point]]]:
    """Yield a line for each row."""
    for row in grid.rows:
        points = [point._replace(x=column.at or 0.0) for column in columns if (point := value(row, column))]
        if points:
            yield row[0].text, points


def _over_rows(suite: Suite, grid: Grid, columns: list[Column], value: Value) -> Iterator[tuple[str, list[Point]]]:
    """Yield one line over the rows with a position, and a horizontal line for each other row."""
    places = {row.label: row.at for row in suite.rows if row.at is not None}
    if not places:
        return
    found = [(row[0].text, point) for row in grid.rows for column in columns if (point := value(row, column))]
    along = [point._replace(x=places[label]) for label, point in found if label in places]
    if along:
        yield 'by ' + suite.across, sorted(along, key=lambda point: point.x)
    for label, point in found:
        if label not in places:
            yield label, [point._replace(x=x) for x in (min(places.values()), max(places.values()))]


def _measured(row: list[Cell], column: Column) -> Point | None:
    cell = next((cell for cell in row[1:] if (cell.raw['column'], cell.raw['kind']) == (column.key, 'measured')), None)
    mean = cell.raw.get('mean') if cell else None
    return None if cell is None or mean is None or math.isnan(mean) else Point('', mean, cell.raw.get('std'))


def _published(row: list[Cell], column: Column) -> Point | None:
    mean = _printed().get((tuple(row[0].raw['configs']), column.metric))
    return None if mean is None else Point('', mean, None)


@cache
def _printed() -> dict[tuple[tuple[str, ...], str], float]:
    """Return published means by the configs of a row and the metric of a column."""
    found = {}
    for suite in all_suites().values():
        table = published_tables()[suite.published] if suite.published else None
        for row in suite.rows if table else ():
            for column in suite.columns if table and row.published else ():
                mean = table.cell(row.published, column.key).mean if table and row.published else None
                if mean is not None:
                    found[row.configs, column.metric] = mean
    return found


SHOWN: tuple[Value, Value] = (_measured, _published)
