"""Columns of a table, with their metric, unit and direction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from mtlbench.leaderboard.published.published_tables import PublishedColumn, PublishedTable
from mtlbench.leaderboard.statistics import COSTS, POINTS, RATIO, SHARE, Unit, unit_of
from mtlbench.leaderboard.suites.base import Column, Suite
from mtlbench.records.record import ResultRecord


@dataclass(frozen=True)
class TableColumn:
    """A column of a table.

    Args:
        column: Column definition of the suite.
        name: Name of the metric, with a suffix for additional datasets: ``semseg/miou``, ``semseg/miou@synscapes``. If
            no record defines the metric, the task.
        unit: Unit for printing.
        higher_is_better: Direction; None if neither a record nor the paper defines it.
        delta_of: Columns by key that a delta averages over.
        parts: Keys of these columns in groups; the delta is the mean over the groups of their means.
        published: Column of the published table, if there is one.
    """

    column: Column
    name: str
    unit: Unit
    higher_is_better: bool | None
    delta_of: Mapping[str, TableColumn] | None = None
    published: PublishedColumn | None = None
    parts: tuple[tuple[str, ...], ...] = ()

    @property
    def task(self) -> str:
        """Task of the metric."""
        return self.name.partition('/')[0].partition('@')[0]

    @property
    def header(self) -> str:
        """Header with name, unit and direction."""
        arrow = {True: ' ↑', False: ' ↓', None: ''}[self.higher_is_better]
        unit = f' [{self.unit.symbol}]' if self.unit.symbol else ''
        name = self.name + (f', {self.column.suffix}' if self.column.suffix else '')
        name += f' above {self.column.above}' if self.column.above else ''
        known = self.delta_of or '/' in self.name or self.name in COSTS
        return f'{name}{unit}{arrow}' if known else name


def columns_of(suite: Suite, published: PublishedTable | None, records: Sequence[ResultRecord]) -> list[TableColumn]:
    """Return the columns of a suite: those of the published table, else its own, else those that were measured."""
    own = {column.key: column for column in suite.columns}
    metrics = {task: metric for record in records for task, metric in record.metrics_of_record.items()}
    higher = {key: value for record in records for key, value in record.higher_is_better.items()}

    letters = {task: letter for record in records for task, letter in zip(record.tasks, record.task_set, strict=False)}

    def plain(column: Column, printed: PublishedColumn | None = None) -> TableColumn:
        return _plain(column, printed, metrics, higher)

    def gain(tasks: Sequence[str], printed: PublishedColumn | None = None) -> TableColumn:
        of = {task: plain(own.get(task, Column(task, task))) for task in tasks}
        # A delta of a published table averages over the first tasks of its task set.
        task_set = published.task_set[: len(tasks)] if published else ''.join(letters.get(task, task) for task in tasks)
        key = printed.key if printed else f'delta_{task_set}'
        parts = (printed.parts if printed else ()) or (tuple(tasks),)
        return TableColumn(Column(key, ''), f'Δ_{task_set.upper()}', POINTS, True, of, printed, parts)

    if published:
        return [
            gain(printed.delta_of, printed)
            if printed.delta_of
            else plain(own.get(printed.key, Column(printed.key, printed.key)), printed)
            for printed in published.columns
        ]
    if own:
        return [plain(column) for column in own.values()]
    sets = dict.fromkeys(record.tasks for record in records if len(record.tasks) > 1)
    deltas = [tasks for tasks in sets if set(tasks) <= set(suite.baselines)] if suite.baselines else []
    return [*(plain(Column(task, task)) for task in metrics), *map(gain, deltas)]


def _plain(
    column: Column, printed: PublishedColumn | None, metrics: Mapping[str, str], higher: Mapping[str, bool]
) -> TableColumn:
    metric, sign, where = column.metric.partition('@')
    if metric in metrics:
        metric = f'{metric}/{metrics[metric]}'
    unit = unit_of(metric)
    if printed and unit == SHARE and not printed.unit:
        unit = replace(RATIO, decimals=3)
    direction = False if metric in COSTS else higher.get(metric, printed.higher_is_better if printed else None)
    return TableColumn(column, metric + sign + where, unit, direction, published=printed)
