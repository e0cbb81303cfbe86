"""One process at a time in a run's folder."""

from __future__ import annotations

import errno
import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mtlbench.errors import ConfigError, DataError

LOCK_VARIABLE = 'MTLBENCH_LOCK'
"""The environment variable by which a parent hands the descriptor of a held lock to its child."""
_INSTANT_S = 0.1


def acquire(path: Path) -> int | None:
    """Take a lock, or find it held.

    The lock is the kernel's (``flock``): it ends with the last process that has the descriptor open, so a process that
    died leaves none behind. Hand the descriptor to a child, and the child keeps it even when its parent is killed.

    Returns:
        The descriptor, to be closed by the caller, or None when another process holds the lock.

    Raises:
        DataError: When the file system knows no locks.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            # Who only asks whether a run is at work holds its lock for an instant.
            time.sleep(_INSTANT_S)
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(descriptor)
        if error.errno in (errno.EWOULDBLOCK, errno.EACCES):
            return None
        raise DataError(
            f'{path} cannot be locked ({error.strerror}), so two benchmarks could make the same run at once; '
            'use a work dir on a file system with locks (flock)'
        ) from error
    return descriptor


@contextmanager
def try_lock(path: Path) -> Iterator[int | None]:
    """Hold a lock while the block runs; see :func:`acquire`.

    Yields:
        The descriptor, or None when another process holds the lock.
    """
    descriptor = acquire(path)
    try:
        yield descriptor
    finally:
        if descriptor is not None:
            os.close(descriptor)


@contextmanager
def hold(path: Path) -> Iterator[None]:
    """Hold a lock while the block runs, unless the parent of this process holds it for this process already.

    Raises:
        ConfigError: When another process holds it.
    """
    if _inherited(path):
        yield
        return
    with try_lock(path) as descriptor:
        if descriptor is None:
            raise ConfigError(
                f'another process is at work in {path.parent}; wait until it has ended, or name another --work-dir'
            )
        yield


def _inherited(path: Path) -> bool:
    """Whether the parent handed over the descriptor of this very file."""
    try:
        return os.path.samestat(os.fstat(int(os.environ[LOCK_VARIABLE])), path.stat())
    except (KeyError, ValueError, OSError):
        return False
