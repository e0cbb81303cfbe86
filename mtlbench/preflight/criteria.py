"""Checks of the criteria by which hooks rank the validations of a run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from mmengine.config import Config

from mtlbench.config.nodes import member_of
from mtlbench.config.roles import HOOK
from mtlbench.errors import ConfigError
from mtlbench.evaluation.criterion import build_criterion


def check_criteria(cfg: Config, learner: Any) -> None:
    """Reject criteria that the run does not measure, and baselines that do not match it.

    Raises:
        ConfigError: When a criterion or a baseline is wrong; the message names its place in the config.
        DataError: When the record of a baseline is missing or damaged.
    """
    whole = cfg.to_dict()
    for place, settings, argument in _hooks_with_criterion(whole):
        try:
            if settings.get(argument):
                build_criterion(settings[argument], settings.get('baselines'), learner.tasks, whole)
            elif settings.get('baselines'):
                raise ConfigError(f"baselines are for {argument}='delta'; remove them")
        except ConfigError as error:
            raise ConfigError(f'{place}.{argument}: {error}') from error


def _hooks_with_criterion(cfg: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any], str]]:
    named = {f'default_hooks.{name}': hook for name, hook in (cfg.get('default_hooks') or {}).items()}
    listed = {f'custom_hooks.{number}': hook for number, hook in enumerate(cfg.get('custom_hooks') or [])}
    for place, hook in {**named, **listed}.items():
        if isinstance(hook, Mapping):
            argument = getattr(member_of(hook['type'], HOOK), 'criterion_argument', None)
            if argument:
                yield place, hook, argument
