"""Runs without a record, either running or failed. The run folders are only read."""

from __future__ import annotations

import fcntl
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from mtlbench.records.paths import LOCK_FILE, LOG_FILE, RESULT_FILE, run_name

RUNNING, FAILED = 'running', 'failed'


@dataclass(frozen=True)
class Unfinished:
    """A run that was started and has no record.

    Args:
        name: Name of its config.
        profile: Profile of the run.
        recipe: Recipe of the run.
        seed: Seed of the run.
        state: ``running`` while a process holds its folder, else ``failed``, also for interrupted runs.
        folder: Folder of the run.
    """

    name: str
    profile: str
    recipe: str
    seed: int
    state: str
    folder: Path

    def __str__(self) -> str:
        log = f', log in {self.folder / LOG_FILE}' if self.state == FAILED else ''
        return f'{self.name} seed {self.seed} {self.state}{log}'


def find_unfinished(work_dir: str | Path) -> list[Unfinished]:
    """Return all runs below a work dir that were started and have no record, sorted by path."""
    found = []
    for folder in sorted(Path(work_dir).glob('*/*/*/*/seed*')):
        if (folder / RESULT_FILE).exists() or not (folder / LOG_FILE).exists():
            continue
        profile, recipe, *name, seed = folder.relative_to(work_dir).parts
        if seed.removeprefix('seed').isdecimal():
            state = RUNNING if _is_held(folder / LOCK_FILE) else FAILED
            found.append(
                Unfinished(run_name('/'.join(name)), profile, recipe, int(seed.removeprefix('seed')), state, folder)
            )
    return found


def state_of(configs: Sequence[str], unfinished: Sequence[Unfinished]) -> str:
    """Return the state of a cell without a value: ``running`` or ``failed`` if any of its runs is, else empty."""
    names = {run_name(config) for config in configs}
    states = {run.state for run in unfinished if run.name in names}
    return next((state for state in (RUNNING, FAILED) if state in states), '')


def _is_held(lock: Path) -> bool:
    """Return whether a process holds a lock. The check takes a shared lock and releases it at once."""
    if not lock.is_file():
        return False
    try:
        with lock.open('rb') as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False
