"""Attempts at jobs, each in a child process that holds the lock of the run folder."""

from __future__ import annotations

import os
import subprocess
import time

from mtlbench.errors import DataError
from mtlbench.records.lock import LOCK_VARIABLE, acquire, try_lock
from mtlbench.records.paths import LOCK_FILE, LOG_FILE
from mtlbench.scheduling.jobs import Job
from mtlbench.scheduling.outcome import BEFORE, ELSEWHERE, FAILED, FINISHED, Outcome, last_line

GRACE_S = 10.0
GPU_VARIABLE = 'CUDA_VISIBLE_DEVICES'


class Attempt:
    """A running child process.

    Args:
        job: Job that it makes.
        child: Process.
    """

    def __init__(self, job: Job, child: subprocess.Popen) -> None:
        self.job, self.child, self.start = job, child, time.monotonic()

    def poll(self) -> Outcome | None:
        """Return the outcome, or None while the process runs."""
        status = self.child.poll()
        if status is None:
            return None
        seconds, log = time.monotonic() - self.start, self.job.folder / LOG_FILE
        try:
            if status == 0 and self.job.result():
                return Outcome(self.job, FINISHED, seconds=seconds)
            why = last_line(log) if status else 'the process ended without a record'
        except (OSError, DataError) as error:
            why = str(error)
        return Outcome(self.job, FAILED, f'{why} (exit status {status}, log in {log})', seconds)

    def terminate(self) -> None:
        """Terminate the process."""
        self.child.terminate()

    def join(self) -> None:
        """Wait until the process and its data loaders have ended. Kill the process after a grace period."""
        try:
            self.child.wait(GRACE_S)
        except subprocess.TimeoutExpired:
            self.child.kill()
            self.child.wait()
        deadline = time.monotonic() + GRACE_S
        while time.monotonic() < deadline:
            with try_lock(self.job.folder / LOCK_FILE) as lock:
                if lock is not None:
                    return
            time.sleep(0.05)


def settled(job: Job) -> Outcome | None:
    """Return the outcome of a job that needs no attempt, because it has finished or its record is damaged."""
    try:
        return Outcome(job, BEFORE) if job.result() else None
    except (OSError, DataError) as error:
        return Outcome(job, FAILED, str(error))


def begin(job: Job, gpu: str | None = None) -> Attempt | Outcome:
    """Start a job, unless it has finished or another process is making it.

    Args:
        job: Job to start.
        gpu: The only visible GPU; None keeps the environment.
    """
    known = settled(job)
    if known:
        return known
    try:
        lock = acquire(job.folder / LOCK_FILE)
        if lock is None:
            return Outcome(job, ELSEWHERE)
        try:
            # Another process may have finished it before the lock was taken.
            return settled(job) or Attempt(job, _spawn(job, gpu, lock))
        finally:
            # The child and its data loaders keep the lock until the last of them has ended.
            os.close(lock)
    except (OSError, DataError) as error:
        return Outcome(job, FAILED, str(error))


def _spawn(job: Job, gpu: str | None, lock: int) -> subprocess.Popen:
    environment = {**os.environ, LOCK_VARIABLE: str(lock), **({} if gpu is None else {GPU_VARIABLE: gpu})}
    with (job.folder / LOG_FILE).open('ab') as log:
        return subprocess.Popen(job.command, stdout=log, stderr=subprocess.STDOUT, env=environment, pass_fds=[lock])
