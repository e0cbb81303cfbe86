"""Tools as a user starts and ends them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parents[2]


def start(arguments, **options):
    """A Python program in a process group of its own, as a shell starts it, with Ctrl-C not ignored."""
    return subprocess.Popen(
        [sys.executable, *map(str, arguments)],
        start_new_session=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
        env={**os.environ, 'OMP_NUM_THREADS': '1'},
        text=True,
        **{'stdout': subprocess.PIPE, 'stderr': subprocess.PIPE, **options},
    )


def end(process, number, group=True, limit=60):
    """Send a signal, to the whole group as a terminal does; gives the exit status and the lines of stderr."""
    (os.killpg if group else os.kill)(process.pid, number)
    _, err = process.communicate(timeout=limit)
    return process.returncode, [line.strip() for line in err.replace('\r', '\n').splitlines()]


def members(group):
    """The living processes of a group."""
    found = []
    for stat in Path('/proc').glob('[0-9]*/stat'):
        try:
            state, _, its_group = stat.read_text().rpartition(')')[2].split()[:3]
        except (FileNotFoundError, ProcessLookupError):
            continue
        if int(its_group) == group and state != 'Z':
            found.append(int(stat.parent.name))
    return found


def wait_until(condition, seconds=60):
    """Whether a condition comes true in time."""
    until = time.monotonic() + seconds
    while not condition() and time.monotonic() < until:
        time.sleep(0.02)
    return condition()
