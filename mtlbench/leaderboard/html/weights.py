"""Weights of the tasks' losses, as tables and charts."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from mtlbench.leaderboard.html.charts import Drawing, curves
from mtlbench.leaderboard.html.traces import folder_of, read_scalars
from mtlbench.leaderboard.statistics import DASH
from mtlbench.records.record import ResultRecord

CONFLICT = 'conflict'
Figure = tuple[str, float | None]  # text, and the value that a table is sorted by


class WeightTable(NamedTuple):
    """Table of a page: headings, and for each line its words and its numbers."""

    header: list[str]
    lines: list[tuple[list[str], list[Figure]]]


def weights_of(rows: Mapping[str, Sequence[ResultRecord]]) -> WeightTable | None:
    """Return the learned weights of each config of each row, averaged over its runs; None if there are none."""
    learned = {label: [run for run in runs if _weights(run)] for label, runs in rows.items()}
    tasks = list(dict.fromkeys(task for runs in learned.values() for run in runs for task in _weights(run)))
    lines = []
    for label, runs in learned.items():
        for name in dict.fromkeys(run.name for run in runs):
            of_config = [run for run in runs if run.name == name]
            lines.append(([label, name, _stated(of_config[0])['type']], _figures(of_config, tasks)))
    columns = [f'{task}, {kind}' for task in tasks for kind in ('mean', 'last')]
    return WeightTable(['method', 'config', 'balancer', *columns, CONFLICT, 'failures'], lines) if lines else None


def weights_of_run(run: ResultRecord) -> WeightTable | None:
    """Return the constant or learned weights of a run by task; None if its record has none."""
    constant = _stated(run).get('constant')
    if constant:
        return WeightTable(['task', 'weight'], [([task], [_figure([one])]) for task, one in constant.items()])
    kinds = ('mean', 'last', 'share')
    lines = [([task], [_figure([one[kind]]) for kind in kinds]) for task, one in _weights(run).items()]
    return WeightTable(['task', 'mean', 'last', 'share of updates'], lines) if lines else None


def notes_of_run(run: ResultRecord) -> dict[str, str | float]:
    """Return what else the record of a run states about its balancer."""
    return {key: value for key, value in _stated(run).items() if key not in ('constant', 'weights')}


def weight_curves_of(run: ResultRecord, work_dir: Path, left_out: list[str]) -> list[Drawing]:
    """Return charts of the learned weights and of the conflict over the training, if the log of the run is there."""
    names = {f'weight_{task}': task for task in _weights(run)}
    if run.origin is not None or not names:
        return []
    found = read_scalars(folder_of(run, work_dir), [*names, CONFLICT], left_out)
    weights = {names[key]: [trace] for key, trace in found.items() if key in names}
    conflict = {'tasks': [found[CONFLICT]]} if CONFLICT in found else {}
    charts = {'weight': weights, 'conflict: share of pairs of tasks': conflict}
    return [partial(curves, title, series) for title, series in charts.items() if series]


def _figures(runs: Sequence[ResultRecord], tasks: Iterable[str]) -> list[Figure]:
    """Return the means over runs of the weights, the conflict and the failures."""
    of_tasks = [[_weights(run).get(task, {}).get(kind) for run in runs] for task in tasks for kind in ('mean', 'last')]
    others = [[_stated(run).get(key) for run in runs] for key in (CONFLICT, 'failures')]
    return [_figure(values) for values in (*of_tasks, *others)]


def _figure(values: Iterable[float | None]) -> Figure:
    known = [value for value in values if value is not None]
    return (f'{statistics.fmean(known):.4g}', statistics.fmean(known)) if known else (DASH, None)


def _stated(run: ResultRecord) -> Mapping[str, Any]:
    return run.balancer or {}


def _weights(run: ResultRecord) -> Mapping[str, Mapping[str, float | None]]:
    return _stated(run).get('weights', {})
