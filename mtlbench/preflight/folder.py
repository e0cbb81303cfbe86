"""The folder of a run."""

from __future__ import annotations

import tempfile
from pathlib import Path

from mtlbench.errors import ConfigError


def check_folder(folder: str | Path) -> None:
    """Make sure that a folder is there, or can be made, and can be written to. Leaves nothing behind.

    Raises:
        ConfigError: Naming the folder and what is in the way.
    """
    path = Path(folder).absolute()
    try:
        above = next(one for one in (path, *path.parents) if one.exists())
        if not above.is_dir():
            raise NotADirectoryError(f'{above} is a file')
        with tempfile.TemporaryDirectory(prefix='.try-', dir=above) as trial:
            longest = max((part for part in path.relative_to(above).parts), key=len, default='x')
            (Path(trial) / longest).mkdir()
    except (OSError, ValueError) as error:
        reason = getattr(error, 'strerror', None) or error
        raise ConfigError(f'work_dir {folder} cannot be written to: {reason}; name another by --work-dir') from error
