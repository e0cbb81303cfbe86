"""Locks that allow one process at a time in the folder of a run."""

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
"""Environment variable with the descriptor of a lock that a parent process passes to its child."""
_INSTANT_S = 0.1


def acquire(path: Path) -> int | None:
    """Acquire a lock without waiting.

    The kernel (``flock``) releases the lock when the last process with the open descriptor ends, so dead processes
    leave no locks behind. A child process that inherits the descriptor keeps the lock even if its parent is killed.

    Returns:
        Descriptor, to be closed by the caller, or None if another process holds the lock.

    Raises:
        DataError: If the file system does not support locks.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            # A process that checks whether a run is in progress holds its lock for an instant.
            time.sleep(_INSTANT_S)
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(descriptor)
        if error.errno in (errno.EWOULDBLOCK, errno.EACCES):
            return None
        raise DataError(
            f'cannot lock {path} ({error.strerror}), so two benchmarks could make the same run at once; '
            'use a work dir on a file system that supports flock'
        ) from error
    return descriptor


@contextmanager
def try_lock(path: Path) -> Iterator[int | None]:
    """Hold a lock while the block runs; see :func:`acquire`.

    Yields:
        Descriptor, or None if another process holds the lock.
    """
    descriptor = acquire(path)
    try:
        yield descriptor
    finally:
        if descriptor is not None:
            os.close(descriptor)


@contextmanager
def hold(path: Path) -> Iterator[None]:
    """Hold a lock while the block runs, unless the parent process already holds it for this process.

    Raises:
        ConfigError: If another process holds it.
    """
    if _inherited(path):
        yield
        return
    with try_lock(path) as descriptor:
        if descriptor is None:
            raise ConfigError(
                f'another process is using {path.parent}; wait until it has ended, or choose another --work-dir'
            )
        yield


def _inherited(path: Path) -> bool:
    """Return whether the parent process passed the descriptor of this file."""
    try:
        return os.path.samestat(os.fstat(int(os.environ[LOCK_VARIABLE])), path.stat())
    except (KeyError, ValueError, OSError):
        return False
