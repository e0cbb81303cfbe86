"""Checkpoints that are whole or not there, and that hold nothing but plain data."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import numpy as np
from mmengine.dist import master_only
from mmengine.hooks import Hook
from mmengine.logging import HistoryBuffer
from mmengine.model import is_model_wrapper
from mmengine.runner import Runner

from mtlbench.engine.checkpoint import check_fit, weights_of
from mtlbench.errors import CheckpointError
from mtlbench.registry import HOOKS


@HOOKS.register_module()
class AtomicCheckpointHook(Hook):
    """Writes ``iter_<k>.pth`` every ``interval`` updates and after the last one.

    A file is written under another name and renamed when it is whole; older ones go only after that. Objects of
    mmengine and numpy are stored as plain lists and numbers, so that ``torch.load(weights_only=True)`` reads the file
    without an allow-list.

    Args:
        interval: Updates between checkpoints.
        keep: How many of the newest to keep.
    """

    priority = 'LOWEST'

    def __init__(self, interval: int = 1000, keep: int = 2) -> None:
        self.interval = interval
        self.keep = keep

    def after_train_iter(self, runner: Runner, batch_idx: int, data_batch: Any = None, outputs: Any = None) -> None:
        """Save when it is time."""
        if self.every_n_train_iters(runner, self.interval) or self.is_last_train_iter(runner):
            self._save(runner)

    def before_save_checkpoint(self, runner: Runner, checkpoint: dict) -> None:
        """Turn everything that is not a tensor into plain Python."""
        for key in ('message_hub', 'meta', 'optimizer', 'param_schedulers'):
            if key in checkpoint:
                checkpoint[key] = _plain(checkpoint[key])

    def after_load_checkpoint(self, runner: Runner, checkpoint: dict) -> None:
        """Make sure the weights fit, and rebuild mmengine's log buffers."""
        model = runner.model.module if is_model_wrapper(runner.model) else runner.model
        source = str(runner._load_from)
        check_fit(model, weights_of(checkpoint, source), source)
        if runner._resume:
            scalars = checkpoint['message_hub']['log_scalars']
            for name, buffer in scalars.items():
                scalars[name] = HistoryBuffer(buffer['log'], buffer['count'], buffer['max_length'])

    @master_only
    def _save(self, runner: Runner) -> None:
        folder, step = Path(runner.work_dir), runner.iter + 1
        partial, final = folder / f'.iter_{step}.pth.partial', folder / f'iter_{step}.pth'
        runner.save_checkpoint(str(folder), partial.name, by_epoch=False)
        with partial.open('rb') as file:
            os.fsync(file.fileno())
        partial.replace(final)
        for old in list_checkpoints(folder)[: -self.keep]:
            old.unlink()


def list_checkpoints(folder: Path) -> list[Path]:
    """The whole checkpoints of a run, oldest first."""
    found = ((re.fullmatch(r'iter_(\d+)\.pth', path.name), path) for path in Path(folder).glob('iter_*.pth'))
    return [path for _, path in sorted((int(match[1]), path) for match, path in found if match)]


def last_checkpoint(path: Path) -> Path:
    """The newest checkpoint of a run's folder; of a file, the file.

    Raises:
        CheckpointError: When the folder has none.
    """
    if not path.is_dir():
        return path
    found = list_checkpoints(path)
    if not found:
        raise CheckpointError(f'{path} has no checkpoint iter_<k>.pth; name a checkpoint, or the folder of a run')
    return found[-1]


def _plain(value: Any) -> Any:
    if isinstance(value, HistoryBuffer):
        log, count = value.data
        return {'log': log.tolist(), 'count': count.tolist(), 'max_length': value.max_length}
    if isinstance(value, np.generic | np.ndarray):
        return value.tolist()
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if type(value) in (list, tuple):
        return type(value)(_plain(item) for item in value)
    return value
