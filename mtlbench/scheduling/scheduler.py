"""Scheduler of runs, one process each. It skips finished runs, continues interrupted ones and survives failures."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Protocol

from mtlbench.records.paths import LOG_FILE
from mtlbench.scheduling.attempt import begin
from mtlbench.scheduling.jobs import Job
from mtlbench.scheduling.outcome import FINISHED, SKIPPED, Outcome
from mtlbench.scheduling.progress import read_progress, time_left

PULSE_S = 60.0


class Started(Protocol):
    """A running job, on this machine or on a cluster."""

    job: Job
    start: float

    def poll(self) -> Outcome | None:
        """Return the outcome, or None while the job runs."""

    def terminate(self) -> None:
        """Terminate the job."""

    def join(self) -> None:
        """Wait until the job has ended."""


class Scheduler:
    """Runs each job after the one that it starts from, and jobs of the same folder one after another.

    Args:
        jobs: Jobs in an order where each follows the one that it starts from.
        slots: Visible GPU, or None, of each run at a time.
        say: Function that receives a line when a job starts or ends, and once a minute.
        launch: Function that starts a job in a slot, or returns its outcome.
        poll_s: Seconds between checks of the running jobs.
    """

    def __init__(
        self,
        jobs: Sequence[Job],
        slots: Sequence[str | None] = (None,),
        say: Callable[[str], None] = lambda line: None,
        launch: Callable[[Job, str | None], Started | Outcome] = begin,
        poll_s: float = 0.1,
    ) -> None:
        self.say, self.launch, self.poll_s = say, launch, poll_s
        self._waiting, self._total = list(jobs), len(jobs)
        self._slots, self._free = len(slots), list(slots)
        self._running: list[tuple[Started, str | None]] = []
        self._outcomes: dict[Job, Outcome] = {}
        self.stopped = False

    def run(self) -> list[Outcome]:
        """Run all jobs, or until :meth:`stop`. Running child processes are terminated at the end."""
        pulse = time.monotonic()
        try:
            while (self._waiting or self._running) and not self.stopped:
                if not self._collect() and not self._start():
                    time.sleep(self.poll_s)
                if time.monotonic() - pulse > PULSE_S:
                    pulse = time.monotonic()
                    self.say(self._pulse())
        finally:
            self._end_children()
        return list(self._outcomes.values())

    def stop(self, *_: object) -> None:
        """Start no more jobs and end the running ones. Can be called from another thread or as a signal handler."""
        self.stopped = True

    def _start(self) -> bool:
        """Start the first job that is ready, or settle a job that needs no start."""
        busy = {started.job.folder for started, _ in self._running}
        for job in self._waiting if self._free else ():
            before = self._outcomes.get(job.after) if job.after else None
            if (job.after and before is None) or job.folder in busy:
                continue
            self._waiting.remove(job)
            if before and not before.done:
                self._settle(Outcome(job, SKIPPED, f'it starts from {before.job}, which is not done: {before.state}'))
                return True
            slot = self._free.pop(0)
            started = self.launch(job, slot)
            if isinstance(started, Outcome):
                self._free.insert(0, slot)
                self._settle(started)
            else:
                self._running.append((started, slot))
                self.say(f'{job}: started{f" on GPU {slot}" if slot else ""}, log in {job.folder / LOG_FILE}')
            return True
        return False

    def _collect(self) -> bool:
        """Settle the jobs that have ended."""
        ended = [(entry, outcome) for entry in self._running if (outcome := entry[0].poll())]
        for entry, outcome in ended:
            self._running.remove(entry)
            self._free.append(entry[1])
            self._settle(outcome)
        return bool(ended)

    def _settle(self, outcome: Outcome) -> None:
        self._outcomes[outcome.job] = outcome
        took = f' in {timedelta(seconds=round(outcome.seconds))}' if outcome.state == FINISHED else ''
        self.say(f'[{len(self._outcomes)}/{self._total}] {outcome}{took}{self._rest()}')

    def _pulse(self) -> str:
        seen = ((started.job, read_progress(started.job.folder / LOG_FILE)) for started, _ in self._running)
        states = [f'{job}{f" at {at.made} of {at.wanted}" if at else ""}' for job, at in seen]
        return f'[{len(self._outcomes)}/{self._total}] running: {", ".join(states)}{self._rest()}'

    def _rest(self) -> str:
        now = time.monotonic()
        running = [(now - job.start, read_progress(job.job.folder / LOG_FILE)) for job, _ in self._running]
        finished = [outcome.seconds for outcome in self._outcomes.values() if outcome.state == FINISHED]
        left = time_left(len(self._waiting), running, finished, self._slots)
        return f'; about {left} left' if left else ''

    def _end_children(self) -> None:
        for started, _ in self._running:
            started.terminate()
        for started, _ in self._running:
            started.join()
