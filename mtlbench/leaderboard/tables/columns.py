"""The columns of a table: what each shows, in which unit, and which direction is better."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from mtlbench.leaderboard.published.published_tables import PublishedColumn, PublishedTable
from mtlbench.leaderboard.statistics import COSTS, POINTS, RATIO, SHARE, Unit, unit_of
from mtlbench.leaderboard.suites.base import Column, Suite
from mtlbench.records.record import ResultRecord


@dataclass(frozen=True)
class Shown:
    """A column of a table.

    Args:
        column: What the suite says it shows.
        name: The metric, with the dataset where it is a further one: ``semseg/miou``, ``semseg/miou@synscapes``.
            Without a record that says which metric, the task alone.
        unit: How figures are printed.
        higher_is_better: Direction; None where neither a record nor the paper says.
        delta_of: Of a delta: the columns of its tasks, by task.
        published: The paper's column, where it prints one.
    """

    column: Column
    name: str
    unit: Unit
    higher_is_better: bool | None
    delta_of: Mapping[str, Shown] | None = None
    published: PublishedColumn | None = None

    @property
    def header(self) -> str:
        """Name, unit and direction."""
        arrow = {True: ' ↑', False: ' ↓', None: ''}[self.higher_is_better]
        unit = f' [{self.unit.symbol}]' if self.unit.symbol else ''
        name = self.name + (f', {self.column.ending.strip("_")}' if self.column.ending else '')
        name += f' above {self.column.above}' if self.column.above else ''
        known = self.delta_of or '/' in self.name or self.name in COSTS
        return f'{name}{unit}{arrow}' if known else name


def columns_of(suite: Suite, published: PublishedTable | None, records: Sequence[ResultRecord]) -> list[Shown]:
    """The columns of a suite: those of the published table in its order, else its own, else what was measured."""
    own = {column.key: column for column in suite.columns}
    metrics = {task: metric for record in records for task, metric in record.metrics_of_record.items()}
    higher = {key: value for record in records for key, value in record.higher_is_better.items()}

    def plain(column: Column, printed: PublishedColumn | None = None) -> Shown:
        return _plain(column, printed, metrics, higher)

    def gain(tasks: Sequence[str], printed: PublishedColumn | None = None) -> Shown:
        of = {task: plain(own.get(task, Column(task, task))) for task in tasks}
        name = f'Δ_{"".join(task[0] for task in tasks).upper()}'
        key = printed.key if printed else f'delta_{"".join(task[0] for task in tasks)}'
        return Shown(Column(key, ''), name, POINTS, True, of, printed)

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
) -> Shown:
    metric, sign, where = column.metric.partition('@')
    if metric in metrics:
        metric = f'{metric}/{metrics[metric]}'
    unit = unit_of(metric)
    if printed and unit == SHARE and not printed.unit:
        unit = replace(RATIO, decimals=3)
    direction = False if metric in COSTS else higher.get(metric, printed.higher_is_better if printed else None)
    return Shown(column, metric + sign + where, unit, direction, published=printed)
