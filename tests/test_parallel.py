"""Work spread over processes ends with the process that spread it."""

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

PROGRAM = """
import functools, os, pathlib, sys, time
from mtlbench.utils.parallel import run_all

def work(folder):
    pathlib.Path(folder, str(os.getpid())).touch()
    time.sleep(600)
    return 1

if __name__ == '__main__':
    run_all([functools.partial(work, sys.argv[1])] * 2, jobs=2, total=2, description='work')
"""


def alive(pid):
    """Whether a process runs; one that has ended but was not waited for does not."""
    try:
        return (Path('/proc') / str(pid) / 'stat').read_text().split()[2] != 'Z'
    except (FileNotFoundError, ProcessLookupError):
        return False


def wait_until(condition, seconds):
    end = time.monotonic() + seconds
    while not condition() and time.monotonic() < end:
        time.sleep(0.1)
    return condition()


@pytest.mark.skipif(not Path('/proc/self/stat').exists(), reason='looks into /proc')
def test_workers_do_not_outlive_a_killed_parent(tmp_path):
    program, started = tmp_path / 'program.py', tmp_path / 'started'
    program.write_text(PROGRAM)
    started.mkdir()
    parent = subprocess.Popen([sys.executable, str(program), str(started)], stderr=subprocess.DEVNULL)
    assert wait_until(lambda: len(list(started.iterdir())) == 2, 120)
    workers = [int(path.name) for path in started.iterdir()]
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    assert wait_until(lambda: not any(map(alive, workers)), 60)
