"""Criterion that ranks the validations of a run: a metric, or the delta over single-task baselines."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mtlbench.errors import ConfigError
from mtlbench.evaluation.delta import delta
from mtlbench.records.identity import differences, listed, without_per_run_keys
from mtlbench.records.paths import RESULT_FILE
from mtlbench.records.record import ResultRecord
from mtlbench.tasks.base import Task
from mtlbench.utils.choices import nearest_or_all

DELTA = 'delta'
COMPARED = ('profile', 'recipe')
ALLOWED = ('tasks',)
"""Settings of the validation data in which a single-task run differs from a multi-task one."""

Baselines = Mapping[str, float] | Sequence[str]


@dataclass(frozen=True)
class Criterion:
    """Number that ranks validations.

    Args:
        name: Metric ``<task>/<metric>``, ``<task>/<metric>@<dataset>`` on a further dataset, or ``delta``.
        higher_is_better: Direction of the number.
        metrics: Metric of record by task, such as ``{'depth': 'depth/rmse_m'}``; read by the delta only.
        directions: Direction of these metrics by task.
        baselines: Value of these metrics by task, of the single-task networks.
    """

    name: str
    higher_is_better: bool = True
    metrics: Mapping[str, str] = field(default_factory=dict)
    directions: Mapping[str, bool] = field(default_factory=dict)
    baselines: Mapping[str, float] = field(default_factory=dict)

    def value(self, metrics: Mapping[str, float]) -> float:
        """Return the number of a validation; NaN if one of its metrics has no value.

        Args:
            metrics: Metrics of the validation by ``<task>/<metric>``.
        """
        if self.name != DELTA:
            return metrics.get(self.name, math.nan)
        scores = {task: metrics.get(key, math.nan) for task, key in self.metrics.items()}
        return delta(scores, self.baselines, self.directions)

    def improves(self, new: float, old: float, least: float = 0.0) -> bool:
        """Return whether a number is better than another one by more than ``least``.

        NaN improves nothing, and any number improves NaN.
        """
        if math.isnan(new) or math.isnan(old):
            return math.isnan(old) and not math.isnan(new)
        return (new - old if self.higher_is_better else old - new) > least


def build_criterion(
    name: str, baselines: Baselines | None, tasks: Mapping[str, Task], config: Mapping[str, Any]
) -> Criterion:
    """Return the criterion of a run.

    Args:
        name: See :class:`Criterion`.
        baselines: For the delta: value of the metric of record by task, or folders (or records) of finished single-task
            runs. Runs of the same task are averaged.
        tasks: Tasks of the run by name.
        config: Resolved config of the run.

    Raises:
        ConfigError: When the criterion is unknown, or the baselines do not match the run.
        DataError: When a record is missing or damaged.
    """
    if name != DELTA:
        if baselines:
            raise ConfigError(f"baselines are for the criterion 'delta', but it is '{name}'; remove them")
        return Criterion(name, _direction(name, tasks, config.get('further_dataloaders') or {}))
    given = baselines if isinstance(baselines, Mapping) else _recorded(baselines or (), tasks, config)
    for task in tasks:
        if task not in given:
            raise ConfigError(
                f"the criterion 'delta' has no baseline for {task}; set baselines=[RUN, ...] to finished single-task "
                f'runs of {", ".join(tasks)}'
            )
        if not given[task] or not math.isfinite(given[task]):
            raise ConfigError(f'the baseline of {task} is {given[task]}, expected a finite number other than zero')
    for task in given:
        if task not in tasks:
            raise ConfigError(f"the baselines name the task '{task}'{nearest_or_all(task, tasks)}")
    return Criterion(
        DELTA,
        metrics={task: f'{task}/{one.metric_of_record}' for task, one in tasks.items()},
        directions={task: one.higher_is_better[one.metric_of_record] for task, one in tasks.items()},
        baselines=dict(given),
    )


def _direction(name: str, tasks: Mapping[str, Task], further: Iterable[str]) -> bool:
    known = {
        f'{task}/{metric}{place}': higher
        for place in ('', *(f'@{dataset}' for dataset in further))
        for task, one in tasks.items()
        for metric, higher in one.higher_is_better.items()
    }
    if name not in known:
        raise ConfigError(f"the run has no metric '{name}'{nearest_or_all(name, [*known, DELTA])}")
    return known[name]


def _recorded(runs: Sequence[str], tasks: Mapping[str, Task], config: Mapping[str, Any]) -> dict[str, float]:
    """Return the mean of the metric of record over the given runs, by task."""
    found: dict[str, list[float]] = {}
    for run in runs:
        path = Path(run)
        record = ResultRecord.read(path / RESULT_FILE if path.is_dir() else path)
        task = _single_task(record, path, tasks)
        _require_comparable(record, path, config)
        found.setdefault(task, []).append(record.metrics[f'{task}/{tasks[task].metric_of_record}'])
    return {task: sum(values) / len(values) for task, values in found.items()}


def _single_task(record: ResultRecord, path: Path, tasks: Mapping[str, Task]) -> str:
    if len(record.tasks) != 1 or not record.iterations:
        raise ConfigError(f'baseline {path} is {record.name} of {", ".join(record.tasks)}, expected a single-task run')
    (task,) = record.tasks
    if task not in tasks or record.metrics_of_record[task] != tasks[task].metric_of_record:
        raise ConfigError(f'baseline {path} measures {task}, expected one of: {", ".join(tasks)}')
    return task


def _require_comparable(record: ResultRecord, path: Path, config: Mapping[str, Any]) -> None:
    """Reject baselines of another scale or recipe, or with other validation data."""
    own = {key: config.get(key) for key in COMPARED}
    there = {key: getattr(record, key) for key in COMPARED}
    for side, whole in ((own, config), (there, record.config)):
        dataset = without_per_run_keys((whole.get('val_dataloader') or {}).get('dataset') or {})
        side['val'] = {key: value for key, value in dataset.items() if key not in ALLOWED}
    found = differences(there, own)
    if found:
        raise ConfigError(f'baseline {path} is not comparable with this run: {listed(found)}')
