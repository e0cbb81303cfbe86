"""The checkpoint of the best validation of a run."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from mmengine.runner import Runner

from mtlbench.checkpoint import read_checkpoint
from mtlbench.engine.model import learner_of
from mtlbench.engine.resumable import HISTORY
from mtlbench.errors import CheckpointError
from mtlbench.evaluation.criterion import Baselines, Criterion, build_criterion

BEST = 'best_checkpoint'
"""Key of the best checkpoint in the state of a run, in the ``meta`` of its file, and in the record."""
PATTERN = re.compile(r'best_.+_iter_([0-9]{1,18})\.pth')


@dataclass(frozen=True)
class Best:
    """Best validation so far, whose checkpoint was kept.

    Args:
        criterion: Name of the criterion.
        value: Value of the criterion.
        update: Number of iterations before the validation.
        file: Name of the checkpoint in the run's folder.
    """

    criterion: str
    value: float
    update: int
    file: str


class BestKeeper:
    """Choice of the best checkpoint. Its only state between starts of a run is the files in the run's folder.

    Args:
        name: Name of the criterion.
        baselines: See :func:`build_criterion`.
    """

    def __init__(self, name: str, baselines: Baselines | None) -> None:
        self.name, self.baselines = name, baselines
        self.held: Best | None = None

    def start(self, runner: Runner) -> None:
        """Build the criterion, and find the best checkpoint of the run so far.

        A file of a later update was written before an interruption; its validation is made again. The value is
        computed anew from the metrics, because the baselines may have changed.
        """
        self.criterion = criterion_of(runner, self.name, self.baselines)
        notes = (note_of(path) for path in reversed(best_checkpoints(Path(runner.work_dir))))
        fitting = (note for note in notes if note and note.criterion == self.name and note.update <= runner.iter)
        self.held = next(fitting, None)
        for entry in runner.message_hub.runtime_info.get(HISTORY, []):
            if self.held and entry['iter'] == self.held.update:
                self.held = replace(self.held, value=self.criterion.value(entry))

    def offer(self, runner: Runner, metrics: Mapping[str, float]) -> Best | None:
        """Return the validation that was just made if it is the best so far."""
        value = self.criterion.value(metrics)
        if not self.criterion.improves(value, self.held.value if self.held else math.nan):
            return None
        file = f'best_{re.sub(r"[^a-zA-Z0-9.-]+", "_", self.name)}_iter_{runner.iter}.pth'
        self.held = Best(self.name, value, runner.iter, file)
        return self.held

    def prune(self, folder: Path) -> None:
        """Delete all other best checkpoints. Call it after a checkpoint that names the best one is saved."""
        if self.held:
            for path in best_checkpoints(folder):
                if path.name != self.held.file:
                    path.unlink()


def criterion_of(runner: Runner, name: str, baselines: Baselines | None) -> Criterion:
    """Return a criterion of a run in progress."""
    learner = learner_of(runner)
    return build_criterion(name, baselines, learner.tasks, runner.cfg.to_dict())


def best_checkpoints(folder: Path) -> list[Path]:
    """Return the best checkpoints of a run, oldest first; a run in progress may have several."""
    found = ((PATTERN.fullmatch(path.name), path) for path in folder.glob('best_*.pth'))
    return [path for _, path in sorted((int(match[1]), path) for match, path in found if match)]


def best_checkpoint(folder: Path) -> Path:
    """Return the best checkpoint of a run's folder.

    Raises:
        CheckpointError: When the path is no folder, or the run keeps no best checkpoint.
    """
    found = best_checkpoints(folder)
    if not found:
        raise CheckpointError(
            f'{folder} has no best checkpoint best_<criterion>_iter_<k>.pth; pass the folder of a run that was trained '
            'with default_hooks.checkpoint.save_best, or leave --best out'
        )
    return found[-1]


def note_of(path: Path) -> Best | None:
    """Return the description that a best checkpoint contains; None if it has none."""
    meta: Any = read_checkpoint(path).get('meta')
    said = meta.get(BEST) if isinstance(meta, dict) else None
    if not isinstance(said, dict) or set(said) != set(Best.__dataclass_fields__):
        return None
    return Best(**said) if isinstance(said['value'], float) and isinstance(said['update'], int) else None


def as_note(best: Best | None) -> dict[str, Any] | None:
    """Return the entry of a record; None if there is no best checkpoint."""
    return asdict(best) if best else None
