"""Estimates for the cells of a table of one setting."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import fmean

from mtlbench.evaluation.delta import baseline_slopes, delta
from mtlbench.leaderboard.estimate import Estimate
from mtlbench.leaderboard.statistics import COSTS
from mtlbench.leaderboard.suites.base import Suite
from mtlbench.leaderboard.tables.columns import TableColumn
from mtlbench.leaderboard.tables.comparability import inputs_of, variants
from mtlbench.leaderboard.tables.lines import Line, measured
from mtlbench.records.paths import run_name
from mtlbench.records.record import ResultRecord

Runs = Sequence[ResultRecord]
TINY = 1e-12


class Measures:
    """Estimates from the runs of each cell.

    Args:
        suite: Suite with the baselines of the deltas.
        records: All records of one setting.
    """

    def __init__(self, suite: Suite, records: Runs) -> None:
        self.suite, self.records = suite, records
        self.baselines = {task: self.newest(name) for task, name in suite.baselines.items()}

    def newest(self, name: str) -> Runs:
        """Return the runs of a config, in its newest version."""
        wanted = run_name(name)
        return next(iter(variants(record for record in self.records if record.name == wanted)), [])

    def estimate(self, line: Line, shown: TableColumn) -> Estimate | None:
        """Return the estimate of a line in a column; None if its runs did not measure it."""
        if shown.delta_of:
            return self._delta(line, shown)
        runs = line.having([shown.name], shown.column.suffix)
        if not runs:
            return None
        found = _estimate(runs, shown.name)
        if not shown.column.above:
            return found
        below = [record for record in self.newest(shown.column.above) if measured(record, shown.name)]
        return found.above(_estimate(below, shown.name)) if below else None

    def baseline(self, shown: TableColumn) -> Runs:
        """Return the single-task runs that a column of a delta is compared with."""
        return self.baselines.get(self.suite.single_task_of(shown.column.key, shown.task), [])

    def scale_is_zero(self, columns: Mapping[str, TableColumn]) -> bool:
        """Return whether a baseline's mean is zero up to rounding, so that no relative gain exists."""
        return any(base is not None and abs(base.mean) < TINY for base in self._bases(columns).values())

    def _bases(self, columns: Mapping[str, TableColumn]) -> dict[str, Estimate | None]:
        runs = {key: [r for r in self.baseline(shown) if measured(r, shown.name)] for key, shown in columns.items()}
        return {key: _estimate(runs[key], shown.name) if runs[key] else None for key, shown in columns.items()}

    def _delta(self, line: Line, of: TableColumn) -> Estimate | None:
        columns = of.delta_of or {}
        bases = {key: base for key, base in self._bases(columns).items() if base is not None}
        if len(bases) < len(columns) or self.scale_is_zero(columns):
            return None
        if self._names(columns) <= {run_name(name) for name in line.row.configs}:
            return Estimate(0.0)
        runs = line.having([shown.name for shown in columns.values()])
        if not runs:
            return None
        means = {key: base.mean for key, base in bases.items()}
        parts = [{key: bool(columns[key].higher_is_better) for key in part} for part in of.parts]
        scores = [{key: value(record, shown.name) for key, shown in columns.items()} for record in runs]
        gains = [fmean(delta(score, means, part) for part in parts) for score in scores]
        estimate = Estimate.of(group_of(runs), dict(zip((record.seed for record in runs), gains, strict=True)))
        middle = {key: sum(score[key] for score in scores) / len(scores) for key in columns}
        slopes = {key: slope for part in parts for key, slope in baseline_slopes(middle, means, part).items()}
        for key, base in bases.items():
            estimate = estimate.depending_on(base, slopes[key] / len(parts))
        return estimate

    def _names(self, columns: Mapping[str, TableColumn]) -> set[str]:
        found = (self.suite.single_task_of(shown.column.key, shown.task) for shown in columns.values())
        return {run_name(self.suite.baselines[task]) for task in found}


def group_of(runs: Runs) -> str:
    """Return a key for the runs of one line. Equal keys mean the same runs."""
    parts = {part: digest for run in runs for part, digest in inputs_of(run).items()}
    return f'{runs[0].name} {parts}'


def value(record: ResultRecord, name: str) -> float:
    """Return a metric or cost of a record."""
    return float(getattr(record, name) if name in COSTS else record.metrics[name])


def _estimate(runs: Runs, name: str) -> Estimate:
    return Estimate.of(group_of(runs), {record.seed: value(record, name) for record in runs})
