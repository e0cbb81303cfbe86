"""Loading configs: assembled and composed."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mmengine.config import Config

from mtlbench.config.assemble import Watch, assemble
from mtlbench.config.compose import compose, compose_data
from mtlbench.config.files import config_dir, find_config
from mtlbench.errors import ConfigError


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
    return compose(assemble(find_config(path), profile, recipe, options, data_root, watch))


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
    cfg = assemble(_find_data_config(name), profile, recipe, options, data_root)
    return compose(cfg) if 'model' in cfg else compose_data(cfg)


def _find_data_config(name: str | Path) -> Path:
    bases = {path.stem: path for path in sorted((config_dir() / '_base_' / 'datasets').glob('*.py'))}
    if str(name) in bases:
        return bases[str(name)]
    try:
        return find_config(name)
    except ConfigError as error:
        raise ConfigError(f'{error}; datasets by name are {", ".join(bases)}') from error
