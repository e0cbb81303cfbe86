"""Tables of measured results, each from a record, next to published results."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence

from mtlbench.config.files import has_config
from mtlbench.leaderboard.claims.verdict import claims_of, judge
from mtlbench.leaderboard.estimate import TEST, Estimate
from mtlbench.leaderboard.published.published_tables import PublishedCell, PublishedTable, published_tables
from mtlbench.leaderboard.statistics import summary
from mtlbench.leaderboard.suites.base import TRIVIAL, Row, Suite
from mtlbench.leaderboard.tables.columns import TableColumn, columns_of
from mtlbench.leaderboard.tables.comparability import Setting, by_setting
from mtlbench.leaderboard.tables.grid import DASH, Cell, Grid
from mtlbench.leaderboard.tables.lines import Line, has_suffix, lines_of, revisions
from mtlbench.leaderboard.tables.measures import Measures
from mtlbench.records.record import ResultRecord
from mtlbench.records.unfinished import FAILED, RUNNING, Unfinished, state_of
from mtlbench.utils.command import typed

QUOTED, CONFIG_MISSING, MISSING = 'quoted', 'config missing', 'missing'
MEASURED, NOT_MEASURED = 'measured', 'not measured'


def tables(suite: Suite, records: Sequence[ResultRecord], unfinished: Sequence[Unfinished] = ()) -> list[Grid]:
    """Return the tables of a suite: one per setting of its runs, or an empty one if there are no runs.

    Args:
        suite: Suite with rows and baselines.
        records: All records. Those of other configs are ignored.
        unfinished: All runs without a record.
    """
    rows = suite.names
    names = rows | {name for claim in claims_of(suite.id) for name in claim.configs}
    groups = by_setting((record for record in records if record.name in names), suite.train_varies)
    shown = {setting: group for setting, group in groups.items() if any(r.name in rows for r in group)}
    if not shown:
        return [_Table(suite, None, [], unfinished).grid]
    return [_Table(suite, setting, group, unfinished).grid for setting, group in shown.items()]


class _Table:
    """Builder of the table of one setting."""

    def __init__(
        self,
        suite: Suite,
        setting: Setting | None,
        records: Sequence[ResultRecord],
        unfinished: Sequence[Unfinished],
    ) -> None:
        self.suite, self.setting, self.records = suite, setting, records
        where = (setting.profile, setting.recipe) if setting else None
        self.unfinished = [run for run in unfinished if where in (None, (run.profile, run.recipe))]
        self.published: PublishedTable | None = published_tables()[suite.published] if suite.published else None
        names = suite.names
        self.columns = columns_of(suite, self.published, [r for r in records if r.name in names])
        self.measures = Measures(suite, records)
        found = [lines_of(row, records) for row in suite.rows]
        self.lines = [line for lines in found for line in lines]
        self.current = {lines[0].row.label: lines[0] for lines in found}
        self.estimates = {
            (line.label, shown.column.key): self.measures.estimate(line, shown)
            for line in self.lines
            for shown in self.columns
        }
        self.code = revisions(records)
        self.grid = Grid(suite.id, suite.title, self._heading(), self._header(), raw=self._raw())
        self.grid.rows = [self._row(line) for line in self.lines]
        self._rank()
        self.grid.verdicts = [judge(claim, self._claimed, self._higher) for claim in claims_of(suite.id)]
        self.grid.lines += self._legend()

    def _heading(self) -> list[str]:
        if self.setting is None:
            return ['no finished runs']
        lines = [self.setting.describe(), f'code: {", ".join(self.code)}']
        starts = sorted({start for record in self.records if record.iterations for start in record.pretrained})
        if starts:
            lines.append(f'features start from: {", ".join(starts)}')
        if self.published and not self.setting.comparable:
            lines.append('Published results use the real data at full size and are not comparable with measured ones.')
        return lines

    def _header(self) -> list[str]:
        header = ['method']
        for shown in self.columns:
            header.append(shown.header)
            if shown.published:
                unit = f' [{shown.published.unit}]' if shown.published.unit else ''
                header.append(f'published {shown.published.name}{unit}')
                if shown.other_sign:
                    header.append(f'printed {shown.published.name}{unit} ↓')
        return header

    def _legend(self) -> list[str]:
        cells = [cell for row in self.grid.rows for cell in row]
        if all(cell.differs is None for cell in cells):
            return []
        return [
            f'† differs from {self.suite.reference}, ≈ does not: two-sided {TEST} at 5 % for each cell, which allows '
            'unequal variances and few seeds. No mark: one of the rows has a single seed.'
        ]

    def _raw(self) -> dict[str, object]:
        columns = [
            {
                'key': shown.column.key,
                'metric': shown.name,
                'unit': shown.unit.symbol,
                'higher_is_better': shown.higher_is_better,
                'published': dataclasses.asdict(shown.published) if shown.published else None,
            }
            for shown in self.columns
        ]
        setting = dataclasses.asdict(self.setting) if self.setting else None
        return {'setting': setting, 'code': self.code, 'reference': self.suite.reference, 'columns': columns}

    def _row(self, line: Line) -> list[Cell]:
        cells = [self._label(line)]
        printed = self.published.rows.get(line.row.published or '', {}) if self.published else {}
        for shown in self.columns:
            cells.append(self._cell(line, shown))
            if shown.published:
                cell = printed.get(shown.column.key)
                cells.append(self._printed(cell.negated if cell and shown.other_sign else cell, shown, 'published'))
                if shown.other_sign:
                    cells.append(self._printed(cell, shown, 'printed'))
        return cells

    def _label(self, line: Line) -> Cell:
        notes = []
        if not line.row.configs:
            notes.append('quoted by the paper, not run here')
        if source := self.published.sources.get(line.row.published or '') if self.published else None:
            notes.append(f'published values {source}')
        if line.revisions and len(self.code) > 1:
            different = 'different ' if len(line.revisions) > 1 else ''
            notes.append(f'runs of {different}code: {", ".join(line.revisions)}')
        pairs = zip(line.row.configs, line.runs, strict=True)
        missing = [name for name, runs in pairs if not runs and _config_missing(name)]
        if missing:
            notes.append(f'config missing: {", ".join(f"configs/{name}.py" for name in missing)}')
        names = {run.name for run in self.unfinished} & {*line.row.configs}
        if names:
            notes.append('; '.join(str(run) for run in self.unfinished if run.name in names))
        raw = {'configs': list(line.row.configs), **_balancers(line)}
        return Cell(line.label, [self.grid.note(note) for note in notes], raw=raw)

    def _cell(self, line: Line, shown: TableColumn) -> Cell:
        estimate = self.estimates[line.label, shown.column.key]
        raw: dict[str, object] = {'column': shown.column.key, 'kind': 'measured', 'state': MEASURED}
        if estimate is None or not estimate.values:
            notes = [] if estimate else self._without_delta(line, shown)
            state = self._state(line, shown) or (MISSING if notes else NOT_MEASURED)
            return Cell(
                state if state in (CONFIG_MISSING, RUNNING, FAILED) else DASH, notes, raw={**raw, 'state': state}
            )
        raw |= _numbers(estimate, shown.unit.factor)
        cell = Cell(summary(estimate, shown.unit, '+' if shown.delta_of else ''), self._lacking(line, shown), raw=raw)
        reference = self._estimate(self.suite.reference, shown.column.key)
        if reference and line.row.label != self.suite.reference and not _is_trivial(line.row):
            gap = estimate - reference
            cell.differs = gap.differs()
            difference = gap.mean * shown.unit.factor
            raw['against_reference'] = {'difference': difference, 'p': gap.p(), 'significant': cell.differs}
        return cell

    def _state(self, line: Line, shown: TableColumn) -> str:
        """Return the state of a cell's missing runs; empty if none are missing."""
        pairs = zip(line.row.configs, line.runs, strict=True)
        open_ = [name for name, runs in pairs if not runs and has_suffix(name, shown.column.suffix)]
        if not line.row.configs:
            return QUOTED
        if any(map(_config_missing, open_)):
            return CONFIG_MISSING
        return state_of(open_, self.unfinished) or (MISSING if open_ else '')

    def _rank(self) -> None:
        """Mark the best and second best of each column, except older configs and trivial rows."""
        if not self.suite.trained:
            return
        wanted = [line for line in self.current.values() if not _is_trivial(line.row)]
        rows = [row for row, line in zip(self.grid.rows, self.lines, strict=True) if line in wanted]
        directions = [higher for shown in self.columns for higher in _directions(shown)]
        for number, higher in enumerate(directions, 1):
            cells = [row[number] for row in rows if not math.isnan(_mean(row[number]))]
            order = sorted({_mean(cell) for cell in cells}, reverse=bool(higher))[:2]
            for cell in cells if higher is not None and len(cells) > 1 else []:
                cell.rank = order.index(_mean(cell)) + 1 if _mean(cell) in order else 0

    def _estimate(self, label: str, column: str) -> Estimate | None:
        line = self.current.get(label)
        return self.estimates.get((line.label, column)) if line else None

    def _claimed(self, name: str, column: str) -> Estimate | None:
        """Return the estimate of a row, or of a config of another table, named by a claim."""
        if '/' not in name:
            return self._estimate(name, column)
        return self.measures.estimate(lines_of(Row(name, (name,)), self.records)[0], self._shown(column))

    def _higher(self, column: str) -> bool:
        return bool(self._shown(column).higher_is_better)

    def _shown(self, key: str) -> TableColumn:
        return next(shown for shown in self.columns if shown.column.key == key)

    def _without_delta(self, line: Line, shown: TableColumn) -> list[int]:
        """Return the footnote of a delta that cannot be computed."""
        if not shown.delta_of or not line.having([other.name for other in shown.averaged]):
            return []
        if self.measures.scale_is_zero(shown):
            return [self.grid.note('a single-task score is zero, so the relative gain is undefined')]
        return self._lacking(line, shown)

    def _lacking(self, line: Line, shown: TableColumn) -> list[int]:
        """Return the footnote about missing single-task runs of a delta."""
        if not shown.delta_of or self.setting is None:
            return []
        runs = line.having([other.name for other in shown.averaged])
        seeds = {record.seed for record in runs if record.iterations}
        missing = {}
        for task in shown.delta_of:
            there = {record.seed for record in self.measures.baselines.get(task, [])}
            if not there or seeds - there:
                name = self.suite.baselines.get(task, f'a single-task config of {task}')
                missing[name] = sorted(seeds - there) or [1]
        return [self.grid.note(_missing_note(missing, self.setting))] if missing else []

    def _printed(self, cell: PublishedCell | None, shown: TableColumn, kind: str) -> Cell:
        raw: dict[str, object] = {'column': shown.column.key, 'kind': kind, 'status': 'not_reported'}
        if cell is None:
            return Cell(raw=raw)
        raw |= {**dataclasses.asdict(cell), 'mean': cell.mean, 'std': cell.std}
        if cell.status in ('not_reported', 'not_applicable'):
            return Cell(raw=raw)
        if cell.status in ('read', 'idem'):
            return Cell(cell.printed or DASH, raw=raw)
        note = self.grid.note(f'published: {cell.note or "not legible in the available text"}')
        return Cell(cell.printed or '?', [note], raw=raw)


def _directions(shown: TableColumn) -> list[bool | None]:
    """Return the direction of each printed column of a column."""
    columns = [shown.higher_is_better] * (2 if shown.published else 1)
    return [*columns, not shown.higher_is_better] if shown.other_sign else columns


def _mean(cell: Cell) -> float:
    """Return the mean of a cell that may be ranked, or NaN."""
    mean = cell.raw.get('mean')
    return math.nan if mean is None or cell.raw.get('status') == 'suspect' else mean


def _numbers(estimate: Estimate, factor: float) -> dict[str, object]:
    return {
        'mean': estimate.mean * factor,
        'std': None if estimate.std is None else estimate.std * factor,
        'n': len(estimate.values),
        'values': {str(seed): value * factor for seed, value in estimate.values.items()},
    }


def _balancers(line: Line) -> dict[str, object]:
    """Return what the records of a line state about their balancers, by config and seed."""
    found = {
        runs[0].name: {str(run.seed): run.balancer for run in runs if run.balancer is not None}
        for runs in line.runs
        if any(run.balancer is not None for run in runs)
    }
    return {'balancers': found} if found else {}


def _is_trivial(row: Row) -> bool:
    return bool(row.configs) and all(name.startswith(TRIVIAL) for name in row.configs)


def _config_missing(name: str) -> bool:
    return not name.startswith(TRIVIAL) and not has_config(name)


def _missing_note(missing: dict[str, list[int]], setting: Setting) -> str:
    which = '; '.join(f'{name} of seed {", ".join(map(str, seeds))}' for name, seeds in missing.items())
    seeds = ' '.join(str(seed) for seed in sorted({seed for seeds in missing.values() for seed in seeds}))
    line = f'benchmark run {" ".join(missing)} --seed {seeds} --profile {setting.profile} --recipe {setting.recipe}'
    return f'single-task runs missing in this setting: {which}. To make them: {typed(line)}'
