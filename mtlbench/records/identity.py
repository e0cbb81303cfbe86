"""Identity of a run: its resolved config without settings that may differ between starts of the same run."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

PER_START_KEYS = frozenset(
    {
        *('work_dir', 'resume', 'launcher', 'local_rank', 'model_wrapper_cfg', 'find_unused_parameters', 'env_cfg'),
        *('log_level', 'log_processor', 'visualizer'),
        *('num_workers', 'persistent_workers', 'prefetch_factor', 'pin_memory'),
        *('test_dataloader', 'test_evaluator', 'test_cfg'),
    }
)
"""Keys for locations, devices, logging and testing, which may differ between starts of a run."""
PER_START_HOOKS = frozenset(
    {'AtomicCheckpointHook', 'DrawPredictionsHook', 'IterTimerHook', 'LoggerHook', 'RuntimeInfoHook'}
)
"""Types of ``default_hooks`` that affect neither weights nor metrics."""
PER_RUN_KEYS = frozenset({'randomness', 'data_root'})
"""Keys that may also differ between runs of an experiment: the seed and the data root."""
PROCESSES = 'processes'
"""Key of the number of processes, set by the launcher. Default: one."""
NAME, DATA = 'config', 'data'
"""Keys of differences that are not in a config: its name, and the frames and files of the datasets."""
UPDATES = 'train_cfg.max_iters'
"""Key of the number of updates."""
NONE = 'None'
"""The value None among differences, as opposed to a missing value, for which the default applies."""
MOST = 4
"""Maximum number of differences in a message."""


class Difference(NamedTuple):
    """A key with two values. A value is None if the config lacks the key."""

    key: str
    old: Any
    new: Any

    def __str__(self) -> str:
        return f'{self.key} was {_shown(self.old)}, now {_shown(self.new)}'


def identity(config: Mapping[str, Any]) -> dict[str, Any]:
    """Return the part of a resolved config that belongs to the identity of a run, seed and data root included."""
    if config.get('resume'):
        # A continued run loads its own checkpoint, which does not change its identity.
        config = {**config, 'load_from': None}
    kept = _without(config, PER_START_KEYS)
    hooks = kept.get('default_hooks')
    if isinstance(hooks, Mapping):
        kept['default_hooks'] = {name: hook for name, hook in hooks.items() if _shapes_the_run(hook)}
    return kept


def _shapes_the_run(hook: Any) -> bool:
    kind = hook.get('type') if isinstance(hook, Mapping) else hook
    return hook is not None and str(kind).rpartition('.')[2] not in PER_START_HOOKS


def without_per_run_keys(config: Any) -> Any:
    """Return a copy of a config, as JSON values, without settings that differ between runs of an experiment.

    These are all settings outside of a run's :func:`identity`, the seed, and the data root. All seeds of an experiment
    therefore have the same ``config_digest``.
    """
    return _without(identity(config) if isinstance(config, Mapping) else config, PER_START_KEYS | PER_RUN_KEYS)


def digest(config: Mapping[str, Any]) -> str:
    """Return the SHA-256 of a config :func:`without_per_run_keys`, independent of the order of its keys."""
    return hashlib.sha256(json.dumps(config, sort_keys=True).encode()).hexdigest()


def differences(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[Difference]:
    """Compare the identities of two resolved configs, in the order of the new one."""
    known, wanted = (dict(leaves(identity({PROCESSES: 1, **config}))) for config in (old, new))
    keys = dict.fromkeys([*wanted, *known])
    return [Difference(key, known.get(key), wanted.get(key)) for key in keys if known.get(key) != wanted.get(key)]


def keys_of(config: Mapping[str, Any]) -> list[str]:
    """Return the dotted keys that belong to the identity of a run."""
    return [key for key, _ in leaves(identity({PROCESSES: 1, **config}))]


def covers(named: Sequence[str], key: str) -> bool:
    """Return whether a dotted key or a part of it is named, such as ``param_scheduler`` or ``data_root``."""
    return any(f'.{name}.' in f'.{key}.' for name in named)


def listed(found: Sequence[Difference], most: int = MOST) -> str:
    """Return the first differences as text, and the number of others."""
    more = f'; and {len(found) - most} more' if len(found) > most else ''
    return '; '.join(map(str, found[:most])) + more


def _without(value: Any, keys: frozenset[str]) -> Any:
    """Copy nested values as JSON has them: text for keys and for numbers that are not finite, lists for tuples."""
    if isinstance(value, Mapping):
        return {str(key): _without(item, keys) for key, item in value.items() if key not in keys}
    if isinstance(value, (list, tuple)):
        return [_without(item, keys) for item in value]
    return repr(value) if isinstance(value, float) and not math.isfinite(value) else value


def leaves(value: Any, place: str = '') -> Iterator[tuple[str, Any]]:
    """Yield dotted keys and plain values. A list is one value, unless it contains dicts.

    Args:
        value: Nested values as JSON has them.
        place: Dotted key of the value.
    """
    if isinstance(value, Mapping) and value:
        children = [(str(key), child) for key, child in value.items()]
    elif isinstance(value, list) and any(isinstance(child, Mapping) for child in value):
        children = [(str(number), child) for number, child in enumerate(value)]
    else:
        yield place, _comparable(place, value)
        return
    for key, child in children:
        yield from leaves(child, f'{place}.{key}' if place else key)


def _comparable(place: str, value: Any) -> Any:
    if value is None:
        return NONE
    is_root = isinstance(value, str) and place.rpartition('.')[2] == 'data_root'
    return str(Path(value).resolve()) if is_root else value


def _shown(value: Any) -> str:
    text = 'not set' if value is None else NONE if value == NONE else repr(value)
    return f'{text[:20]}...{text[-37:]}' if len(text) > 60 else text
