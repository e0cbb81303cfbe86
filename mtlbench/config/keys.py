"""Checks of the top-level keys of a config, and of the keys of parts without a type."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Literal

from mmengine.runner import Runner
from torch.utils.data import DataLoader

from mtlbench.config.arguments import arguments_of
from mtlbench.config.signatures import loader_keys
from mtlbench.config.values import describe, fits
from mtlbench.errors import ConfigError
from mtlbench.utils.choices import nearest_or_all

PROJECT = {
    **dict.fromkeys(('method', 'profile', 'recipe'), str),
    **dict.fromkeys(('tasks', 'balancer'), dict),
    **dict.fromkeys(('task_settings', 'objectives', 'further_dataloaders', 'starts_from'), dict | None),
    **dict.fromkeys(('perturbations', 'perturbation_groups'), dict | None),
    'dataset_name': str | None,
    'find_unused_parameters': bool,
    'freeze': list[str] | None,
    'frozen_statistics': bool,
}
"""Top-level keys of this project, with the expected values."""
MMENGINE = {
    'custom_imports': Any,
    'model_wrapper_cfg': dict | None,
    'sync_bn': Literal['torch', 'mmcv'] | None,
    'compile': dict | bool | None,
    **dict.fromkeys(('activation_checkpointing', 'efficient_conv_bn_eval'), list[str] | str | None),
}
"""Top-level keys that mmengine reads besides the arguments of its Runner."""
LEVELS = ('DEBUG', 'INFO', 'WARNING', 'ERROR', 'CRITICAL')
FIELDS: dict[str, dict[str, Any]] = {
    'randomness': {'seed': int, 'diff_rank_seed': bool, 'deterministic': bool},
    'env_cfg': {'cudnn_benchmark': bool, 'mp_cfg': dict, 'dist_cfg': dict, 'resource_limit': int},
    'env_cfg.mp_cfg': {'mp_start_method': Literal['fork', 'spawn', 'forkserver'], 'opencv_num_threads': int},
    'env_cfg.dist_cfg': {
        'backend': str,
        'init_backend': Literal['torch', 'smddp', 'deepspeed'],
        **dict.fromkeys(('port', 'timeout'), int | None),
        **dict.fromkeys(('init_method', 'group_name'), str | None),
    },
    'starts_from': {'config': str, 'checkpoint': str, 'parts': dict[str, str]},
}
"""Keys of dicts without a class, with the expected values."""


def top_keys() -> list[str]:
    """Return the keys that a config may have at the top level."""
    return sorted(_top())


def check_keys(cfg: Mapping[str, Any]) -> None:
    """Reject keys that nothing reads. Names with a leading underscore are private to a config.

    Raises:
        ConfigError: Naming the key and its near misses.
    """
    check_top(cfg)
    _check_kinds(cfg, _top(), '')
    for place, known in FIELDS.items():
        _refuse_unknown(_at(cfg, place), known, f'{place}.')
        _check_kinds(_at(cfg, place), known, f'{place}.')
    if str(cfg.get('log_level', 'INFO')) not in LEVELS:
        raise ConfigError(f'log_level is {cfg["log_level"]!r}, expected one of DEBUG, INFO, WARNING, ERROR')
    for place, loader in loaders_of(cfg):
        _refuse_unknown(loader, loader_keys(), f'{place}.')
        _check_kinds(loader, {key: one.hint for key, one in arguments_of(DataLoader).named.items()}, f'{place}.')
        missing = [key for key in ('dataset', 'sampler') if loader.get(key) is None and 'batch_sampler' not in loader]
        if missing:
            raise ConfigError(
                f"{place} has no '{missing[0]}', and no base has a loader of that name with one; the base "
                "'mtlbench::_base_/loaders.py' has train_dataloader.labeled and val_dataloader"
            )


def check_top(cfg: Mapping[str, Any], source: str | None = None) -> None:
    """Reject top-level keys that nothing reads.

    Args:
        cfg: Config to check.
        source: File of the config, for the message.

    Raises:
        ConfigError: Naming the key and its near misses.
    """
    _refuse_unknown(cfg, top_keys(), '', f'config {source}: ' if source else '')


def loaders_of(cfg: Mapping[str, Any]) -> list[tuple[str, Mapping[str, Any]]]:
    """Return the settings of all data loaders by place.

    Raises:
        ConfigError: When a loader, or the streams, are not dicts.
    """
    found = _named(cfg, 'train_dataloader')
    found |= {f'{key}_dataloader': cfg.get(f'{key}_dataloader') for key in ('val', 'test')}
    found |= _named(cfg, 'further_dataloaders')
    return [(place, _dict(loader, place)) for place, loader in found.items() if loader is not None]


def _top() -> dict[str, Any]:
    """Return the keys allowed at the top level, with the expected values."""
    runner = arguments_of(Runner).named
    hints = {key: one.hint | None if one.nullable else one.hint for key, one in runner.items() if key != 'cfg'}
    return {**hints, **PROJECT, **MMENGINE}


def _check_kinds(given: Mapping[str, Any], expected: Mapping[str, Any], place: str) -> None:
    for key, value in given.items():
        if key in expected and not fits(value, expected[key]):
            raise ConfigError(f'{place}{key} is {value!r:.80}, expected {describe(expected[key])}')


def _named(cfg: Mapping[str, Any], key: str) -> dict[str, Any]:
    return {f'{key}.{name}': loader for name, loader in _dict(cfg.get(key) or {}, key).items()}


def _dict(value: Any, place: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise ConfigError(f'{place} is {value!r:.80}, expected a dict')
    return value


def _at(cfg: Mapping[str, Any], place: str) -> Mapping[str, Any]:
    value: Any = cfg
    for key in place.split('.'):
        value = value.get(key) if isinstance(value, Mapping) else None
    return _dict({} if value is None else value, place)


def _refuse_unknown(given: Mapping[str, Any], known: Iterable[str], place: str, source: str = '') -> None:
    for key in given:
        if key not in known and not str(key).startswith('_'):
            own = '' if place else " (a name of the config's own begins with an underscore)"
            raise ConfigError(f"{source}unknown key '{place}{key}'{nearest_or_all(key, known)}{own}")
