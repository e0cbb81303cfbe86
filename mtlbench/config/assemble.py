"""Putting a config together: its file and bases, a profile, a recipe, another data root, and options."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mmengine.config import Config, ConfigDict

from mtlbench.config.files import config_dir
from mtlbench.config.keys import check_top
from mtlbench.config.options import apply_options
from mtlbench.config.overlay import apply_rules, dicts_in
from mtlbench.config.reader import read_config, read_overlay
from mtlbench.config.scale import Scale, apply_scale, full_sized
from mtlbench.errors import ConfigError
from mtlbench.registry import load_plugins
from mtlbench.utils.choices import require_known

PARTS = (
    *('tasks', 'task_settings', 'objectives', 'model.objectives', 'train_dataloader', 'further_dataloaders'),
    *('balancer.weights', 'optim_wrapper.paramwise_cfg', 'starts_from.parts', 'perturbations', 'perturbation_groups'),
)
"""Dicts of parts; configs and options remove a part of a base by setting it to None."""


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


def assemble(
    path: Path,
    profile: str | None,
    recipe: str,
    options: Mapping[str, Any] | None,
    data_root: str | Path | None,
    watch: Watch | None = None,
) -> Config:
    """Return the config with all overlays and options applied."""

    def seen(kind: str, cfg: ConfigDict, *overlay: Any) -> None:
        if watch is not None:
            watch(AssemblyStep(kind, cfg, *overlay))

    load_plugins()
    cfg = without_parts(read_config(path))
    seen('config', cfg._cfg_dict)
    own_roots = _data_roots(cfg._cfg_dict)
    for kind, name in (('profile', profile), ('recipe', recipe)):
        cfg = _overlay(cfg, kind, name, seen)
    _keep_existing_roots(cfg._cfg_dict, own_roots)
    if data_root is not None:
        move_data(cfg._cfg_dict, Path(data_root))
    seen('data_root', cfg._cfg_dict)
    apply_options(cfg, options or {})
    cfg = without_parts(cfg)
    check_top(cfg, cfg.filename)
    seen('options', cfg._cfg_dict)
    return cfg


def without_parts(cfg: Config) -> Config:
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
