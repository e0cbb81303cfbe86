"""What each field of a result record must hold."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from mtlbench.errors import DataError

FINGERPRINT = {'dataset': str, 'rendered': bool, 'samples': int, 'split_digest': str}


def _whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _real(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and not math.isinf(value)


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
    return isinstance(value, Mapping) and all(isinstance(value.get(key), kind) for key, kind in FINGERPRINT.items())


def _data(value: Any) -> bool:
    return _map_of(_fingerprint)(value) and {'train', 'val'} <= set(value)


def _changes(value: Any) -> bool:
    expected = {'update', 'key', 'old', 'new'}
    return isinstance(value, (list, tuple)) and all(
        isinstance(one, Mapping) and set(one) == expected and _whole(one['update']) and _word(one['key'])
        for one in value
    )


def _source(value: Any) -> bool:
    expected = {'name': _word, 'seed': _whole, 'iterations': _whole, 'config_digest': _word}
    return isinstance(value, Mapping) and all(test(value.get(key)) for key, test in expected.items())


def _time(value: Any) -> bool:
    try:
        return datetime.fromisoformat(value).tzinfo is not None
    except (TypeError, ValueError):
        return False


_WORD = (_word, 'a word')
_WHOLE = (_whole, 'a whole number from 0')
_QUANTITY = (_optional(lambda value: _real(value) and value >= 0), 'a finite number from 0, or null')
_EXPECTED: dict[str, tuple[Callable[[Any], bool], str]] = {
    'schema': _WHOLE,
    'name': _WORD,
    'method': _WORD,
    'task_set': _WORD,
    'dataset': _WORD,
    'rendered': (_flag, 'true or false'),
    'profile': _WORD,
    'recipe': _WORD,
    'seed': _WHOLE,
    'metrics': (_map_of(_real), "{'<task>/<metric>': number}, no infinity"),
    'metrics_of_record': (lambda value: bool(value) and _map_of(_word)(value), "{'<task>': '<metric>'}"),
    'higher_is_better': (_map_of(_flag), "{'<task>/<metric>': true or false}"),
    'parameters': _WHOLE,
    'iterations': _WHOLE,
    'resolution': (_size, '[height, width] in pixels'),
    'data': (_data, f"{{'train': ..., 'val': ...}}, each with {', '.join(FINGERPRINT)}"),
    'config': (_text, 'the text of the config'),
    'versions': (_map_of(_text), "{'<package>': '<version>'}"),
    'created': (_time, 'an ISO 8601 time with its offset'),
    'gflops': _QUANTITY,
    'step_time_s': _QUANTITY,
    'peak_memory_mb': _QUANTITY,
    'git_commit': (_optional(_word), 'a commit, or null'),
    'changes': (_optional(_changes), "[{'update', 'key', 'old', 'new'}, ...], or null"),
    'started_from': (_optional(_source), "{'name', 'seed', 'iterations', 'config_digest'}, or null"),
    'best': (_optional(_map_of(_real)), "{'<task>/<metric>': number}, or null"),
}


def check(values: Mapping[str, Any]) -> None:
    """Check the values of a record's fields.

    Raises:
        DataError: Naming the first field that holds what it must not hold.
    """
    for name, (test, expected) in _EXPECTED.items():
        if not test(values[name]):
            raise DataError(f"field '{name}' is {values[name]!r:.80}, expected {expected}")
