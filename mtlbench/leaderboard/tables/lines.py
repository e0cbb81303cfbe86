"""The lines of a table: which runs stand behind a row."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from mtlbench.leaderboard.statistics import COSTS
from mtlbench.leaderboard.suites.base import Row
from mtlbench.leaderboard.tables.comparability import changes, made_of, source, train_split, variants
from mtlbench.records.paths import run_name
from mtlbench.records.record import ResultRecord


@dataclass(frozen=True)
class Line:
    """One printed row.

    Args:
        label: What it is called.
        row: The row it prints; several lines where a config was changed between runs.
        runs: The runs of each of the row's configs, in their order.
    """

    label: str
    row: Row
    runs: tuple[tuple[ResultRecord, ...], ...]

    @property
    def seeds(self) -> list[int]:
        """Seeds of all its runs."""
        return sorted({record.seed for runs in self.runs for record in runs})

    @property
    def revisions(self) -> list[str]:
        """Revisions of the code that made its runs."""
        return revisions([record for runs in self.runs for record in runs])

    def having(self, names: Sequence[str], ending: str = '') -> tuple[ResultRecord, ...]:
        """The runs of the first config, of those whose names end so, that measured all these metrics or costs."""
        for config, runs in zip(self.row.configs, self.runs, strict=True):
            found = tuple(record for record in runs if all(measured(record, name) for name in names))
            if run_name(config).endswith(ending) and found:
                return found
        return ()


def measured(record: ResultRecord, name: str) -> bool:
    """Whether a record has a metric or cost."""
    return getattr(record, name) is not None if name in COSTS else name in record.metrics


def lines_of(row: Row, records: Sequence[ResultRecord]) -> list[Line]:
    """The lines of a row: one, and one more for each older text of its configs, or other training images, of runs."""
    names = [run_name(config) for config in row.configs]
    found = [variants(record for record in records if record.name == name) for name in names]
    lines = []
    for index in range(max([1, *map(len, found)])):
        runs = tuple(tuple(each[index]) if index < len(each) else () for each in found)
        marks = [
            _mark(each[index][0], each)
            for each in found
            if index < len(each) and (len(each) > 1 or changes(each[index][0]))
        ]
        lines.append(Line(row.label + (f' ({", ".join(marks)})' if marks else ''), row, runs))
    return lines


def _mark(record: ResultRecord, groups: Sequence[Sequence[ResultRecord]]) -> str:
    """What tells a group of runs from the others of its config."""
    if changes(record):
        return changes(record)
    told = {'config': lambda one: one.config_digest, 'started from config': source, 'training images': train_split}
    for what, of in told.items():
        if len({of(group[0]) for group in groups}) > 1:
            return f'{what} {str(of(record))[:8]}'
    if any(changes(group[0]) for group in groups):
        return 'not changed'
    return f'data {hashlib.sha256(repr(made_of(record)).encode()).hexdigest()[:8]}'


def revisions(records: Sequence[ResultRecord]) -> list[str]:
    """The revisions of the code behind some runs: the commit, or the version where there was no checkout."""
    return sorted({record.git_commit or f'version {record.versions.get("mtlbench", "unknown")}' for record in records})
