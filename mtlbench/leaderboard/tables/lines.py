"""Lines of a table, and the runs of each line."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from mtlbench.leaderboard.statistics import COSTS
from mtlbench.leaderboard.suites.base import Row
from mtlbench.leaderboard.tables.comparability import changes, inputs_of, source, train_split, variants
from mtlbench.records.paths import run_name
from mtlbench.records.record import ResultRecord


@dataclass(frozen=True)
class Line:
    """A printed line.

    Args:
        label: Label of the line.
        row: Row of the suite. It has several lines if a config was changed between runs.
        runs: Runs of each config of the row, in the order of the configs.
    """

    label: str
    row: Row
    runs: tuple[tuple[ResultRecord, ...], ...]

    @property
    def seeds(self) -> list[int]:
        """Seeds of all runs."""
        return sorted({record.seed for runs in self.runs for record in runs})

    @property
    def revisions(self) -> list[str]:
        """Code revisions of all runs."""
        return revisions([record for runs in self.runs for record in runs])

    def having(self, names: Sequence[str], suffix: str = '') -> tuple[ResultRecord, ...]:
        """Return the runs of the first config that has the suffix and runs with all these metrics or costs."""
        for config, runs in zip(self.row.configs, self.runs, strict=True):
            found = tuple(record for record in runs if all(measured(record, name) for name in names))
            if found and has_suffix(run_name(config), suffix):
                return found
        return ()


def has_suffix(name: str, suffix: str) -> bool:
    """Whether a config's name has a suffix, or none is asked for."""
    return not suffix or suffix in name.split('_')


def measured(record: ResultRecord, name: str) -> bool:
    """Return whether a record has a metric or cost."""
    return getattr(record, name) is not None if name in COSTS else name in record.metrics


def lines_of(row: Row, records: Sequence[ResultRecord]) -> list[Line]:
    """Return the lines of a row: one, and one more for each older version of its configs or training images."""
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
    """Return the difference between a group of runs and the other groups of its config."""
    if changes(record):
        return changes(record)
    sources = {'config': lambda one: one.config_digest, 'started from config': source, 'training images': train_split}
    for name, of in sources.items():
        if len({of(group[0]) for group in groups}) > 1:
            return f'{name} {str(of(record))[:8]}{_start(record, groups)}'
    if any(changes(group[0]) for group in groups):
        return 'not changed'
    return f'data {hashlib.sha256(repr(inputs_of(record)).encode()).hexdigest()[:8]}'


def _start(record: ResultRecord, groups: Sequence[Sequence[ResultRecord]]) -> str:
    """Return the weights that a run started from, where the groups of its config differ in that."""
    differ = len({group[0].pretrained for group in groups}) > 1
    return f', from {", ".join(record.pretrained) or "random weights"}' if differ else ''


def revisions(records: Sequence[ResultRecord]) -> list[str]:
    """Return the code revisions of runs: the commit, or the version if there was no checkout."""
    return sorted({record.git_commit or f'version {record.versions.get("mtlbench", "unknown")}' for record in records})
