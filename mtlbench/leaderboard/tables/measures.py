"""Estimates for the cells of a table of one setting."""

from __future__ import annotations

from collections.abc import Sequence

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

    def scale_is_zero(self, shown: TableColumn) -> bool:
        """Return whether a baseline's mean is zero up to rounding, so that no relative gain exists."""
        return any(abs(base.mean) < TINY for base in self._bases(shown).values())

    def _bases(self, shown: TableColumn) -> dict[str, Estimate]:
        """Return the means of the baselines by the keys of the averaged columns.

        A baseline counts with those of its runs that measured all of its metrics. All estimates of a baseline then
        depend on the same runs, and their correlation is known.
        """
        wanted: dict[str, list[TableColumn]] = {}
        for task, columns in (shown.delta_of or {}).items():
            wanted.setdefault(self.suite.baselines.get(task, ''), []).extend(columns)
        found: dict[str, Estimate] = {}
        for name, averaged in wanted.items():
            newest = self.newest(name) if name else ()
            if runs := [run for run in newest if all(measured(run, one.name) for one in averaged)]:
                found |= {one.column.key: _estimate(runs, one.name) for one in averaged}
        return found

    def _delta(self, line: Line, shown: TableColumn) -> Estimate | None:
        bases = self._bases(shown)
        names = {one.column.key: one.name for one in shown.averaged}
        if len(bases) < len(names) or self.scale_is_zero(shown):
            return None
        singles = {run_name(self.suite.baselines[task]) for task in shown.delta_of or {}}
        if singles <= {run_name(name) for name in line.row.configs}:
            return Estimate(0.0)
        runs = line.having(list(names.values()))
        if not runs:
            return None
        means = {key: base.mean for key, base in bases.items()}
        higher = {one.column.key: bool(one.higher_is_better) for one in shown.averaged}
        scores = [{key: value(record, name) for key, name in names.items()} for record in runs]
        gains = [delta(score, means, higher, shown.shares) for score in scores]
        estimate = Estimate.of(group_of(runs), dict(zip((record.seed for record in runs), gains, strict=True)))
        middle = {key: sum(score[key] for score in scores) / len(scores) for key in names}
        slopes = baseline_slopes(middle, means, higher, shown.shares)
        for key, base in bases.items():
            estimate = estimate.depending_on(base, slopes[key])
        return estimate


def group_of(runs: Runs) -> str:
    """Return a key for the runs of one line. Equal keys mean the same runs."""
    parts = {part: digest for run in runs for part, digest in inputs_of(run).items()}
    return f'{runs[0].name} {parts}'


def value(record: ResultRecord, name: str) -> float:
    """Return a metric or cost of a record."""
    return float(getattr(record, name) if name in COSTS else record.metrics[name])


def _estimate(runs: Runs, name: str) -> Estimate:
    return Estimate.of(group_of(runs), {record.seed: value(record, name) for record in runs})
