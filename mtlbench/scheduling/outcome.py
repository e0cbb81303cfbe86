"""What became of a job."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from mtlbench.scheduling.jobs import Job
from mtlbench.utils.printable import printable

FINISHED, BEFORE, FAILED, ELSEWHERE = 'finished', 'finished before', 'failed', 'runs elsewhere'
LEFT_OUT = 'left out'


@dataclass(frozen=True)
class Outcome:
    """What became of a job.

    Args:
        job: The job.
        state: One of the words above.
        detail: Of a failure: why, and where the log is; of what was left out: for want of what.
        seconds: How long it took.
    """

    job: Job
    state: str
    detail: str = ''
    seconds: float = 0.0

    @property
    def done(self) -> bool:
        """Whether the run's record and weights are there."""
        return self.state in (FINISHED, BEFORE)

    def __str__(self) -> str:
        return f'{self.job}: {self.state}{f": {self.detail}" if self.detail else ""}'


def last_line(log: Path) -> str:
    """The last line of a log that says something; of a failed run that is its error."""
    lines = log.read_bytes()[-8192:].decode(errors='replace').split('\n')
    return printable(next((line.strip() for line in reversed(lines) if line.strip()), 'no output'))
