"""Progress of runs, and the remaining time."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from statistics import fmean

# mmengine's line of a training run: 'Iter(train) [ 300/600]  lr: 1.0e-04  eta: 1 day, 0:02:30  time: ...'
_LINE = re.compile(
    rb'Iter\(train\)\s*\[\s*(\d{1,12})/(\d{1,12})\].*?eta: (?:(\d{1,6}) days?, )?(\d{1,2}):(\d\d):(\d\d)'
)
_TAIL_BYTES = 16384


@dataclass(frozen=True)
class Progress:
    """Progress of a run.

    Args:
        made: Number of updates made.
        wanted: Total number of updates.
        seconds_left: Remaining seconds according to the training log.
    """

    made: int
    wanted: int
    seconds_left: float


def read_progress(log: Path) -> Progress | None:
    """Read the progress of a run from its log; None if the log contains none yet."""
    try:
        with log.open('rb') as file:
            file.seek(max(0, log.stat().st_size - _TAIL_BYTES))
            found = _LINE.findall(file.read())
    except OSError:
        return None
    if not found:
        return None
    made, wanted, days, hours, minutes, seconds = (int(part or 0) for part in found[-1])
    return Progress(made, wanted, timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds).total_seconds())


def time_left(
    waiting: int, running: Sequence[tuple[float, Progress | None]], finished: Sequence[float], slots: int
) -> timedelta | None:
    """Estimate the remaining time of all runs; None before anything is known.

    Args:
        waiting: Number of runs that have not started.
        running: Seconds since the start, and progress, of each running run.
        finished: Duration of each finished run in seconds.
        slots: Number of runs at a time.
    """
    known = [*finished, *(elapsed + seen.seconds_left for elapsed, seen in running if seen)]
    if not known:
        return None
    mean = fmean(known)
    rest = [seen.seconds_left if seen else max(0.0, mean - elapsed) for elapsed, seen in running]
    # A run cannot be split, so the slowest running one is a lower bound.
    seconds = max([(waiting * mean + sum(rest)) / slots, *rest])
    return timedelta(seconds=round(seconds))
