"""Makes tables of records: measured beside published, and never a number without the record behind it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean

from mtlbench.evaluation.delta import delta
from mtlbench.leaderboard.grid import Grid
from mtlbench.leaderboard.lines import Line, lines_of, revisions
from mtlbench.leaderboard.published_tables import PublishedCell, PublishedTable, published_tables
from mtlbench.leaderboard.record import ResultRecord
from mtlbench.leaderboard.settings import Setting, by_setting, variants
from mtlbench.leaderboard.statistics import DASH, POINTS, summary, unit_of
from mtlbench.leaderboard.suites.base import Suite


@dataclass(frozen=True)
class Column:
    """A measured column: a task's metric of record, or the delta of several tasks."""

    tasks: tuple[str, ...]

    @property
    def is_delta(self) -> bool:
        """Whether it is a delta."""
        return len(self.tasks) > 1


def tables(suite: Suite, records: Sequence[ResultRecord]) -> list[Grid]:
    """The tables of a suite: one for each setting that its runs were made in, one without figures where there is none.

    Args:
        suite: Which rows, and what they are compared with.
        records: All records there are; those of other configs are passed over.
    """
    groups = by_setting(record for record in records if record.name in suite.names)
    return [_Table(suite, *group).grid for group in groups.items()] or [_Table(suite, None, []).grid]


class _Table:
    """The table of one setting, while it is made."""

    def __init__(self, suite: Suite, setting: Setting | None, records: list[ResultRecord]) -> None:
        self.suite, self.setting, self.records = suite, setting, records
        self.published: PublishedTable | None = published_tables()[suite.published] if suite.published else None
        self.metrics = {task: metric for record in records for task, metric in record.metrics_of_record.items()}
        self.higher = {key: value for record in records for key, value in record.higher_is_better.items()}
        self.columns = self._columns()
        self.baselines = {task: self._baseline(name) for task, name in suite.baselines.items()}
        self.grid = Grid(suite.title, self._heading(), ['method', *map(self._header, self.columns)])
        shown = [c for c in self.published.columns if c.key in suite.baselines or c.delta_of] if self.published else []
        self.grid.header += [f'published {column.name} [{column.unit}]' for column in shown]
        for row in suite.rows:
            cells = self.published.rows.get(row.published or '', {}) if self.published else {}
            for line in lines_of(row, records):
                label = self._label(line)
                measured = [self._cell(line, column) for column in self.columns]
                printed = [self._printed(cells.get(column.key)) for column in shown]
                self.grid.rows.append([label, *measured, *printed])

    def _columns(self) -> list[Column]:
        if self.published:
            wanted = (c.delta_of or ((c.key,) if c.key in self.suite.baselines else ()) for c in self.published.columns)
            return [Column(tasks) for tasks in wanted if tasks]
        sets = dict.fromkeys(record.tasks for record in self.records if len(record.tasks) > 1)
        return [*(Column((task,)) for task in self.metrics), *map(Column, sets)]

    def _baseline(self, name: str) -> list[ResultRecord]:
        """The single-task runs of a config, of its newest text."""
        return next(iter(variants(record for record in self.records if record.name == name)), [])

    def _heading(self) -> list[str]:
        if self.setting is None:
            return ['no finished runs']
        lines = [self.setting.describe(), f'code: {", ".join(revisions(self.records))}']
        if self.published and not self.setting.comparable:
            lines.append('The published figures are of the real data at full size: not comparable with the measured.')
        return lines

    def _header(self, column: Column) -> str:
        if column.is_delta:
            return f'Δ_{"".join(task[0] for task in column.tasks).upper()} [%] ↑'
        (task,) = column.tasks
        if task not in self.metrics:
            return task
        key = f'{task}/{self.metrics[task]}'
        return f'{key} [{unit_of(key).symbol}] {"↑" if self.higher[key] else "↓"}'

    def _label(self, line: Line) -> str:
        if len(line.revisions) < 2:
            return line.label
        return f'{line.label} {self.grid.note("runs of different code: " + ", ".join(line.revisions))}'

    def _cell(self, line: Line, column: Column) -> str:
        if column.is_delta:
            return self._delta(line, column.tasks)
        (task,) = column.tasks
        values = [self._value(record, task) for record in line.having(column.tasks)]
        return summary(values, unit_of(self.metrics.get(task, '')))

    def _value(self, record: ResultRecord, task: str) -> float:
        """The metric that the column shows; NaN where the run did not measure that one."""
        return record.metrics.get(f'{task}/{self.metrics[task]}', math.nan)

    def _delta(self, line: Line, tasks: tuple[str, ...]) -> str:
        records = line.having(tasks)
        if not records:
            return DASH
        mark = self._lacking(tasks, {record.seed for record in records if record.iterations})
        if any(not self.baselines.get(task) for task in tasks):
            return f'{DASH} {mark}'
        means = {task: fmean(self._value(record, task) for record in self.baselines[task]) for task in tasks}
        if 0 in means.values():
            return f'{DASH} {self.grid.note("a single-task score is zero, so there is no relative gain")}'
        higher = {task: self.higher[f'{task}/{self.metrics[task]}'] for task in tasks}
        gains = [delta({task: self._value(record, task) for task in tasks}, means, higher) for record in records]
        return f'{summary(gains, POINTS, "+")} {mark}'.rstrip()

    def _lacking(self, tasks: tuple[str, ...], seeds: set[int]) -> str:
        """The mark of a footnote on the single-task runs that are missing, or nothing."""
        missing = {}
        for task in tasks:
            there = {record.seed for record in self.baselines.get(task, [])}
            if not there or seeds - there:
                name = self.suite.baselines.get(task, f'a single-task config of {task}')
                missing[name] = sorted(seeds - there) or [1]
        if not missing or self.setting is None:
            return ''
        told = '; '.join(f'{name} of seed {", ".join(map(str, which))}' for name, which in missing.items())
        all_seeds = ' '.join(str(seed) for seed in sorted({seed for which in missing.values() for seed in which}))
        return self.grid.note(
            f'single-task runs missing in this setting: {told}. They are made by: tools/benchmark.py run '
            f'{" ".join(missing)} --seeds {all_seeds} --profile {self.setting.profile} --recipe {self.setting.recipe}'
        )

    def _printed(self, cell: PublishedCell | None) -> str:
        if cell is None or cell.status in ('not_reported', 'not_applicable'):
            return DASH
        if cell.status in ('read', 'idem'):
            return cell.printed or DASH
        text = cell.note or 'not legible in the text available'
        return f'{cell.printed or "?"} {self.grid.note(f"published: {text}")}'
