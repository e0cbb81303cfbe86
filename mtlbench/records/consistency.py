"""Consistency of a record with its config."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any

from mtlbench.errors import DataError
from mtlbench.records.fields import SLACK
from mtlbench.records.record import ResultRecord

_NAME = re.compile(r'\w[\w.+-]*/\w[\w.+-]*')
_WORD = re.compile(r'\w[\w.+-]*')


def check_consistency(record: ResultRecord) -> None:
    """Check a record from another source against its config.

    Raises:
        DataError: If a field contradicts the config. The message names the first one.
    """
    try:
        _check(record)
    except (TypeError, KeyError, IndexError, AttributeError, RecursionError) as error:
        # A config from another source may contain any value anywhere.
        raise DataError(f'its config is not the config of a run: {error!r:.200}') from error


def _check(record: ResultRecord) -> None:
    for field, pattern in (('name', _NAME), ('profile', _WORD), ('recipe', _WORD)):
        if not pattern.fullmatch(getattr(record, field)):
            raise DataError(f"field '{field}' is {getattr(record, field)!r:.80}, which is not a valid name")
    config = record.config
    tasks = _part(config, 'tasks')
    trivial = record.name.startswith('trivial/')
    found, wanted = _stated(record), _expected(config, tasks)
    if trivial:
        # Constants are not trained, and not all tasks have one.
        tasks = {task: node for task, node in tasks.items() if task in record.tasks}
        wanted = {**wanted, 'method': 'trivial', 'iterations': 0, 'task_set': found['task_set']}
    elif record.stopped_early and record.iterations < (wanted['iterations'] or 0):
        wanted['iterations'] = record.iterations
    wanted |= {'tasks': list(tasks), 'rendered': any(part['rendered'] for part in record.data.values())}
    for field, value in wanted.items():
        if found[field] != value:
            raise DataError(f"field '{field}' is {found[field]!r}, expected {value!r} from its config and data")
    _check_metrics(record, tasks)
    if record.balancer is not None:
        _check_balancer(record.balancer, config, tasks)


def _stated(record: ResultRecord) -> dict[str, Any]:
    """Return the fields of a record that also follow from its config."""
    fields = ('profile', 'recipe', 'method', 'iterations', 'dataset', 'rendered')
    return {
        **{field: getattr(record, field) for field in fields},
        'task_set': record.task_set,
        'tasks': list(record.tasks),
        'resolution': list(record.resolution),
    }


def _expected(config: Mapping[str, Any], tasks: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values of these fields according to the config."""
    from mtlbench.registry import DATASETS, TASKS

    dataset = _part(_part(config, 'val_dataloader'), 'dataset')
    sizes = [list(step['size']) for step in dataset.get('pipeline', ()) if 'size' in step]
    wanted = {
        'profile': config.get('profile'),
        'recipe': config.get('recipe'),
        'method': config.get('method'),
        'iterations': _part(config, 'train_cfg').get('max_iters'),
        'dataset': _registered(DATASETS, dataset).name,
        'task_set': ''.join(_registered(TASKS, node).letter for node in tasks.values()),
    }
    return {**wanted, 'resolution': sizes[-1]} if sizes else wanted


def _check_metrics(record: ResultRecord, tasks: Mapping[str, Any]) -> None:
    """Check that metrics and directions are those of the tasks."""
    from mtlbench.registry import TASKS

    strange = [key for key in record.metrics if key.split('/')[0] not in tasks]
    if strange:
        raise DataError(f"field 'metrics' contains {strange[0]!r}, but the config has the tasks {sorted(tasks)}")
    for name, node in tasks.items():
        task = _built(TASKS, node)
        if record.metrics_of_record[name] != task.metric_of_record:
            raise DataError(
                f"field 'metrics_of_record' has {record.metrics_of_record[name]!r} for {name!r}, "
                f'expected {task.metric_of_record!r}'
            )
        for metric, higher in task.higher_is_better.items():
            if record.higher_is_better.get(f'{name}/{metric}', higher) != higher:
                raise DataError(f"field 'higher_is_better' is wrong for '{name}/{metric}'")
            _check_range(record, f'{name}/{metric}', task.range_of(metric))


def _check_balancer(balancer: Mapping[str, Any], config: Mapping[str, Any], tasks: Mapping[str, Any]) -> None:
    """Check what is stated about the balancer, which concerns all trained tasks or none."""
    model = _part(config, 'model')
    node = _part(model, 'balancer')
    wanted = {'type': node.get('type'), 'gradients_on': model.get('gradients_on', 'maps')}
    if 'weights' in node:
        wanted['constant'] = node['weights']
    for key, value in wanted.items():
        if key in balancer and balancer[key] != value:
            raise DataError(
                f"field 'balancer' has {balancer[key]!r:.80} for '{key}', expected {value!r} from its config"
            )
    if 'weights' in balancer and list(balancer['weights']) != list(tasks):
        raise DataError(f"field 'balancer' has weights of {list(balancer['weights'])}, expected those of {list(tasks)}")


def _check_range(record: ResultRecord, metric: str, ends: tuple[float, float]) -> None:
    """Check a metric on all datasets against the range defined by its task."""
    for name in ('metrics', 'best'):
        for key, value in (getattr(record, name) or {}).items():
            if key.partition('@')[0] == metric and not (math.isnan(value) or ends[0] <= value <= ends[1] + SLACK):
                raise DataError(f"field '{name}' has {value!r} for '{key}', expected {ends[0]:g} to {ends[1]:g}")


def _part(config: Mapping[str, Any], key: str) -> dict[str, Any]:
    part = config.get(key)
    if not isinstance(part, dict) or not all(isinstance(name, str) for name in part):
        raise DataError(f"its config has no '{key}'")
    return part


def _built(registry: Any, node: Any) -> Any:
    """Build the task of a config. Only its own class checks the arguments."""
    kind = _registered(registry, node)
    try:
        return kind(**{key: value for key, value in node.items() if key != 'type'})
    except (TypeError, ValueError, AttributeError, KeyError) as error:
        raise DataError(f'its config does not define a valid {node["type"]}: {error}') from error


def _registered(registry: Any, node: Any) -> Any:
    kind = node.get('type') if isinstance(node, dict) else None
    found = registry.get(kind) if isinstance(kind, str) and kind in registry.names() else None
    if found is None:
        raise DataError(f"its config needs '{kind}', which is not registered; install the package that provides it")
    return found
