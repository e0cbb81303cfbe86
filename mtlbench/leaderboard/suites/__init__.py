"""The suites. Each module of this folder lists some in ``SUITES``; an installed package adds its own.

A package of your own offers a list of :class:`Suite` under the entry-point group ``mtlbench.suites``.
"""

from __future__ import annotations

import difflib
import importlib
import pkgutil
from importlib.metadata import entry_points

from mtlbench.errors import ConfigError
from mtlbench.leaderboard.suites.base import Row, Suite

GROUP = 'mtlbench.suites'

__all__ = ['Row', 'Suite', 'all_suites', 'find_suite']


def all_suites() -> dict[str, Suite]:
    """All suites by id: those of this package, then those of installed plugins.

    Raises:
        ConfigError: When a plugin's suites cannot be imported, or take an id that is taken.
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
    return suites


def find_suite(suite_id: str) -> Suite:
    """The suite of that id.

    Raises:
        ConfigError: When there is none; the message lists the nearest.
    """
    suites = all_suites()
    if suite_id not in suites:
        near = difflib.get_close_matches(suite_id, suites, n=3) or list(suites)
        raise ConfigError(f"no suite '{suite_id}'; did you mean {' or '.join(near)}? See: tools/benchmark.py list")
    return suites[suite_id]


def _add(suites: dict[str, Suite], offered: list[Suite], where: str) -> None:
    for suite in offered:
        if suite.id in suites:
            raise ConfigError(f"suite '{suite.id}' of {where} exists already; give it another id")
        suites[suite.id] = suite
