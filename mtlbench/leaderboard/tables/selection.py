"""Selection of the tables to print: suites, with additional rows, or tables of single configs."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import PurePath

from mtlbench.config.files import find_config
from mtlbench.leaderboard.suites import Row, Suite, all_suites, find_suite
from mtlbench.records.paths import run_name, trivial_name
from mtlbench.records.record import ResultRecord

SINGLE_TASK = 'stl'


def select(suite_ids: Sequence[str], configs: Sequence[str], records: Sequence[ResultRecord]) -> list[Suite]:
    """Return the tables to print.

    Args:
        suite_ids: Requested suites. ``configs`` become additional rows of each.
        configs: Requested configs. Without suites, they get a table per dataset.
        records: All records. Without a request, all suites with records are selected, and other records get a table per
            dataset.

    Raises:
        ConfigError: If a suite or config does not exist. The message suggests the closest names.
    """
    recorded = {record.name for record in records}
    for config in configs:
        if run_name(config) not in recorded:
            find_config(config)
    names = [run_name(config) for config in configs]
    if suite_ids:
        rows = tuple(_own_row(config, records) for config in configs)
        chosen = [find_suite(suite_id) for suite_id in suite_ids]
        return [dataclasses.replace(suite, rows=suite.rows + rows) for suite in chosen]
    if names:
        return _own_tables([record for record in records if record.name in names], records)
    suites = [s for s in all_suites().values() if recorded & {run_name(name) for name in s.trained}]
    shown = {name for suite in suites for name in suite.names}
    rest = [record for record in records if record.name not in shown and record.iterations]
    return suites + _own_tables(rest, records)


def _own_tables(wanted: Sequence[ResultRecord], records: Sequence[ResultRecord]) -> list[Suite]:
    """Return one table per dataset with the requested runs, below their trivial and single-task rows."""
    return [
        _own_table(dataset, [record for record in wanted if record.dataset == dataset], records)
        for dataset in dict.fromkeys(record.dataset for record in wanted)
    ]


def _own_row(config: str, records: Sequence[ResultRecord]) -> Row:
    name = run_name(config)
    method = next((record.method for record in records if record.name == name), 'no run')
    return Row(f'{method} ({name})', (config,))


def _own_table(dataset: str, wanted: Sequence[ResultRecord], records: Sequence[ResultRecord]) -> Suite:
    baselines = {
        task: f'{SINGLE_TASK}/{letter}_{dataset}'
        for record in wanted
        for letter, task in zip(record.task_set, record.tasks, strict=False)
    }
    names = dict.fromkeys(record.name for record in wanted)
    trivial = {trivial_name(name) for name in names} & {record.name for record in records}
    first = [Row(PurePath(name).name + ' trivial', (name,)) for name in sorted(trivial)]
    own = [_own_row(name, wanted) for name in names if name not in baselines.values()]
    rows = (*first, Row('single-task', tuple(baselines.values())), *own)
    return Suite('own', f'{dataset}: selected runs', rows, baselines)
