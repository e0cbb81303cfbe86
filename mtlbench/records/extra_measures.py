"""Additional measurements of finished runs, in files next to their records."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mtlbench.errors import DataError
from mtlbench.utils.json_files import read_json

if TYPE_CHECKING:
    from mtlbench.records.record import ResultRecord

EXTRA_FILES = ('robustness*.json', 'feature_correlation.json')


def with_extra_measures(record: ResultRecord, folder: Path) -> ResultRecord:
    """Return the record with additional measurements of the run's last checkpoint.

    A file of measurements contains ``metrics``, ``higher_is_better`` and ``subject``: name, profile, recipe, seed,
    iteration and the SHA-256 of the ``checkpoint``. Files of other checkpoints are ignored.

    Raises:
        DataError: If a file is damaged.
    """
    for path in sorted(path for pattern in EXTRA_FILES for path in folder.glob(pattern)):
        try:
            content = read_json(path)
            if _is_of(content['subject'], record):
                record = _joined(record, content['metrics'], content['higher_is_better'])
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise DataError(f'measurements {path} are damaged: {error!r}; delete the file and measure again') from error
    return record


def _is_of(subject: dict[str, Any], record: ResultRecord) -> bool:
    """Return whether a file belongs to the checkpoint of a record, or to its run if a digest is missing."""
    run = (subject['name'], subject['profile'], subject['recipe'], subject['iteration'])
    if run != (record.name, record.profile, record.recipe, record.iterations):
        return False
    found, own, seed = subject.get('checkpoint'), record.checkpoint_digest, subject.get('seed')
    if found and own:
        return found == own and seed in (None, record.seed)
    return seed == record.seed


def _joined(record: ResultRecord, found: dict[str, Any], higher_is_better: dict[str, bool]) -> ResultRecord:
    found = {key: float('nan') if value is None else value for key, value in found.items()}
    # Metrics that the run itself did not measure, such as ratios, have 0 as their only bound.
    open_ = {key: (0.0, None) for key in found if key.partition('@')[0] not in record.metrics}
    return replace(
        record,
        metrics={**found, **record.metrics},
        higher_is_better={**higher_is_better, **record.higher_is_better},
        ranges={**open_, **(record.ranges or {})} or None,
    )
