"""Measures that a tool made of a finished run afterwards, in files beside its record."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mtlbench.errors import DataError
from mtlbench.utils.json_files import read_json

if TYPE_CHECKING:
    from mtlbench.records.record import ResultRecord

FURTHER_FILES = ('robustness*.json', 'feature_correlation.json')


def with_further_measures(record: ResultRecord, folder: Path) -> ResultRecord:
    """The record with what was measured later of the same run's last checkpoint.

    Such a file holds ``subject`` with name, profile, recipe, seed, iteration and the SHA-256 of the ``checkpoint``,
    ``metrics`` and ``higher_is_better``. Files of other checkpoints, of the same run or of a former one, are left out.

    Raises:
        DataError: When a file is damaged.
    """
    for path in sorted(path for pattern in FURTHER_FILES for path in folder.glob(pattern)):
        try:
            content = read_json(path)
            if _is_of(content['subject'], record):
                record = _joined(record, content['metrics'], content['higher_is_better'])
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise DataError(f'measures {path}: {error!r}; delete the file and measure again') from error
    return record


def _is_of(subject: dict[str, Any], record: ResultRecord) -> bool:
    """Whether a file is of the checkpoint that a record is of; without both digests, whether it is of its run."""
    run = (subject['name'], subject['profile'], subject['recipe'], subject['iteration'])
    if run != (record.name, record.profile, record.recipe, record.iterations):
        return False
    found, own, seed = subject.get('checkpoint'), record.checkpoint_digest, subject.get('seed')
    if found and own:
        return found == own and seed in (None, record.seed)
    return seed == record.seed


def _joined(record: ResultRecord, found: dict[str, Any], higher_is_better: dict[str, bool]) -> ResultRecord:
    found = {key: float('nan') if value is None else value for key, value in found.items()}
    # What the run itself did not measure, such as a ratio, has no end but 0.
    open_ = {key: (0.0, None) for key in found if key.partition('@')[0] not in record.metrics}
    return replace(
        record,
        metrics={**found, **record.metrics},
        higher_is_better={**higher_is_better, **record.higher_is_better},
        ranges={**open_, **(record.ranges or {})} or None,
    )
