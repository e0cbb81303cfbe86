"""Makes runs, one process each: what is finished is passed over, what was cut off goes on, a failure stops nothing."""

from __future__ import annotations

import subprocess
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from statistics import fmean

from mtlbench.errors import DataError
from mtlbench.leaderboard.jobs import Job
from mtlbench.leaderboard.lock import try_lock
from mtlbench.leaderboard.paths import LOCK_FILE, LOG_FILE

FINISHED, BEFORE, FAILED, ELSEWHERE, STOPPED = 'finished', 'finished before', 'failed', 'runs elsewhere', 'stopped'
GRACE_S = 10.0


@dataclass(frozen=True)
class Outcome:
    """What became of a job.

    Args:
        job: The job.
        state: ``finished``, ``finished before``, ``failed``, ``runs elsewhere`` or ``stopped``.
        detail: Of a failure: why, and where the log is.
        seconds: How long it took.
    """

    job: Job
    state: str
    detail: str = ''
    seconds: float = 0.0

    def __str__(self) -> str:
        return f'{self.job}: {self.state}{f": {self.detail}" if self.detail else ""}'


class Runner:
    """Runs jobs.

    Args:
        jobs: What to run.
        parallel: How many at a time.
        say: Told one line for each job that starts or ends.
    """

    def __init__(self, jobs: Sequence[Job], parallel: int = 1, say: Callable[[str], None] = lambda line: None) -> None:
        self.jobs, self.parallel, self.say = jobs, parallel, say
        self._children: dict[Job, subprocess.Popen] = {}
        self._stopping = threading.Event()
        self._starting = threading.Lock()

    def run(self) -> list[Outcome]:
        """Run all jobs; an interrupt ends the running ones and leaves them to be gone on with.

        Raises:
            KeyboardInterrupt: After the children have ended.
        """
        outcomes: list[Outcome] = []
        with ThreadPoolExecutor(self.parallel) as pool:
            futures = [pool.submit(self._run, job) for job in self.jobs]
            try:
                for future in as_completed(futures):
                    outcomes.append(future.result())
                    self.say(self._progress(outcomes))
            except BaseException:
                self._stop()
                pool.shutdown(cancel_futures=True)
                raise
        return outcomes

    def _run(self, job: Job) -> Outcome:
        try:
            if job.result():
                return Outcome(job, BEFORE)
            with try_lock(job.folder / LOCK_FILE) as lock:
                if lock is None:
                    return Outcome(job, ELSEWHERE)
                # Another process may have finished it between the look and the lock.
                return Outcome(job, BEFORE) if job.result() else self._execute(job, lock)
        except (OSError, DataError) as error:
            return Outcome(job, FAILED, str(error))

    def _execute(self, job: Job, lock: int) -> Outcome:
        start, log = time.monotonic(), job.folder / LOG_FILE
        with log.open('ab') as out:
            with self._starting:
                if self._stopping.is_set():
                    return Outcome(job, STOPPED)
                child = subprocess.Popen(job.command, stdout=out, stderr=subprocess.STDOUT, pass_fds=[lock])
                self._children[job] = child
            self.say(f'{job}: started, log in {log}')
            status = child.wait()
        del self._children[job]
        seconds = time.monotonic() - start
        if self._stopping.is_set():
            return Outcome(job, STOPPED, seconds=seconds)
        if status == 0 and job.result():
            return Outcome(job, FINISHED, seconds=seconds)
        why = last_line(log) if status else 'it ended without a record'
        return Outcome(job, FAILED, f'{why} (exit status {status}, log in {log})', seconds)

    def _stop(self) -> None:
        with self._starting:
            self._stopping.set()
            children = list(self._children.values())
        for child in children:
            child.terminate()
        for child in children:
            try:
                child.wait(GRACE_S)
            except subprocess.TimeoutExpired:
                child.kill()

    def _progress(self, outcomes: Sequence[Outcome]) -> str:
        line = f'[{len(outcomes)}/{len(self.jobs)}] {outcomes[-1]}'
        times = [outcome.seconds for outcome in outcomes if outcome.state == FINISHED]
        rest = len(self.jobs) - len(outcomes)
        if not times or not rest:
            return line
        left = timedelta(seconds=round(fmean(times) * rest / self.parallel))
        return f'{line}; {timedelta(seconds=round(times[-1]))} for the last, at most about {left} left'


def last_line(log: Path) -> str:
    """The last line of a log that says something; of a failed run that is its error."""
    lines = log.read_bytes()[-8192:].decode(errors='replace').split('\n')
    return next((line.strip() for line in reversed(lines) if line.strip()), 'no output')
