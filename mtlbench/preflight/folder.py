"""Check of a run's folder."""

from __future__ import annotations

import tempfile
from pathlib import Path

from mtlbench.errors import ConfigError


def check_folder(folder: str | Path) -> None:
    """Check that a folder exists or can be created, and is writable. Leaves nothing behind.

    Raises:
        ConfigError: When the folder cannot be written to; the message gives the reason.
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
        raise ConfigError(f'work_dir {folder} is not writable: {reason}; set another with --work-dir') from error
