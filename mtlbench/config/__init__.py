"""Configs: finding, reading, composing and overlaying them.

``load_config`` and ``load_data_config`` are imported on first use, because they need mmengine and torch, which lists of
configs do not need.
"""

from typing import TYPE_CHECKING, Any

from mtlbench.config.files import config_dir, find_config, list_configs

if TYPE_CHECKING:
    from mtlbench.config.load import load_config, load_data_config

__all__ = ['config_dir', 'find_config', 'list_configs', 'load_config', 'load_data_config']


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f'module {__name__!r} has no attribute {name!r}')
    from mtlbench.config import load

    return getattr(load, name)
