"""Runs without a record: which are running, and which failed. Looks at the run folders and changes nothing in them."""

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
        name: The name of its config.
        profile: Of the run.
        recipe: Of the run.
        seed: Of the run.
        state: ``running`` while a process holds its folder, else ``failed``; of what was cut off too.
        folder: Where it lives.
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
    """All runs below a work dir that were started and have no record, in the order of the paths."""
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
    """The state of a cell without a figure: ``running`` if any of its runs is, else ``failed`` if any did, or empty."""
    names = {run_name(config) for config in configs}
    states = {run.state for run in unfinished if run.name in names}
    return next((state for state in (RUNNING, FAILED) if state in states), '')


def _is_held(lock: Path) -> bool:
    """Whether a process holds a run's lock. A shared lock, let go at once, is the only way to ask the kernel."""
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
