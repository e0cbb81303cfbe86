"""Checkpoints that are written atomically and contain plain data only."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import numpy as np
from mmengine.dist import master_only
from mmengine.hooks import Hook
from mmengine.logging import HistoryBuffer
from mmengine.runner import Runner

from mtlbench.checkpoint import check_fit, weights_of
from mtlbench.engine.accumulation import Accumulation
from mtlbench.engine.finite import check_state
from mtlbench.engine.hooks.best import BEST, BestKeeper, as_note
from mtlbench.engine.model import learner_of
from mtlbench.engine.statistics import unite_buffers
from mtlbench.errors import CheckpointError
from mtlbench.evaluation.criterion import Baselines
from mtlbench.registry import HOOKS
from mtlbench.utils.numbers import whole_number
from mtlbench.utils.output import becoming

EXPORTED = 'model.safetensors'
"""Name of the weights in the folder of an exported network."""


@HOOKS.register_module()
class AtomicCheckpointHook(Hook):
    """Write ``iter_<k>.pth`` every ``interval`` iterations and after the last one.

    If gradients are accumulated, the hook waits for the next update, so that none is lost on resuming. Weights, buffers
    and the state of the optimizer are checked first: values that are not finite are never saved.

    A file is written under a temporary name and renamed when it is complete; older ones are removed after that. Objects
    of mmengine and numpy are stored as plain lists and numbers, so that ``torch.load(weights_only=True)`` reads the
    file without an allow-list.

    Args:
        interval: Iterations between checkpoints.
        keep: Number of newest checkpoints to keep; -1: all.
        save_best: Criterion of the best validation, whose weights are kept as ``best_<criterion>_iter_<k>.pth``: a
            metric such as ``'semseg/miou'``, or ``'delta'``; None: no best checkpoint.
        baselines: Single-task baselines of ``'delta'``: values by task, or folders of finished runs.

    Raises:
        ConfigError: When a number is out of range or, before training, when the criterion is unknown.
    """

    scaled_arguments = {'interval': 'updates'}
    criterion_argument = 'save_best'
    priority = 'LOWEST'

    def __init__(
        self, interval: int = 1000, keep: int = 2, save_best: str | None = None, baselines: Baselines | None = None
    ) -> None:
        self.interval = whole_number('default_hooks.checkpoint.interval', interval, 1)
        self.keep = keep if keep == -1 else whole_number('default_hooks.checkpoint.keep', keep, 1, ', or -1 for all')
        self._saved = 0
        self.best = BestKeeper(save_best, baselines) if save_best else None

    def before_train(self, runner: Runner) -> None:
        """Store the first iteration of a resumed run, whose checkpoint exists, and remove surplus checkpoints."""
        self._saved = runner.iter
        self._prune(Path(runner.work_dir))
        if self.best:
            self.best.start(runner)
        runner.message_hub.update_info(BEST, as_note(self.best.held) if self.best else None)

    def after_train_iter(self, runner: Runner, batch_idx: int, data_batch: Any = None, outputs: Any = None) -> None:
        """Save when a checkpoint is due."""
        if self.is_last_train_iter(runner) or self._is_due(Accumulation.of(runner), runner.iter + 1):
            self._save(runner, runner.iter + 1)

    def after_val_epoch(self, runner: Runner, metrics: dict[str, float] | None = None) -> None:
        """Keep the weights if no earlier validation was better."""
        if self.best and runner.iter:
            check_state(runner, runner.iter)
            self._keep_best(runner, self.best, metrics or {})

    def after_train_epoch(self, runner: Runner) -> None:
        """Save the last state, also after early stopping; before the record is written."""
        if runner.iter != self._saved:
            self._save(runner, runner.iter)
        self._prune_best(Path(runner.work_dir))

    def _is_due(self, accumulation: Accumulation, done: int) -> bool:
        """Return whether an interval ended with the newest update, or while its gradients accumulated."""
        ended = done // self.interval > accumulation.previous(done) // self.interval
        return accumulation.whole(done) and ended

    def before_save_checkpoint(self, runner: Runner, checkpoint: dict) -> None:
        """Convert everything that is not a tensor to plain Python."""
        for key in ('message_hub', 'meta', 'optimizer', 'param_schedulers'):
            if key in checkpoint:
                checkpoint[key] = _plain(checkpoint[key])

    def after_load_checkpoint(self, runner: Runner, checkpoint: dict) -> None:
        """Check that the weights fit, and rebuild mmengine's log buffers."""
        model = learner_of(runner)
        source = str(runner._load_from)
        check_fit(model, weights_of(checkpoint, source), source)
        if runner._resume:
            scalars = checkpoint['message_hub']['log_scalars']
            for name, buffer in scalars.items():
                scalars[name] = HistoryBuffer(buffer['log'], buffer['count'], buffer['max_length'])

    def _save(self, runner: Runner, step: int) -> None:
        unite_buffers(runner.model)
        check_state(runner, step)
        self._saved = step
        self._write(runner, step, f'iter_{step}.pth')
        self._prune(Path(runner.work_dir))
        self._prune_best(Path(runner.work_dir))

    @master_only
    def _keep_best(self, runner: Runner, best: BestKeeper, metrics: dict[str, float]) -> None:
        found = best.offer(runner, metrics)
        if found:
            note = as_note(found)
            runner.message_hub.update_info(BEST, note)
            only_weights = dict(save_optimizer=False, save_param_scheduler=False)
            self._write(runner, found.update, found.file, meta={BEST: note}, **only_weights)

    @master_only
    def _write(self, runner: Runner, step: int, name: str, **options: Any) -> None:
        folder = Path(runner.work_dir)
        partial, final = folder / f'.{name}.partial', folder / name
        # mmengine saves during an iteration, and adds 1 to its number; after the last one it is already added.
        counted = runner.iter + 1 - step
        runner.train_loop._iter -= counted
        with becoming(final, partial):
            runner.save_checkpoint(str(folder), partial.name, by_epoch=False, **options)
            with partial.open('rb') as file:
                os.fsync(file.fileno())
        runner.train_loop._iter += counted

    @master_only
    def _prune(self, folder: Path) -> None:
        for old in list_checkpoints(folder)[: -self.keep] if self.keep > 0 else ():
            old.unlink()

    @master_only
    def _prune_best(self, folder: Path) -> None:
        if self.best:
            self.best.prune(folder)


def list_checkpoints(folder: Path) -> list[Path]:
    """Return the complete checkpoints of a run, oldest first."""
    found = ((re.fullmatch(r'iter_([0-9]{1,18})\.pth', path.name), path) for path in Path(folder).glob('iter_*.pth'))
    return [path for _, path in sorted((int(match[1]), path) for match, path in found if match)]


def last_checkpoint(path: Path) -> Path:
    """Return the newest checkpoint of a run's folder, or the weights of an exported one; a file is returned as is.

    Raises:
        CheckpointError: When the folder has no weights.
    """
    if not path.is_dir():
        return path
    found = list_checkpoints(path)
    if found:
        return found[-1]
    if (path / EXPORTED).is_file():
        return path / EXPORTED
    raise CheckpointError(
        f'{path} has no checkpoint iter_<k>.pth and no {EXPORTED}; pass a checkpoint, the folder of a run, or an '
        'exported network'
    )


def _plain(value: Any) -> Any:
    if isinstance(value, HistoryBuffer):
        log, count = value.data
        return {'log': log.tolist(), 'count': count.tolist(), 'max_length': value.max_length}
    if isinstance(value, np.generic | np.ndarray):
        return value.tolist()
    if isinstance(value, dict):
        # Some schedulers include methods in their state.
        return {key: _plain(item) for key, item in value.items() if not callable(item)}
    if type(value) in (list, tuple):
        return type(value)(_plain(item) for item in value)
    return value
