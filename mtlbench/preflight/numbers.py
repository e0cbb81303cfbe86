"""Checks of numbers in a config."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

from mtlbench.config.keys import loaders_of
from mtlbench.config.values import not_numbers
from mtlbench.errors import ConfigError

SEEDS = 2**32
RATES = ('lr', 'weight_decay', 'max_norm', 'gamma', 'factor', 'start_factor', 'end_factor')


def check_numbers(cfg: Mapping[str, Any]) -> None:
    """Reject counts that are too small, negative rates, and NaN.

    Raises:
        ConfigError: When a number is out of range.
    """
    for place in not_numbers(cfg):
        raise ConfigError(f'{place} is nan, expected a number')
    for place, loader in loaders_of(cfg):
        _whole(loader, place, batch_size=1, num_workers=0)
        _whole(
            {key: loader[key] for key in ('prefetch_factor',) if loader.get(key) is not None}, place, prefetch_factor=1
        )
    _whole(cfg.get('train_cfg') or {}, 'train_cfg', max_iters=1, val_interval=1, val_begin=0)
    check_intervals((cfg.get('train_cfg') or {}).get('dynamic_intervals'))
    _whole(cfg.get('randomness') or {}, 'randomness', seed=0)
    seed = (cfg.get('randomness') or {}).get('seed', 0)
    if seed >= SEEDS:
        raise ConfigError(f'randomness.seed is {seed}, expected a whole number below {SEEDS}')
    for key in ('optim_wrapper', 'param_scheduler'):
        for place, value in _rates(cfg.get(key), key):
            if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < math.inf:
                raise ConfigError(f'{place} is {value!r:.80}, expected a number of 0 or more')


def check_intervals(pairs: Any) -> None:
    """Reject validation intervals that are not pairs of an update and an interval.

    Raises:
        ConfigError: Naming the place.
    """
    place = 'train_cfg.dynamic_intervals'
    if pairs is not None and not isinstance(pairs, list | tuple):
        raise ConfigError(f'{place} is {pairs!r:.80}, expected pairs such as [(30000, 1000)]')
    for number, pair in enumerate(pairs or ()):
        if not isinstance(pair, list | tuple) or len(pair) != 2:
            raise ConfigError(f'{place}.{number} is {pair!r:.80}, expected a pair such as (30000, 1000)')
        _whole(dict(zip(('start', 'interval'), pair, strict=True)), f'{place}.{number}', start=0, interval=1)


def _whole(settings: Mapping[str, Any], place: str, **least: int) -> None:
    for key, smallest in least.items():
        value = settings.get(key, smallest)
        if type(value) is not int or value < smallest:
            raise ConfigError(f'{place}.{key} is {value!r:.80}, expected a whole number of {smallest} or more')


def _rates(settings: Any, place: str) -> Iterator[tuple[str, Any]]:
    if isinstance(settings, list | tuple):
        settings = {str(number): item for number, item in enumerate(settings)}
    for key, value in settings.items() if isinstance(settings, Mapping) else ():
        if key in RATES and value is not None:
            yield f'{place}.{key}', value
        else:
            yield from _rates(value, f'{place}.{key}')
