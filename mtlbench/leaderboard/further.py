"""Measures that a tool made of a finished run afterwards, in files beside its record."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mtlbench.errors import DataError

if TYPE_CHECKING:
    from mtlbench.leaderboard.record import ResultRecord

FURTHER_FILES = ('robustness*.json', 'feature_correlation.json')


def with_further_measures(record: ResultRecord, folder: Path) -> ResultRecord:
    """The record with what was measured later of the same run's last checkpoint.

    Such a file holds ``subject`` with name, profile, recipe and iteration, ``metrics`` and ``higher_is_better``.
    Files of earlier checkpoints are left out.

    Raises:
        DataError: When a file is damaged.
    """
    for path in sorted(path for pattern in FURTHER_FILES for path in folder.glob(pattern)):
        try:
            content = json.loads(path.read_text(encoding='utf-8'))
            if _run(content['subject']) == (record.name, record.profile, record.recipe, record.iterations):
                found = {key: float('nan') if value is None else value for key, value in content['metrics'].items()}
                metrics = {**found, **record.metrics}
                directions = {**content['higher_is_better'], **record.higher_is_better}
                record = replace(record, metrics=metrics, higher_is_better=directions)
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise DataError(f'measures {path}: {error!r}; delete the file and measure again') from error
    return record


def _run(subject: dict[str, Any]) -> tuple[str, str, str, int]:
    return subject['name'], subject['profile'], subject['recipe'], subject['iteration']
