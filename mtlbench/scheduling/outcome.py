"""Outcomes of jobs."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from mtlbench.scheduling.jobs import Job
from mtlbench.utils.printable import printable

FINISHED, BEFORE, FAILED, ELSEWHERE = 'finished', 'already finished', 'failed', 'running elsewhere'
SKIPPED = 'skipped'


@dataclass(frozen=True)
class Outcome:
    """Outcome of a job.

    Args:
        job: Job.
        state: One of the states defined in this module.
        detail: Reason and log of a failure, or reason for skipping the job.
        seconds: Duration in seconds.
    """

    job: Job
    state: str
    detail: str = ''
    seconds: float = 0.0

    @property
    def done(self) -> bool:
        """True if the record and weights of the run exist."""
        return self.state in (FINISHED, BEFORE)

    def __str__(self) -> str:
        return f'{self.job}: {self.state}{f": {self.detail}" if self.detail else ""}'


def last_line(log: Path) -> str:
    """Return the last non-empty line of a log, which is the error of a failed run."""
    lines = log.read_bytes()[-8192:].decode(errors='replace').split('\n')
    return printable(next((line.strip() for line in reversed(lines) if line.strip()), 'no output'))
