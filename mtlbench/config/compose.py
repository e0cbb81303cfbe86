"""Overlaying and composing configs."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mmengine.config import Config, ConfigDict

from mtlbench.config.files import config_dir, find_config, list_configs
from mtlbench.config.overlay import apply_rules, dicts_in
from mtlbench.config.reader import read_config, read_overlay
from mtlbench.config.scale import Scale, apply_scale, full_sized
from mtlbench.errors import ConfigError
from mtlbench.registry import DATASETS, TASKS, load_plugins
from mtlbench.utils.choices import require_known

PARTS = (
    *('tasks', 'task_settings', 'objectives', 'model.objectives', 'train_dataloader', 'further_dataloaders'),
    *('balancer.weights', 'optim_wrapper.paramwise_cfg', 'starts_from.parts', 'perturbations', 'perturbation_groups'),
)
"""Dicts of parts; configs and options remove a part of a base by setting it to None."""
REQUIRED = (
    *('tasks', 'model', 'train_dataloader', 'val_dataloader', 'balancer', 'train_cfg', 'optim_wrapper'),
    *('val_evaluator', 'default_hooks', 'randomness'),
)
NAMED = ('tasks', 'task_settings', 'objectives', 'train_dataloader', 'further_dataloaders')
"""Dicts of dicts."""
WORKERS = ('persistent_workers', 'prefetch_factor', 'multiprocessing_context')
"""Settings of a loader that torch rejects without workers."""

__all__ = ['AssemblyStep', 'config_dir', 'find_config', 'list_configs', 'load_config', 'load_data_config']


@dataclass(frozen=True)
class AssemblyStep:
    """A config after one step of being put together.

    Args:
        kind: ``'config'`` for the file with its bases, ``'profile'``, ``'recipe'``, ``'data_root'`` or ``'options'``.
        cfg: The config, which later steps may change in place.
        path: The overlay of a profile or recipe.
        rules: Its rules.
        rule: Number of the rule that was applied; None before the first.
    """

    kind: str
    cfg: ConfigDict
    path: Path | None = None
    rules: Sequence[Mapping[str, Any]] = ()
    rule: int | None = None


Watch = Callable[[AssemblyStep], None]


def load_config(
    path: str | Path,
    profile: str | None = None,
    recipe: str = 'paper',
    options: Mapping[str, Any] | None = None,
    data_root: str | Path | None = None,
    watch: Watch | None = None,
) -> Config:
    """Load a config, lay profile and recipe over it, apply the options, and compose it for the Runner.

    Args:
        path: See :func:`find_config`.
        profile: ``None`` or ``'full'`` for the config as it stands, ``'mini'`` or the path of an overlay of your own.
        recipe: ``'paper'``, or ``'reference'`` for what the authors' released code does.
        options: Dotted keys and values, applied last.
        data_root: Folder from which every dataset of the config is read instead.
        watch: Called after each step before composing, in order.

    Raises:
        ConfigError: When the config cannot be found, read or composed.
    """
    return _compose(_assemble(find_config(path), profile, recipe, options, data_root, watch))


def load_data_config(
    name: str | Path,
    profile: str | None = None,
    recipe: str = 'paper',
    options: Mapping[str, Any] | None = None,
    data_root: str | Path | None = None,
) -> Config:
    """Load the data of a config: ``train_dataloader``, ``val_dataloader`` and the ``tasks`` they are labeled for.

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
    watch: Watch | None = None,
) -> Config:
    """Return the config with all overlays and options applied."""
    from mtlbench.config.keys import check_top
    from mtlbench.config.options import apply_options

    def seen(kind: str, cfg: ConfigDict, *overlay: Any) -> None:
        if watch is not None:
            watch(AssemblyStep(kind, cfg, *overlay))

    load_plugins()
    cfg = _without_parts(read_config(path))
    seen('config', cfg._cfg_dict)
    own_roots = _data_roots(cfg._cfg_dict)
    for kind, name in (('profile', profile), ('recipe', recipe)):
        cfg = _overlay(cfg, kind, name, seen)
    _keep_existing_roots(cfg._cfg_dict, own_roots)
    if data_root is not None:
        move_data(cfg._cfg_dict, Path(data_root))
    seen('data_root', cfg._cfg_dict)
    apply_options(cfg, options or {})
    cfg = _without_parts(cfg)
    check_top(cfg, cfg.filename)
    seen('options', cfg._cfg_dict)
    return cfg


def _without_parts(cfg: Config) -> Config:
    """Leave out the parts that a base has and a config sets to None, and mmengine's marks of what to replace."""
    inherited = (cfg.get('model') or {}).get('objectives') or {}
    for name in [name for name, part in (cfg.get('objectives') or {}).items() if part is None]:
        inherited.pop(name, None)
    for place in PARTS:
        node: Any = cfg
        for key in place.split('.'):
            node = node.get(key) if isinstance(node, Mapping | Config) else None
        if isinstance(node, dict):
            for name in [name for name, part in node.items() if part is None]:
                del node[name]
    for node in dicts_in(cfg._cfg_dict):
        node.pop('_delete_', None)
    return cfg


def _overlay(cfg: Config, kind: str, name: str | None, seen: Callable[..., None]) -> Config:
    """Apply the scale and the rules of a profile or recipe, and note its name in the config."""
    name = name or 'full'
    cfg[kind] = Path(name).stem
    if name in ('full', 'paper'):
        return cfg
    inside = config_dir() / '_base_' / f'{kind}s' / f'{name}.py'
    path = inside if inside.is_file() else Path(name)
    if not path.is_file():
        known = sorted(file.stem for file in inside.parent.glob('*.py'))
        require_known(kind, name, ['full' if kind == 'profile' else 'paper', *known])
    path = path.resolve()
    said, rules = read_overlay(path)
    changed = cfg._cfg_dict if said is None else _scaled(cfg, said, path)
    seen(kind, changed, path)
    try:
        for number, rule in enumerate(rules):
            changed = apply_rules(changed, [rule])
            seen(kind, changed, path, rules, number)
    except TypeError as error:  # mmengine's, where a rule sets a dict in place of something else
        raise ConfigError(f'overlay {path} does not fit config {cfg.filename}: {error}') from error
    return Config(changed, cfg_text=cfg.text, filename=cfg.filename)


def _scaled(cfg: Config, said: Any, path: Path) -> ConfigDict:
    """Return the config at the size of a scale overlay, and warn about parts that stayed full size."""
    try:
        scale = Scale.of(said)
    except ConfigError as error:
        raise ConfigError(f'overlay {path}: {error}') from error
    try:
        scaled = apply_scale(cfg._cfg_dict, scale)
        left = full_sized(scaled, scale)
    except ConfigError as error:
        raise ConfigError(f'config {cfg.filename}: {error}') from error
    if left:
        logging.getLogger('mtlbench').warning(
            'config %s: profile %s leaves in full size: %s; a class says which of its arguments scale in its attribute '
            'scaled_arguments (docs/plugins.md)',
            *(cfg.filename, cfg.profile, ', '.join(left)),
        )
    return scaled


def _data_roots(cfg: ConfigDict) -> dict[str, set[str]]:
    """Return the folders that a config names for each type of dataset."""
    found: dict[str, set[str]] = {}
    for node in dicts_in(cfg):
        if 'data_root' in node:
            found.setdefault(str(node.get('type')), set()).add(str(node['data_root']))
    return found


def _keep_existing_roots(cfg: ConfigDict, own: Mapping[str, set[str]]) -> None:
    """Restore the config's own data folder if the overlay's does not exist and the config's does."""
    for node in dicts_in(cfg):
        roots = own.get(str(node.get('type')), set())
        if 'data_root' in node and len(roots) == 1 and not Path(node['data_root']).is_dir():
            (root,) = roots
            if Path(root).is_dir():
                node['data_root'] = root


def move_data(cfg: ConfigDict, root: Path) -> None:
    """Read the datasets of a config from another root: that of one dataset, or the folder that holds those of several.

    Raises:
        ConfigError: When the folders of several have one name.
    """
    nodes = [node for node in dicts_in(cfg) if 'data_root' in node]
    folders = {str(node['data_root']): Path(node['data_root']).name for node in nodes}
    if len(set(folders.values())) < len(folders):
        raise ConfigError(
            f'--data-root {root}: several datasets have folders of one name ({", ".join(folders)}); set data_root of '
            'each by --cfg-options'
        )
    for node in nodes:
        below = root / folders[str(node['data_root'])]
        node['data_root'] = str(below if len(folders) > 1 or below.is_dir() else root)


def _compose(cfg: Config) -> Config:
    """Hand the task set, said once at the top, to the model, the metric and the datasets."""
    _require(cfg, *REQUIRED)
    _require_name(cfg, 'method')
    _check_said(cfg)
    for name, settings in (cfg.get('task_settings') or {}).items():
        if name in cfg.tasks:
            cfg.tasks[name] = {**settings, **cfg.tasks[name]}
    cfg.model.merge(dict(objectives=cfg.get('objectives') or {}))
    hand_out(cfg)
    cfg.model.balancer = cfg.balancer
    return cfg


def hand_out(cfg: Config) -> None:
    """Give the task set to the model, the metrics and the datasets, and to the test what is said of validation.

    Raises:
        ConfigError: For labels of tasks that do not exist, and loops that further datasets would replace.
    """
    from mtlbench.config.keys import loaders_of
    from mtlbench.config.options import complete_tests

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
    for key in ('tasks', 'balancer'):
        if key in cfg.model:
            raise ConfigError(f"config {cfg.filename}: model.{key} is made of '{key}' at the top; set that instead")
    if cfg.randomness.get('seed') is None:
        raise ConfigError(f'config {cfg.filename}: randomness has no seed, such as dict(seed=42)')


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
        if cfg.get(key) in (None, {}):
            raise ConfigError(f"config {cfg.filename} has no '{key}'; add the base that defines it to its _base_ list")
        if not isinstance(cfg[key], Mapping):
            raise ConfigError(f'config {cfg.filename}: {key} is {cfg[key]!r:.80}, expected a dict')


def _require_name(cfg: Config, key: str) -> None:
    if not isinstance(cfg.get(key), str) or not cfg[key].strip():
        raise ConfigError(f"config {cfg.filename} has no '{key}'; name the method: {key} = 'xTAM'")
