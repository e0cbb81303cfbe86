"""Errors of parts built from a config, reported with their place in the config."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import TracebackType
from typing import Any

from mmengine.config import Config

from mtlbench.config.nodes import Node, nodes_of
from mtlbench.errors import ConfigError, MTLBenchError


@contextmanager
def placed(cfg: Config) -> Iterator[None]:
    """Convert any error of a constructor into one line that begins with the place in the config.

    Raises:
        ConfigError: In place of any error of a built part, except errors that name a file themselves.
    """
    try:
        yield
    except Exception as error:
        settings = _being_built(error.__traceback__)
        if settings is None or (isinstance(error, MTLBenchError) and not isinstance(error, ConfigError)):
            raise
        kind = settings.get('type')
        name = kind if isinstance(kind, str) else getattr(kind, '__name__', kind)
        message = str(error) if isinstance(error, ConfigError) else f'{name}: {type(error).__name__}: {error}'
        place = place_of(cfg, settings) or str(name)
        raise ConfigError(message if message.startswith(place) else f'{place}: {message}') from error


def place_of(cfg: Config, settings: Mapping[str, Any]) -> str | None:
    """Return the place of the part of a config built from these settings, which may hold more than the config."""
    return next((node.place for node in nodes_of(cfg._cfg_dict) if _says(node, settings)), None)


def _says(node: Node, settings: Mapping[str, Any]) -> bool:
    """Return whether the settings are those of a part, some of which may have been built already."""
    extra = node.role.extra if node.role else ()
    own = {key: value for key, value in node.settings.items() if key not in extra}
    return all(key in settings and _is_or_was(settings[key], value) for key, value in own.items())


def _is_or_was(now: Any, said: Any) -> bool:
    return now is said or now == said or (isinstance(said, Mapping) and not isinstance(now, Mapping))


def _being_built(trace: TracebackType | None) -> Mapping[str, Any] | None:
    """Return the settings of the innermost part whose construction failed, as passed to mmengine's builder."""
    found = None
    while trace is not None:
        local = trace.tb_frame.f_locals
        if trace.tb_frame.f_code.co_name == 'build_from_cfg' and isinstance(local.get('cfg'), Mapping):
            found = local['cfg']
        trace = trace.tb_next
    return found
