"""Lists of suites with their finished, unfinished and missing runs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from prettytable import PrettyTable

from mtlbench.leaderboard.suites.base import Suite
from mtlbench.records.paths import run_name
from mtlbench.records.record import ResultRecord
from mtlbench.records.unfinished import Unfinished
from mtlbench.utils.terminal import fitted, wrapped

SEEDS = 3


def suites_table(suites: Iterable[Suite], records: Sequence[ResultRecord], unfinished: Sequence[Unfinished]) -> str:
    """Return one line per suite: rows, runs needed with three seeds, finished runs, and missing configs."""
    table = PrettyTable(
        ['suite', 'title', 'rows', 'runs needed', 'finished', 'unfinished', 'configs missing'], align='r'
    )
    table.align['suite'] = table.align['title'] = table.align['finished'] = table.align['unfinished'] = 'l'
    for suite in suites:
        trained = {run_name(name) for name in suite.trained}
        missing = len(suite.missing)
        done = _counts(record for record in records if record.name in trained)
        open_ = _states(run for run in unfinished if run.name in trained)
        needed = len(trained) * SEEDS
        table.add_row([suite.id, suite.title, len(suite.rows), needed, done, open_, missing or ''])
    return fitted(table)


def rows_table(suite: Suite, records: Sequence[ResultRecord], unfinished: Sequence[Unfinished]) -> str:
    """Return one line per config of a suite: its row, and the state of its runs."""
    table = PrettyTable(['row', 'config', 'finished seeds', 'unfinished'], align='l')
    named = {name for row in suite.rows for name in row.configs}
    rows = [(row.label, name) for row in suite.rows for name in row.configs or ['']]
    for label, name in [*rows, *(('baseline', name) for name in suite.trained if name not in named)]:
        run = run_name(name) if name else ''
        mine = [record for record in records if record.name == run]
        state = 'quoted by the paper, no run' if not name else _seeds(mine)
        if name in suite.missing:
            state = f'config missing: configs/{name}.py'
        table.add_row([label, name, state, _states(other for other in unfinished if other.name == run)])
    return '\n'.join([*wrapped([f'{suite.id}: {suite.title}']), fitted(table)])


def _where(record: ResultRecord) -> str:
    return f'{record.profile}/{record.recipe}{" rendered" if record.rendered else ""}'


def _counts(records: Iterable[ResultRecord]) -> str:
    runs: dict[str, set[tuple[str, int]]] = {}
    for record in records:
        runs.setdefault(_where(record), set()).add((record.name, record.seed))
    return '; '.join(f'{where}: {len(done)}' for where, done in sorted(runs.items())) or '0'


def _seeds(records: Iterable[ResultRecord]) -> str:
    seeds: dict[str, set[int]] = {}
    for record in records:
        seeds.setdefault(_where(record), set()).add(record.seed)
    return '; '.join(f'{where}: {" ".join(map(str, sorted(done)))}' for where, done in sorted(seeds.items()))


def _states(runs: Iterable[Unfinished]) -> str:
    states: dict[str, int] = {}
    for run in runs:
        states[run.state] = states.get(run.state, 0) + 1
    return ', '.join(f'{count} {state}' for state, count in sorted(states.items()))
