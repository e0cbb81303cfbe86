"""Check of the task settings in a dataset's base against the class that the config chose for the task."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mtlbench.config.arguments import arguments_of
from mtlbench.config.compose import known_tasks
from mtlbench.config.nodes import member_of
from mtlbench.config.roles import TASK
from mtlbench.errors import ConfigError
from mtlbench.utils.choices import nearest_or_all


def check_task_settings(cfg: Mapping[str, Any]) -> None:
    """Reject settings of a task that its class does not accept.

    Raises:
        ConfigError: When a setting is unknown; the message says how to remove it.
    """
    tasks = cfg.get('tasks') or {}
    known = known_tasks()
    for name, settings in (cfg.get('task_settings') or {}).items():
        if name not in tasks and name not in known:
            raise ConfigError(f"task_settings.{name}: there is no task '{name}'{nearest_or_all(name, sorted(known))}")
        if isinstance(settings, Mapping) and isinstance(tasks.get(name), Mapping):
            _check(name, settings, tasks[name].get('type'))


def _check(name: str, settings: Mapping[str, Any], kind: Any) -> None:
    member = member_of(kind, TASK)
    if member is None or arguments_of(member).open:
        return
    taken = arguments_of(member).named
    for key in [key for key in settings if key not in taken]:
        raise ConfigError(
            f"task_settings.{name}.{key}: {kind} takes no '{key}', which the dataset's base sets for another class of "
            f'this task; remove it with task_settings=dict({name}=dict(_delete_=True)), or set one of '
            f'{", ".join(taken)}'
        )
