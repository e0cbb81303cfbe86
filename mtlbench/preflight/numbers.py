"""Numbers that make no run."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

from mtlbench.errors import ConfigError
from mtlbench.preflight.keys import loaders_of
from mtlbench.preflight.values import not_numbers

SEEDS = 2**32


def check_numbers(cfg: Mapping[str, Any]) -> None:
    """Refuse counts below their least, rates below zero, and what is not a number.

    Raises:
        ConfigError: Naming the place, the value and what is expected.
    """
    for place in not_numbers(cfg):
        raise ConfigError(f'{place} is nan, expected a number')
    for place, loader in loaders_of(cfg):
        _whole(loader, place, batch_size=1, num_workers=0, prefetch_factor=1)
    _whole(cfg.get('train_cfg') or {}, 'train_cfg', max_iters=1, val_interval=1, val_begin=0)
    for number, (start, interval) in enumerate((cfg.get('train_cfg') or {}).get('dynamic_intervals') or ()):
        _whole(dict(start=start, interval=interval), f'train_cfg.dynamic_intervals.{number}', start=0, interval=1)
    _whole(cfg.get('randomness') or {}, 'randomness', seed=0)
    seed = (cfg.get('randomness') or {}).get('seed')
    if seed is not None and seed >= SEEDS:
        raise ConfigError(f'randomness.seed is {seed}, expected a whole number below {SEEDS}')
    for place, value in _rates(cfg.get('optim_wrapper') or {}, 'optim_wrapper'):
        if isinstance(value, bool | str) or not 0 <= value < math.inf:
            raise ConfigError(f'{place} is {value!r}, expected a number of 0 or more')


def _whole(settings: Mapping[str, Any], place: str, **least: int) -> None:
    for key, smallest in least.items():
        value = settings.get(key)
        if value is not None and (isinstance(value, bool | str) or value != int(value) or value < smallest):
            raise ConfigError(f'{place}.{key} is {value!r}, expected a whole number of {smallest} or more')


def _rates(settings: Mapping[str, Any], place: str) -> Iterator[tuple[str, Any]]:
    for key, value in settings.items():
        if key in ('lr', 'weight_decay', 'max_norm'):
            yield f'{place}.{key}', value
        elif isinstance(value, Mapping):
            yield from _rates(value, f'{place}.{key}')
