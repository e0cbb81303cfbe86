from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from mtlbench.leaderboard import ResultRecord

RECORD_METRIC = {
    's': ('semseg', 'miou', True),
    'd': ('depth', 'rmse_m', False),
    'n': ('normals', 'mean_deg', False),
    'e': ('edges', 'f1', True),
}


@pytest.fixture
def make_record() -> Callable[..., ResultRecord]:
    """Builds a record of `folder/taskset_dataset`, `scores` in the order of the task set's letters."""

    def build(name: str, *scores: float, **changes: Any) -> ResultRecord:
        task_set, dataset = name.split('/')[1].split('_', 1)
        tasks = [RECORD_METRIC[letter] for letter in task_set]
        scores = scores or tuple(0.5 for _ in tasks)
        print_ = {'dataset': dataset, 'rendered': False, 'samples': 8, 'split_digest': 'aa'}
        values: dict[str, Any] = {
            'name': name,
            'method': name.split('/')[0],
            'task_set': task_set,
            'dataset': dataset,
            'rendered': False,
            'profile': 'full',
            'recipe': 'paper',
            'seed': 1,
            'metrics': {f'{task}/{metric}': score for (task, metric, _), score in zip(tasks, scores, strict=True)},
            'metrics_of_record': {task: metric for task, metric, _ in tasks},
            'higher_is_better': {f'{task}/{metric}': higher for task, metric, higher in tasks},
            'parameters': 1000,
            'iterations': 40000,
            'resolution': [320, 1024],
            'data': {'train': dict(print_), 'val': dict(print_)},
            'config': {'name': name},
            'versions': {'mtlbench': '0.1.0', 'torch': '2.11'},
            'created': '2026-01-02T03:04:05+00:00',
            'git_commit': 'abc1234',
        }
        return ResultRecord(**{**values, **changes})

    return build
