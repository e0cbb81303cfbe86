"""Suites of runs. Each module of this folder lists suites in ``SUITES``.

Plugins provide a list of :class:`Suite`, and of :class:`ExtraRow` for existing suites, under the entry-point group
``mtlbench.suites``.
"""

from __future__ import annotations

import dataclasses
import importlib
import pkgutil
from collections.abc import Sequence
from importlib.metadata import entry_points
from pathlib import PurePath

from mtlbench.config.files import list_configs
from mtlbench.config.renamed import refuse_renamed
from mtlbench.errors import ConfigError
from mtlbench.leaderboard.suites.base import Column, ExtraRow, Row, Suite
from mtlbench.utils.choices import nearest, nearest_or_all

GROUP = 'mtlbench.suites'

__all__ = ['Column', 'ExtraRow', 'Row', 'Suite', 'all_suites', 'find_suite']


def all_suites() -> dict[str, Suite]:
    """Return all suites by id, of this package and of installed plugins, with the rows that plugins add.

    Raises:
        ConfigError: If a plugin's suites cannot be imported, reuse an id, add a row to an unknown suite, or name a
            config by its old name.
    """
    suites: dict[str, Suite] = {}
    for module in sorted(info.name for info in pkgutil.iter_modules(__path__)):
        _add(suites, getattr(importlib.import_module(f'{__name__}.{module}'), 'SUITES', []), module)
    for entry in entry_points(group=GROUP):
        try:
            offered = entry.load()
        except Exception as error:
            raise ConfigError(f"suites of plugin '{entry.name}' ({entry.value}) failed to import: {error!r}") from error
        _add(suites, offered, entry.value)
    for suite in suites.values():
        _refuse_renamed(suite)
    return suites


def find_suite(suite_id: str) -> Suite:
    """Return a suite by id.

    Raises:
        ConfigError: If there is none. The message suggests the closest ids.
    """
    suites = all_suites()
    if suite_id not in suites:
        near = nearest(suite_id, suites) or _near_configs(suite_id)
        hint = f'did you mean {" or ".join(near)}? ' if near else ''
        raise ConfigError(f"no suite '{suite_id}'; {hint}See: mtlbench benchmark list")
    return suites[suite_id]


def _near_configs(name: str) -> list[str]:
    """Return configs with a similar name in any folder."""
    configs = list_configs()
    near = nearest(name, {PurePath(config).name for config in configs})[:1]
    return [config for config in configs if PurePath(config).name in near][:3]


def _refuse_renamed(suite: Suite) -> None:
    try:
        for name in suite.missing:
            refuse_renamed(name)
    except ConfigError as error:
        raise ConfigError(f"suite '{suite.id}': {error}") from error


def _add(suites: dict[str, Suite], offered: Sequence[Suite | ExtraRow], where: str) -> None:
    for each in offered:
        if isinstance(each, ExtraRow):
            suites[each.suite] = _with_row(suites, each, where)
        elif each.id in suites:
            raise ConfigError(f"suite '{each.id}' of {where} already exists; choose another id")
        else:
            suites[each.id] = each


def _with_row(suites: dict[str, Suite], extra: ExtraRow, where: str) -> Suite:
    suite = suites.get(extra.suite)
    if suite is None:
        hint = nearest_or_all(extra.suite, suites)
        raise ConfigError(f"{where} adds row '{extra.row.label}' to unknown suite '{extra.suite}'{hint}")
    if extra.row.label in {row.label for row in suite.rows}:
        raise ConfigError(f"{where} adds row '{extra.row.label}' to '{suite.id}', which already has one; rename it")
    return dataclasses.replace(suite, rows=(*suite.rows, extra.row))
