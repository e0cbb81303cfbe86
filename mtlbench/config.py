"""Overlaying and composing configs."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from mmengine.config import Config, ConfigDict
from mmengine.logging import MMLogger

from mtlbench.config_files import config_dir, find_config, list_configs
from mtlbench.errors import ConfigError
from mtlbench.overlay import apply_rules
from mtlbench.registry import DATASETS, TASKS, load_plugins

__all__ = ['config_dir', 'find_config', 'list_configs', 'load_config', 'load_data_config']


def load_config(
    path: str | Path,
    profile: str | None = None,
    recipe: str = 'paper',
    options: Mapping[str, Any] | None = None,
    data_root: str | Path | None = None,
) -> Config:
    """Load a config, lay profile and recipe over it, apply the options, and compose it for the Runner.

    Args:
        path: See :func:`find_config`.
        profile: ``None`` or ``'full'`` for the config as it stands, ``'mini'`` or the path of an overlay of your own.
        recipe: ``'paper'``, or ``'reference'`` for what the authors' released code does.
        options: Dotted keys and values, applied last.
        data_root: Where every dataset of the config reads instead.

    Raises:
        ConfigError: When the config cannot be found, read or composed.
    """
    return _compose(_assemble(find_config(path), profile, recipe, options, data_root))


def load_data_config(
    name: str | Path,
    profile: str | None = None,
    recipe: str = 'paper',
    options: Mapping[str, Any] | None = None,
    data_root: str | Path | None = None,
) -> Config:
    """Load the data of a config: ``train_dataloader``, ``val_dataloader`` and the ``tasks`` they are labelled for.

    Args:
        name: A config, as for :func:`load_config`; or a dataset by the name of its base config, such as ``'vkitti2'``,
            or that file's path: then all labels of the dataset are asked for.
        profile: As for :func:`load_config`.
        recipe: As for :func:`load_config`.
        options: As for :func:`load_config`.
        data_root: As for :func:`load_config`.

    Raises:
        ConfigError: When the config cannot be found or read, or has no data.
    """
    cfg = _assemble(_find_data_config(name), profile, recipe, options, data_root)
    return _compose(cfg) if 'model' in cfg else _compose_data(cfg)


def _find_data_config(name: str | Path) -> Path:
    bases = {path.stem: path for path in sorted((config_dir() / '_base_' / 'datasets').glob('*.py'))}
    if str(name) in bases:
        return bases[str(name)]
    try:
        return find_config(name)
    except ConfigError as error:
        raise ConfigError(f'{error}; datasets by name are {", ".join(bases)}') from error


def _assemble(
    path: Path,
    profile: str | None,
    recipe: str,
    options: Mapping[str, Any] | None,
    data_root: str | Path | None,
) -> Config:
    """The config with all that is laid over it."""
    load_plugins()
    cfg = _without_streams(_read(path))
    for kind, name in (('profile', profile), ('recipe', recipe)):
        cfg = _overlay(cfg, kind, name)
    if data_root is not None:
        for node in _nodes(cfg._cfg_dict):
            if 'data_root' in node:
                node['data_root'] = str(data_root)
    if options:
        cfg.merge_from_dict(dict(options))
    return cfg


def _read(path: Path) -> Config:
    try:
        with _quietly():
            return Config.fromfile(path)
    except (SyntaxError, KeyError, FileNotFoundError, ImportError) as error:
        raise ConfigError(f'config {path} cannot be read: {type(error).__name__}: {error}') from error


@contextmanager
def _quietly() -> Iterator[None]:
    """Without mmengine's line for each environment variable of each file, which a suite has hundreds of."""
    logger = MMLogger.get_current_instance()
    level = logger.level
    logger.setLevel(logging.WARNING)
    try:
        yield
    finally:
        logger.setLevel(level)


def _without_streams(cfg: Config) -> Config:
    """Leave out the streams that a base has and a config sets to None."""
    streams = cfg.get('train_dataloader', {})
    for name in [name for name, loader in streams.items() if loader is None]:
        del streams[name]
    return cfg


def _overlay(cfg: Config, kind: str, name: str | None) -> Config:
    """Apply the rules of a profile or recipe and note its name in the config."""
    name = name or 'full'
    cfg[kind] = Path(name).stem
    if name in ('full', 'paper'):
        return cfg
    inside = config_dir() / '_base_' / f'{kind}s' / f'{name}.py'
    path = inside if inside.is_file() else Path(name)
    if not path.is_file():
        known = ', '.join(sorted(file.stem for file in inside.parent.glob('*.py')))
        raise ConfigError(f"unknown {kind} '{name}': known are {'full' if kind == 'profile' else 'paper'}, {known}")
    return Config(apply_rules(cfg._cfg_dict, _read(path).rules), cfg_text=cfg.text, filename=cfg.filename)


def _nodes(value: Any) -> Iterator[ConfigDict]:
    """Every dict in a config, outermost first."""
    if isinstance(value, dict):
        yield value
        value = list(value.values())
    if isinstance(value, (list, tuple)):
        for child in value:
            yield from _nodes(child)


def _compose(cfg: Config) -> Config:
    """Hand the task set, said once at the top, to the model, the metric and the datasets."""
    _require(cfg, 'tasks', 'model', 'train_dataloader', 'val_dataloader')
    for name, settings in cfg.get('task_settings', {}).items():
        if name in cfg.tasks:
            cfg.tasks[name] = {**settings, **cfg.tasks[name]}
    cfg.model.merge(dict(objectives=cfg.get('objectives', {})))
    cfg.model.tasks = cfg.tasks
    cfg.model.balancer = cfg.balancer
    further = cfg.get('further_dataloaders', {})
    for loader in (*cfg.train_dataloader.values(), cfg.val_dataloader, *further.values()):
        labels = loader.dataset.get('tasks', cfg.tasks)
        loader.dataset.tasks = [name for name in cfg.tasks if name in labels]
    if further:
        cfg.val_cfg, cfg.test_cfg = (dict(type=f'Further{kind}Loop', further=further) for kind in ('Val', 'Test'))
    cfg.val_evaluator.setdefault('tasks', cfg.tasks)
    for key, whole in (('dataloader', 'dataset'), ('evaluator', 'type')):
        own = cfg.get(f'test_{key}') or {}
        cfg[f'test_{key}'] = own if whole in own else Config._merge_a_into_b(own, cfg[f'val_{key}'])
    return cfg


def _compose_data(cfg: Config) -> Config:
    """Ask the datasets for all their labels, and find the tasks that these belong to."""
    _require(cfg, 'train_dataloader', 'val_dataloader')
    asked: list[str] = []
    for loader in (*cfg.train_dataloader.values(), cfg.val_dataloader):
        asked += loader.dataset.setdefault('tasks', list(DATASETS.get(loader.dataset.type).label_fields))
    TASKS.import_from_location()
    types: dict[str, str] = {}
    for key, task in TASKS.module_dict.items():  # in the order of registration: a task before its variants
        types.setdefault(task.name, key)
    settings = cfg.get('task_settings', {})
    cfg.tasks = {
        name: dict(type=types[name], **settings.get(name, {})) for name in dict.fromkeys(asked) if name in types
    }
    return cfg


def _require(cfg: Config, *keys: str) -> None:
    for key in keys:
        if key not in cfg:
            raise ConfigError(f"config {cfg.filename} has no '{key}'; add the base that defines it to its _base_ list")
