"""Columns of a table, with their metric, unit and direction."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from mtlbench.evaluation.delta import shares_of
from mtlbench.leaderboard.published.published_tables import PublishedColumn, PublishedTable
from mtlbench.leaderboard.statistics import COSTS, POINTS, RATIO, SHARE, Unit, unit_of
from mtlbench.leaderboard.suites.base import DELTA, Column, Suite
from mtlbench.records.record import ResultRecord

DEFINED = {'record': '', 'by_task': ' by task', 'flat': ' flat'}
"""Ends of the names of deltas by definition."""


@dataclass(frozen=True)
class TableColumn:
    """A column of a table.

    Args:
        column: Column definition of the suite.
        name: Name of the metric, with a suffix for additional datasets: ``semseg/miou``, ``semseg/miou@synscapes``. If
            no record defines the metric, the task.
        unit: Unit for printing.
        higher_is_better: Direction; None if neither a record nor the paper defines it.
        delta_of: Columns by task that a delta averages over.
        definition: Definition of the delta, one of :data:`mtlbench.evaluation.delta.DEFINITIONS`.
        published: Column of the published table, if there is one.
    """

    column: Column
    name: str
    unit: Unit
    higher_is_better: bool | None
    delta_of: Mapping[str, tuple[TableColumn, ...]] | None = None
    definition: str = 'record'
    published: PublishedColumn | None = None

    @property
    def averaged(self) -> list[TableColumn]:
        """Columns that a delta averages over; empty for other columns."""
        return [column for columns in (self.delta_of or {}).values() for column in columns]

    @property
    def shares(self) -> dict[str, float]:
        """Weights of the averaged columns by key."""
        keys = {task: [one.column.key for one in columns] for task, columns in (self.delta_of or {}).items()}
        return shares_of(keys, self.definition)

    @property
    def other_sign(self) -> bool:
        """True if the paper prints a delta as a loss, of which lower is better."""
        return bool(self.delta_of and self.published and not self.published.higher_is_better)

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
    printed = {column.key: column for column in published.columns} if published else {}

    def plain(key: str) -> TableColumn:
        return _plain(own.get(key, Column(key, key)), printed.get(key), metrics, higher)

    def gain(key: str, keys: Mapping[str, Sequence[str]]) -> TableColumn:
        of = {task: tuple(map(plain, names)) for task, names in keys.items()}
        # A delta of a published table averages over the first tasks of its task set.
        task_set = published.task_set[: len(of)] if published else ''.join(letters.get(task, '') for task in of)
        definition = printed[key].definition if key in printed else suite.delta
        name = f'Δ_{task_set.upper()}'.rstrip('_') + DEFINED[definition]
        return TableColumn(Column(key or f'delta_{task_set}', ''), name, POINTS, True, of, definition, printed.get(key))

    if published:
        return [gain(key, one.delta_of) if one.delta_of else plain(key) for key, one in printed.items()]
    if own:
        averaged = _by_task(suite)
        return [gain(key, averaged) if column.metric == DELTA else plain(key) for key, column in own.items()]
    sets = dict.fromkeys(record.tasks for record in records if len(record.tasks) > 1)
    deltas = [tasks for tasks in sets if set(tasks) <= set(suite.baselines)] if suite.baselines else []
    return [*map(plain, metrics), *(gain('', {task: (task,) for task in tasks}) for tasks in deltas)]


def _by_task(suite: Suite) -> dict[str, list[str]]:
    """Return the keys of the columns with a metric by task."""
    found: dict[str, list[str]] = {}
    for column in suite.columns:
        task = re.split('[/@]', column.metric)[0]
        if task in suite.baselines:
            found.setdefault(task, []).append(column.key)
    return found


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
