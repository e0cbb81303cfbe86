"""Counts what a process and its children change on disk, and kills them at one of these moments."""

from __future__ import annotations

import fnmatch
import mmap
import os
import signal
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

CHANGES = {'os.rename', 'os.remove', 'os.mkdir', 'os.rmdir', 'os.link', 'os.symlink', 'os.truncate'}
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT
# Logs are many, and what is in them is no part of a run.
PASSED_OVER = ('*.log', '*vis_data*')
TRACE_LENGTH = 1024


@dataclass
class Watch:
    """Called in a process before its tool, it sees every file that is opened for writing, renamed or deleted.

    Args:
        root: Only files below this folder count.
        trace: File that holds the number of changes so far and the last of them, see :func:`read_trace`.
        kill_at: The change at which the group is killed; 0 for none.
        delay_s: How long after the beginning of that change; with 0 it never begins.
    """

    root: str
    trace: str
    kill_at: int = 0
    delay_s: float = 0.0

    def __call__(self) -> None:
        """Begin."""
        Path(self.trace).write_bytes(bytes(TRACE_LENGTH))
        with Path(self.trace).open('r+b') as file:
            self.seen = mmap.mmap(file.fileno(), TRACE_LENGTH)  # shared with the processes that are forked
        self.working = False
        sys.addaudithook(self._see)

    def _see(self, event: str, args: tuple[Any, ...]) -> None:
        if self.working or not (event in CHANGES or (event == 'open' and args[2] and args[2] & WRITING)):
            return
        self.working = True
        try:
            self._count(event, args)
        finally:
            self.working = False

    def _count(self, event: str, args: tuple[Any, ...]) -> None:
        inside_a_descriptor = event != 'open' and isinstance(args[-1], int) and args[-1] >= 0
        if inside_a_descriptor or not isinstance(args[0], (str, os.PathLike)):
            return
        path = os.path.abspath(args[0])  # noqa: PTH100 - of links, the link
        if not path.startswith(f'{self.root}/') or any(fnmatch.fnmatch(path, pattern) for pattern in PASSED_OVER):
            return
        number = int(self.seen[:8].strip(b'\0') or b'0') + 1
        line = f'{number:<8}{event} {Path(path).relative_to(self.root)}'.encode()[:TRACE_LENGTH]
        self.seen[:] = line.ljust(TRACE_LENGTH, b'\0')
        if number == self.kill_at:
            self._kill()

    def _kill(self) -> None:
        if not self.delay_s:
            os.killpg(0, signal.SIGKILL)
        threading.Thread(target=self._kill_later, daemon=True).start()

    def _kill_later(self) -> None:
        time.sleep(self.delay_s)
        os.killpg(0, signal.SIGKILL)


def read_trace(path: Path) -> tuple[int, str]:
    """The number of changes, and what the last one was."""
    text = path.read_bytes().strip(b'\0').decode() if path.exists() else ''
    return int(text[:8] or 0), ' '.join(text.split()) or 'nothing written'
