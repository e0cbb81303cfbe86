"""Composing a config for the Runner: what is said once at the top goes to the parts that need it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mmengine.config import Config, ConfigDict

from mtlbench.config.arguments import arguments_of
from mtlbench.config.keys import loaders_of
from mtlbench.config.nodes import nodes_of
from mtlbench.config.options import complete_tests
from mtlbench.config.roles import Role
from mtlbench.config.signatures import check_signature
from mtlbench.errors import ConfigError
from mtlbench.registry import DATASETS, TASKS

REQUIRED = (
    *('tasks', 'model', 'train_dataloader', 'val_dataloader', 'balancer', 'train_cfg', 'optim_wrapper'),
    *('val_evaluator', 'default_hooks', 'randomness'),
)
NAMED = ('tasks', 'task_settings', 'objectives', 'train_dataloader', 'further_dataloaders')
"""Dicts of dicts."""
WORKERS = ('persistent_workers', 'prefetch_factor', 'multiprocessing_context')
"""Settings of a loader that torch rejects without workers."""


def compose(cfg: Config) -> Config:
    """Hand the task set, said once at the top, to the model, the metric and the datasets."""
    _require(cfg, *REQUIRED)
    _require_name(cfg, 'method')
    _check_said(cfg)
    for name, settings in (cfg.get('task_settings') or {}).items():
        if name in cfg.tasks:
            cfg.tasks[name] = {**settings, **cfg.tasks[name]}
    _add_settings_of_data(cfg)
    cfg.model.merge(dict(objectives=cfg.get('objectives') or {}))
    hand_out(cfg)
    cfg.model.balancer = cfg.balancer
    _compose_freeze(cfg)
    return cfg


def _compose_freeze(cfg: Config) -> None:
    parts, statistics = cfg.get('freeze'), cfg.get('frozen_statistics', False)
    if parts:
        # As an attribute, 'freeze' would be a method of the dict.
        cfg.model['freeze'] = dict(parts=parts, statistics=statistics)
    elif statistics:
        raise ConfigError(f'config {cfg.filename}: frozen_statistics needs the parts to freeze; set freeze=[...]')


def hand_out(cfg: Config) -> None:
    """Give the task set to the model, the metrics and the datasets, and to the test what is said of validation.

    Raises:
        ConfigError: For labels of tasks that do not exist, and loops that further datasets would replace.
    """
    cfg.model.tasks = cfg.tasks
    cfg.val_evaluator.setdefault('tasks', cfg.tasks)
    complete_tests(cfg)
    for place, loader in loaders_of(cfg._cfg_dict):
        _adapt(place, loader, cfg.tasks)
    if further := cfg.get('further_dataloaders'):
        for key, usual in (('val_cfg', 'ValLoop'), ('test_cfg', 'TestLoop')):
            if (cfg.get(key) or {}).get('type', usual) not in (usual, f'Further{usual}'):
                raise ConfigError(f'{key} is {cfg[key]!r:.80}, but Further{usual} evaluates further_dataloaders')
            cfg[key] = dict(type=f'Further{usual}', further=further)


def known_tasks() -> set[str]:
    """Return the tasks that registered classes are for."""
    TASKS.import_from_location()
    return {getattr(task, 'name', key) for key, task in TASKS.module_dict.items()}


def _add_settings_of_data(cfg: Config) -> None:
    """Give the tasks the settings that follow from the datasets, unless the config or an earlier dataset sets them.

    Raises:
        ConfigError: When a dataset does not take its settings.
    """
    for place, loader in loaders_of(cfg._cfg_dict):
        if not isinstance(dataset := loader.get('dataset'), Mapping):
            continue
        at = f'{place}.dataset'
        for node in nodes_of({at: dataset}, {at: Role(DATASETS, given=('tasks',))}):
            check_signature(node)
        settings_of: Any = getattr(DATASETS.get(dataset['type']), 'task_settings', None)
        for name, settings in (settings_of(dataset) if settings_of else {}).items():
            taken = arguments_of(TASKS.get(cfg.tasks[name].get('type', ''))).named if name in cfg.tasks else {}
            for key in settings.keys() & taken.keys():
                cfg.tasks[name].setdefault(key, settings[key])


def _adapt(place: str, loader: ConfigDict, tasks: Mapping[str, Any]) -> None:
    """Ask a loader's dataset for the labels of the tasks, and leave out settings of workers where there are none."""
    if not isinstance(loader.get('dataset'), Mapping):
        return
    labels = loader.dataset.get('tasks', list(tasks))
    known = {*tasks, *known_tasks()}
    if not isinstance(labels, list | tuple) or not {*map(str, labels)} <= known:
        raise ConfigError(f'{place}.dataset.tasks is {labels!r:.80}, expected a list of: {", ".join(sorted(known))}')
    loader.dataset.tasks = [name for name in tasks if name in labels]
    if loader.get('num_workers', 0) == 0:
        for key in WORKERS:
            loader.pop(key, None)


def _check_said(cfg: Config) -> None:
    """Reject what composing could not go through, or would overwrite, and a run without a seed."""
    for key in NAMED:
        if not isinstance(cfg.get(key) or {}, Mapping):
            raise ConfigError(f'config {cfg.filename}: {key} is {cfg[key]!r:.80}, expected a dict')
        for name, part in (cfg.get(key) or {}).items():
            if not isinstance(part, Mapping):
                raise ConfigError(f'config {cfg.filename}: {key}.{name} is {part!r:.80}, expected a dict')
    for key in ('tasks', 'balancer', 'freeze'):
        if key in cfg.model:
            raise ConfigError(f"config {cfg.filename}: model.{key} is made of '{key}' at the top; set that instead")
    if cfg.randomness.get('seed') is None:
        raise ConfigError(f'config {cfg.filename}: randomness has no seed, such as dict(seed=42)')


def compose_data(cfg: Config) -> Config:
    """Ask the datasets for all their labels, and find the tasks that these belong to."""
    _require(cfg, 'train_dataloader', 'val_dataloader')
    asked: list[str] = []
    for loader in (*cfg.train_dataloader.values(), cfg.val_dataloader):
        asked += loader.dataset.setdefault('tasks', list(DATASETS.get(loader.dataset.type).fields_of(loader.dataset)))
    TASKS.import_from_location()
    types: dict[str, str] = {}
    for key, task in TASKS.module_dict.items():  # in the order of registration: a task before its variants
        types.setdefault(task.name, key)
    settings = cfg.get('task_settings', {})
    cfg.tasks = {
        name: dict(type=types[name], **settings.get(name, {})) for name in dict.fromkeys(asked) if name in types
    }
    _add_settings_of_data(cfg)
    return cfg


def _require(cfg: Config, *keys: str) -> None:
    for key in keys:
        if cfg.get(key) in (None, {}):
            raise ConfigError(f"config {cfg.filename} has no '{key}'; add the base that defines it to its _base_ list")
        if not isinstance(cfg[key], Mapping):
            raise ConfigError(f'config {cfg.filename}: {key} is {cfg[key]!r:.80}, expected a dict')


def _require_name(cfg: Config, key: str) -> None:
    if not isinstance(cfg.get(key), str) or not cfg[key].strip():
        raise ConfigError(f"config {cfg.filename} has no '{key}'; name the method: {key} = 'xTAM'")
