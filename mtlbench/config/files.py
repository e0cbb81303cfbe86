"""Search for config files. Needs neither torch nor mmengine, so that listing configs is fast."""

from __future__ import annotations

from pathlib import Path

from mtlbench.config.renamed import refuse_renamed
from mtlbench.errors import ConfigError
from mtlbench.utils.choices import did_you_mean


def config_dir() -> Path:
    """Return the folder of the configs: inside an installed package, next to it in a checkout."""
    package = Path(__file__).parents[1]
    inside = package / 'configs'
    return inside if inside.is_dir() else package.parent / 'configs'


def has_config(name: str | Path) -> bool:
    """Return whether a config file of that name exists; see :func:`find_config`."""
    return Path(name).is_file() or _inside(name).is_file()


def find_config(name: str | Path) -> Path:
    """Return the config file of a name.

    Args:
        name: Path, or name below the project's configs such as ``xtam/sdn_vkitti2`` (``configs/`` in front and
            ``.py`` behind are optional).

    Raises:
        ConfigError: When there is no such file; the message gives its new name, or lists the nearest names.
    """
    path, inside = Path(name), _inside(name)
    try:
        if path.is_dir():
            raise ConfigError(f"config '{name}' is a folder; name a config file in it, or one of {config_dir()}")
        if path.is_file():
            return path.resolve()
        if inside.is_file():
            return inside
    except OSError as error:
        raise ConfigError(f"no config '{name!s:.80}': {error.strerror}") from error
    refuse_renamed(_plain(name))
    hint = did_you_mean(_plain(name), list_configs()) or f'; configs are in {config_dir()}'
    raise ConfigError(f"no config '{name}': neither {path.resolve()} nor {inside} exists{hint}")


def list_configs() -> list[str]:
    """Return the names of all runnable configs of the project, such as ``xtam/sdn_vkitti2``."""
    root = config_dir()
    files = (path.relative_to(root) for path in root.rglob('*.py'))
    return sorted(str(path.with_suffix('')) for path in files if path.parts[0] not in ('_base_', '__pycache__'))


def list_profiles() -> list[str]:
    """Return the names of the profiles; the first is that of configs without one."""
    return ['full', *_overlays('profiles')]


def list_recipes() -> list[str]:
    """Return the names of the recipes; the first is that of configs without one."""
    return ['paper', *_overlays('recipes')]


def _overlays(folder: str) -> list[str]:
    return sorted(path.stem for path in (config_dir() / '_base_' / folder).glob('*.py'))


def _inside(name: str | Path) -> Path:
    return config_dir() / f'{_plain(name)}.py'


def _plain(name: str | Path) -> str:
    path = Path(name)
    relative = Path(*path.parts[1:]) if path.parts[:1] == ('configs',) else path
    return str(relative).removesuffix('.py')
