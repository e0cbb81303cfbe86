"""How a tool ends: as it should, or with one line on what was wrong, and an exit status that tells which."""

from __future__ import annotations

import contextlib
import errno
import importlib
import io
import logging
import os
import re
import select
import signal
import sys
import traceback
from collections.abc import Callable, Iterator
from typing import NoReturn

from mtlbench.errors import MTLBenchError
from mtlbench.utils.printable import printable

DEBUG_VARIABLE = 'MTLBENCH_TRACEBACK'
ERROR, USAGE, BUG, INTERRUPTED, PIPE_CLOSED, TERMINATED = 1, 2, 70, 130, 141, 143
AGAIN = 'start it again'
TRACEBACK = 'Traceback (most recent call last)'
LONGEST = 500
HINTS = {
    errno.ENOSPC: 'the disk is full: make room, or write elsewhere',
    errno.EDQUOT: 'your quota is used up: make room, or write elsewhere',
    errno.ENAMETOOLONG: 'take a shorter path',
    errno.EACCES: 'you may not read or write there: change its permissions, or name another place',
    errno.EPERM: 'you may not do that there: change its permissions, or name another place',
    errno.EROFS: 'nothing can be written there: name another place',
    errno.ENOTDIR: 'a file is where a folder should be: name another place',
    errno.EEXIST: 'something of that name is there already: name another place',
    errno.EISDIR: 'a folder is where a file should be: name another file',
    errno.ENOENT: 'check the path',
    errno.EMFILE: 'raise the limit (ulimit -n), or take fewer processes or workers',
}
MEMORY = 'out of memory: take a smaller batch, smaller images, or fewer processes'
KNOWN = (
    ('allocate memory', MEMORY),
    ('out of memory', MEMORY),
    ('Insufficient memory', MEMORY),
    ('DataLoader worker', 'a process that loads data was killed, often for want of memory: take fewer num_workers'),
    ('process pool was terminated', 'a process was killed, often for want of memory: take fewer --jobs'),
    ('pip install', 'a package is missing'),
    ('PytorchStreamWriter failed', 'a checkpoint could not be written: is the disk full?'),
)
"""What a library says, and what it means for who reads it."""


class Terminated(KeyboardInterrupt):
    """SIGTERM has arrived. It ends a tool as Ctrl-C does, with a status of its own."""


def friendly(main: str | Callable[[], None]) -> None:
    """Run a tool; whatever ends it early is printed as one line. With ``--debug`` the traceback comes before it.

    Args:
        main: The tool, or the module whose ``main`` it is: an interruption while that is imported is met, too. A
            constant ``GO_ON`` of the module says how to go on after an interruption.
    """
    name = main if isinstance(main, str) else main.__module__
    with _signals():
        try:
            status = _status_of(importlib.import_module(main).main if isinstance(main, str) else main)
        except BaseException as error:
            _end(error, getattr(sys.modules.get(name), 'GO_ON', AGAIN))
    sys.exit(status)


def explain(error: BaseException) -> tuple[int, str]:
    """The exit status and the line of text for what ended a tool; see ``docs/commands.md``."""
    message = _message(error)
    if isinstance(error, MTLBenchError):
        return ERROR, message
    if isinstance(error, OSError):
        return ERROR, _of_system(error) or message
    if isinstance(error, RecursionError):
        return ERROR, f'something is nested too deeply, or contains itself ({message})'
    if isinstance(error, MemoryError):
        return ERROR, f'{MEMORY} ({message})' if message else MEMORY
    for said, meant in KNOWN:
        if said in message:
            return ERROR, f'{meant} ({message[:LONGEST]})'
    what = f'{type(error).__name__}: {message[:LONGEST]}{_place(error)}'
    return BUG, f'{what}; this is a bug: please report it, with what the same command prints with --debug'


def _status_of(main: Callable[[], None]) -> str | int | None:
    """Run, and see to it that everything printed has arrived."""
    status: str | int | None = 0
    try:
        main()
    except SystemExit as ended:
        status = ended.code
    if sys.stdout is not None:
        sys.stdout.flush()
    return status


def _end(error: BaseException, go_on: str) -> NoReturn:
    """Say what ended the tool, and end."""
    if not os.environ.get(DEBUG_VARIABLE):
        # Loaders whose processes got the same signal complain while they are taken down.
        sys.unraisablehook = lambda _: None
    if isinstance(error, KeyboardInterrupt):
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_DFL)  # who is in a hurry presses Ctrl-C once more
        terminated = isinstance(error, Terminated)
        _say(f'{"terminated" if terminated else "interrupted"}; {go_on}')
        sys.exit(TERMINATED if terminated else INTERRUPTED)
    if _output_is_lost(error) and isinstance(error, BrokenPipeError):
        sys.exit(PIPE_CLOSED)
    if os.environ.get(DEBUG_VARIABLE):
        traceback.print_exception(error)
    status, line = explain(error)
    _say(f'error: {line}')
    sys.exit(status)


def _say(line: str) -> None:
    with contextlib.suppress(OSError, ValueError):
        print(printable(line), file=sys.stderr, flush=True)


def _message(error: BaseException) -> str:
    """What an error says, as one line. That of a loader's worker arrives behind the worker's traceback."""
    lines = str(error).strip().splitlines()
    if any(TRACEBACK in line for line in lines):
        frames = [number for number, line in enumerate(lines) if line.startswith(' ') or TRACEBACK in line]
        lines = lines[frames[-1] + 1 :] or lines[-1:]
    message = ' '.join(' '.join(lines).split())
    return re.sub(r'^mtlbench\.errors\.\w+: ', '', message) or type(error).__name__


def _of_system(error: OSError) -> str:
    """What the system refused, where, and what to do; empty where it does not say."""
    if error.errno is None:
        return ''
    where = f'{os.fsdecode(error.filename)}: ' if isinstance(error.filename, str | bytes | os.PathLike) else ''
    hint = HINTS.get(error.errno)
    return f'{where}{error.strerror}{f"; {hint}" if hint else ""}'


def _place(error: BaseException) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    return f' ({frames[-1].filename}, line {frames[-1].lineno})' if frames else ''


def _output_is_lost(error: BaseException) -> bool:
    """Whether what was printed cannot arrive. Then nothing more is tried, or Python would complain at its end."""
    if sys.stdout is not sys.__stdout__ or sys.stdout is None or not isinstance(error, OSError):
        return False
    poll = select.poll()
    poll.register(sys.stdout.fileno(), 0)  # asks for nothing but errors, such as a pipe without a reader
    with contextlib.suppress(OSError):
        sys.stdout.flush()
        if not poll.poll(0):
            return False
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return True


@contextlib.contextmanager
def _signals() -> Iterator[None]:
    """SIGTERM ends the block as Ctrl-C does. Forked children, such as loaders, leave both to their parent."""
    before = signal.getsignal(signal.SIGTERM)
    if before is signal.SIG_DFL:
        signal.signal(signal.SIGTERM, _terminate)
    os.register_at_fork(after_in_child=_leave_signals_to_parent)
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors='backslashreplace')  # for terminals, and names of files, that are not UTF-8
    # A log that cannot be written must not print a traceback for each line.
    logging.raiseExceptions = bool(os.environ.get(DEBUG_VARIABLE))
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _terminate(*_: object) -> NoReturn:
    raise Terminated


def _leave_signals_to_parent() -> None:
    if signal.getsignal(signal.SIGTERM) is _terminate:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
