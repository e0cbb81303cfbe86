"""Valid values of the fields of a result record."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from mtlbench.errors import DataError

FINGERPRINT = {'dataset': str, 'rendered': bool, 'samples': int, 'split_digest': str}
# Within these bounds, sums and squares do not overflow. No valid count or measurement exceeds them.
MAX_WHOLE, MAX_REAL = 2**63 - 1, 1e30
# Counts and ratios of floats may exceed a bound by rounding errors.
SLACK = 1e-9


def _whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MAX_WHOLE


def _real(value: Any) -> bool:
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return number and (value != value or abs(value) <= MAX_REAL)


def _text(value: Any) -> bool:
    return isinstance(value, str)


def _word(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _flag(value: Any) -> bool:
    return isinstance(value, bool)


def _optional(test: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda value: value is None or test(value)


def _map_of(test: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, Mapping) and all(_word(k) and test(v) for k, v in value.items())


def _size(value: Any) -> bool:
    return isinstance(value, (list, tuple)) and len(value) == 2 and all(_whole(side) and side > 0 for side in value)


def _fingerprint(value: Any) -> bool:
    if not isinstance(value, Mapping) or not _map_of(_text)(value.get('content', {})):
        return False
    return all(isinstance(value.get(key), kind) for key, kind in FINGERPRINT.items())


def is_name(value: Any) -> bool:
    """Return whether a value is the name of a run, which becomes a path below the work dir."""
    return _word(value) and len(value.split('/')) == 2 and all(map(_part, value.split('/')))


def _part(value: Any) -> bool:
    return _word(value) and value not in ('.', '..') and not set(value) & set('/\0')


def _range(value: Any) -> bool:
    ends = isinstance(value, (list, tuple)) and len(value) == 2
    return ends and all(end is None or _real(end) for end in value)


def _updates(value: Any) -> bool:
    return isinstance(value, (list, tuple)) and bool(value) and all(map(_whole, value))


def _data(value: Any) -> bool:
    return _map_of(_fingerprint)(value) and {'train', 'val'} <= set(value)


def _changes(value: Any) -> bool:
    expected = {'update', 'key', 'old', 'new'}
    return isinstance(value, (list, tuple)) and all(
        isinstance(one, Mapping) and set(one) == expected and _whole(one['update']) and _word(one['key'])
        for one in value
    )


def _dict_of(**expected: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, Mapping) and all(test(value.get(key)) for key, test in expected.items())


def _finite(value: Any) -> bool:
    return _real(value) and value == value


def _share(value: Any) -> bool:
    return _finite(value) and 0 <= value <= 1


def _summary(value: Any) -> bool:
    numbers = dict.fromkeys(('mean', 'last'), _optional(_finite))
    return _dict_of(**numbers, share=_optional(_share))(value) and set(value) == {*numbers, 'share'}


def _balancer(value: Any) -> bool:
    expected = {
        'gradients_on': _word,
        'constant': _map_of(_finite),
        'weights': _map_of(_summary),
        'conflict': _share,
        'failures': _whole,
    }
    if not isinstance(value, Mapping) or not _word(value.get('type')):
        return False
    return all(key == 'type' or (key in expected and expected[key](one)) for key, one in value.items())


def _time(value: Any) -> bool:
    try:
        return datetime.fromisoformat(value).tzinfo is not None
    except (TypeError, ValueError):
        return False


_WORD = (_word, 'a word')
_WHOLE = (_whole, 'a whole number of at least 0')
_QUANTITY = (_optional(lambda value: _real(value) and value >= 0), 'a finite number of at least 0, or null')
_EXPECTED: dict[str, tuple[Callable[[Any], bool], str]] = {
    'schema': _WHOLE,
    'name': (is_name, "'<folder>/<config>'"),
    'method': _WORD,
    'task_set': _WORD,
    'dataset': _WORD,
    'rendered': (_flag, 'true or false'),
    'profile': (_part, 'a name without a slash'),
    'recipe': (_part, 'a name without a slash'),
    'seed': _WHOLE,
    'metrics': (_map_of(_real), "{'<task>/<metric>': number}, each below 1e30"),
    'metrics_of_record': (lambda value: bool(value) and _map_of(_word)(value), "{'<task>': '<metric>'}"),
    'higher_is_better': (_map_of(_flag), "{'<task>/<metric>': true or false}"),
    'parameters': _WHOLE,
    'iterations': _WHOLE,
    'resolution': (_size, '[height, width] in pixels'),
    'data': (_data, f"{{'train': ..., 'val': ...}}, each with {', '.join(FINGERPRINT)}"),
    'config': (lambda value: isinstance(value, Mapping), 'an object'),
    'versions': (_map_of(_text), "{'<package>': '<version>'}"),
    'created': (_time, 'an ISO 8601 time with its offset'),
    'gflops': _QUANTITY,
    'step_time_s': _QUANTITY,
    'peak_memory_mb': _QUANTITY,
    'git_commit': (_optional(_word), 'a commit, or null'),
    'changes': (_optional(_changes), "[{'update', 'key', 'old', 'new'}, ...], or null"),
    'started_from': (
        _optional(_dict_of(name=_word, seed=_whole, iterations=_whole, config_digest=_word)),
        "{'name', 'seed', 'iterations', 'config_digest'}, or null",
    ),
    'best_checkpoint': (
        _optional(_dict_of(file=_word, criterion=_word, value=_real, update=_whole)),
        "{'file', 'criterion', 'value', 'update'}, or null",
    ),
    'stopped_early': (
        _optional(_dict_of(update=_whole, criterion=_word, best=_optional(_real), best_update=_whole)),
        "{'update', 'criterion', 'best', 'best_update'}, or null",
    ),
    'balancer': (
        _optional(_balancer),
        "{'type', ...} with 'constant': {'<task>': number} or 'weights': {'<task>': {'mean', 'last', 'share'}}",
    ),
    'averaged_over': (_optional(_updates), 'a list of updates, or null'),
    'best': (_optional(_map_of(_real)), "{'<task>/<metric>': number}, or null"),
    'ranges': (_optional(_map_of(_range)), "{'<task>/<metric>': [least, most]}, null where there is no bound"),
    'checkpoint_digest': (_optional(_word), 'a SHA-256, or null'),
}


def check(values: Mapping[str, Any]) -> None:
    """Check the values of a record's fields.

    Raises:
        DataError: If a field has an invalid value. The message names the first one.
    """
    check_fields(values, _EXPECTED)
    for name in ('metrics', 'best'):
        for metric, value in (values[name] or {}).items():
            least, most = range_of(metric, values['higher_is_better'], values['ranges'] or {})
            if not (math.isnan(value) or least - SLACK <= value <= most + SLACK):
                raise DataError(f"field '{name}' has {value!r} for '{metric}', expected {least:g} to {most:g}")


def check_fields(values: Mapping[str, Any], names: Iterable[str]) -> None:
    """Check some fields of a record, each by itself.

    Raises:
        DataError: If a field is missing or has an invalid value. The message names the first one.
    """
    for name in names:
        test, expected = _EXPECTED[name]
        if not test(values.get(name)):
            raise DataError(f"field '{name}' is {values.get(name)!r:.80}, expected {expected}")


def range_of(
    metric: str, higher_is_better: Mapping[str, bool], ranges: Mapping[str, Sequence[float | None]]
) -> tuple[float, float]:
    """Return the smallest and largest possible value of a metric.

    Args:
        metric: Name of the metric. Its range is the same on additional datasets.
        higher_is_better: Directions of the record's metrics. By default, a metric is a share in [0, 1] if higher is
            better, and else an error of at least 0.
        ranges: Ranges of all other metrics.
    """
    name = metric if metric in ranges else metric.partition('@')[0]
    if name in ranges:
        least, most = ranges[name]
        return -math.inf if least is None else least, math.inf if most is None else most
    return 0.0, 1.0 if higher_is_better.get(name, False) else math.inf
