"""End of a tool: one line for any error, and an exit status for its kind."""

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
from collections.abc import Callable, Iterator, Sequence
from typing import NoReturn

from mtlbench.errors import MTLBenchError
from mtlbench.utils.command import as_typed, note_start
from mtlbench.utils.printable import printable

DEBUG_VARIABLE = 'MTLBENCH_TRACEBACK'
ERROR, USAGE, BUG, INTERRUPTED, PIPE_CLOSED, TERMINATED = 1, 2, 70, 130, 141, 143
AGAIN = 'run it again'
REPEAT = 'run the same command to continue'
TRACEBACK = 'Traceback (most recent call last)'
LONGEST = 500
OWN = 'mtlbench'
HINTS = {
    errno.ENOSPC: 'the disk is full: make room, or write elsewhere',
    errno.EDQUOT: 'your disk quota is exceeded: make room, or write elsewhere',
    errno.ENAMETOOLONG: 'use a shorter path',
    errno.EACCES: 'permission is missing: change the permissions, or use another path',
    errno.EPERM: 'the operation is not permitted: change the permissions, or use another path',
    errno.EROFS: 'the file system is read-only: use another path',
    errno.ENOTDIR: 'a file is in the place of a folder: use another path',
    errno.EEXIST: 'the path exists already: use another path',
    errno.EISDIR: 'a folder is in the place of a file: use another path',
    errno.ENOENT: 'check the path',
    errno.EMFILE: 'raise the limit (ulimit -n), or use fewer processes or workers',
}
MEMORY = 'out of memory: use a smaller batch, smaller images, or fewer processes'
KNOWN = (
    ('allocate memory', MEMORY),
    ('out of memory', MEMORY),
    ('Insufficient memory', MEMORY),
    ('DataLoader worker', 'a data loader process was killed, often because memory ran out: reduce num_workers'),
    ('process pool was terminated', 'a process was killed, often because memory ran out: reduce --jobs'),
    ('pip install', 'a package is missing'),
    ('PytorchStreamWriter failed', 'a checkpoint could not be written: is the disk full?'),
)
"""Fragments of library messages, and their explanations for users."""


class Terminated(KeyboardInterrupt):
    """SIGTERM arrived; it ends a tool like Ctrl-C but with a status of its own."""


def friendly(main: str | Callable[[], None], arguments: Sequence[str] | None = None) -> None:
    """Run a tool and print any error or interruption as one line, after the traceback with ``--debug``.

    Args:
        main: The function of the tool, or the name of the module that defines it as ``main``; the name also covers
            interruptions during its import. A constant ``GO_ON`` of the module describes how to continue after an
            interruption.
        arguments: Arguments of the tool; None for those of the process.
    """
    note_start()
    if arguments is not None:
        sys.argv[1:] = arguments
    name = main if isinstance(main, str) else main.__module__
    with _signals():
        try:
            status = _status_of(importlib.import_module(main).main if isinstance(main, str) else main)
        except BaseException as error:
            _end(error, getattr(sys.modules.get(name), 'GO_ON', AGAIN))
    sys.exit(status)


def explain(error: BaseException) -> tuple[int, str]:
    """Return the exit status and the line for an error; see ``docs/commands.md``."""
    message = _message(error)
    if isinstance(error, MTLBenchError):
        return ERROR, message
    if isinstance(error, OSError):
        return ERROR, _of_system(error) or message
    if isinstance(error, RecursionError):
        return ERROR, f'a value is nested too deeply or contains itself ({message})'
    if isinstance(error, MemoryError):
        return ERROR, f'{MEMORY} ({message})' if message else MEMORY
    for said, meant in KNOWN:
        if said in message:
            return ERROR, f'{meant} ({message[:LONGEST]})'
    what = f'{type(error).__name__}: {message[:LONGEST]}{_place(error)}'
    if plugin := _plugin_of(error):
        return ERROR, f"{what}; it was raised in a class of '{plugin}': --debug prints the traceback"
    return BUG, f'{what}; this is a bug: please report it with the output of the same command with --debug'


def _status_of(main: Callable[[], None]) -> str | int | None:
    """Run the tool, flush its output and return its status."""
    status: str | int | None = 0
    try:
        main()
    except SystemExit as ended:
        status = ended.code
    if sys.stdout is not None:
        sys.stdout.flush()
    return status


def _end(error: BaseException, go_on: str) -> NoReturn:
    """Print the reason and exit."""
    if not os.environ.get(DEBUG_VARIABLE):
        # Data loaders whose processes received the same signal print errors during their shutdown.
        sys.unraisablehook = lambda _: None
    if isinstance(error, KeyboardInterrupt):
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_DFL)  # a second Ctrl-C ends the shutdown
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
        print(printable(as_typed(line)), file=sys.stderr, flush=True)


def _message(error: BaseException) -> str:
    """Return the message of an error as one line, without the traceback that a data loader's worker adds before it."""
    lines = str(error).strip().splitlines()
    if any(TRACEBACK in line for line in lines):
        frames = [number for number, line in enumerate(lines) if line.startswith(' ') or TRACEBACK in line]
        lines = lines[frames[-1] + 1 :] or lines[-1:]
    message = ' '.join(' '.join(lines).split())
    return re.sub(r'^mtlbench\.errors\.\w+: ', '', message) or type(error).__name__


def _of_system(error: OSError) -> str:
    """Return the path, message and advice for a system error, or an empty string without an error number."""
    if error.errno is None:
        return ''
    where = f'{os.fsdecode(error.filename)}: ' if isinstance(error.filename, str | bytes | os.PathLike) else ''
    hint = HINTS.get(error.errno)
    return f'{where}{error.strerror}{f"; {hint}" if hint else ""}'


def _place(error: BaseException) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    return f' ({frames[-1].filename}, line {frames[-1].lineno})' if frames else ''


def _plugin_of(error: BaseException) -> str | None:
    """Return the package outside mtlbench whose registered class failed, also in a library that it called."""
    registry = sys.modules.get('mtlbench.registry')
    if registry is None:
        return None
    members = [member for one in registry.all_registries().values() for member in one.module_dict.values()]
    owners = {_package(member.__module__) for member in members} | {OWN}
    passed = [_package(frame.f_globals.get('__name__')) for frame, _ in traceback.walk_tb(error.__traceback__)]
    last = next((package for package in reversed(passed) if package in owners), OWN)
    return None if last == OWN else last


def _package(module: str | None) -> str:
    return (module or '').split('.')[0]


def _output_is_lost(error: BaseException) -> bool:
    """Return true if standard output is closed, after redirecting it so that Python prints no error at its exit."""
    if sys.stdout is not sys.__stdout__ or sys.stdout is None or not isinstance(error, OSError):
        return False
    poll = select.poll()
    poll.register(sys.stdout.fileno(), 0)  # polls for errors only, such as a pipe without a reader
    with contextlib.suppress(OSError):
        sys.stdout.flush()
        if not poll.poll(0):
            return False
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return True


@contextlib.contextmanager
def _signals() -> Iterator[None]:
    """Treat SIGTERM like Ctrl-C in the block; forked children, such as data loaders, leave both to their parent."""
    before = signal.getsignal(signal.SIGTERM)
    if before is signal.SIG_DFL:
        signal.signal(signal.SIGTERM, _terminate)
    os.register_at_fork(after_in_child=_leave_signals_to_parent)
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors='backslashreplace')  # for terminals and file names that are not UTF-8
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
