"""Early stopping of training."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from mmengine.hooks import Hook
from mmengine.runner import Runner

from mtlbench.engine.hooks.best import criterion_of
from mtlbench.engine.resumable import HISTORY
from mtlbench.errors import ConfigError
from mtlbench.evaluation.criterion import Baselines, Criterion
from mtlbench.registry import HOOKS
from mtlbench.utils.numbers import whole_number

STOPPED = 'stopped_early'
"""Key of the stop in the state of a run and in the record."""


class Progress(NamedTuple):
    """Progress over the validations of a run.

    Args:
        best: Best number so far; NaN if there is none.
        update: Number of iterations before the best validation.
        waited: Number of validations since then.
    """

    best: float
    update: int
    waited: int


@HOOKS.register_module()
class EarlyStoppingHook(Hook):
    """Stop the training when the validations stop improving.

    The run ends as it does after its last update: with a checkpoint, a validation and the record, which says at which
    update it was stopped. The decision depends on the recorded validations alone, so a resumed run stops at the same
    update.

    Args:
        monitor: Criterion: a metric such as ``'semseg/miou'``, or ``'delta'``. Its direction is that of the metric.
        patience: Number of successive validations without improvement that stop the training.
        min_delta: Smallest improvement over the best validation that counts, in units of the criterion; an improvement
            must be larger.
        baselines: Single-task baselines of ``'delta'``: values by task, or folders of finished runs.

    Raises:
        ConfigError: When a number is out of range or, before training, when the criterion is unknown.
    """

    scaled_arguments = dict[str, str]()  # it counts validations, whose number stays
    criterion_argument = 'monitor'
    priority = 'LOWEST'

    def __init__(
        self, monitor: str, patience: int = 5, min_delta: float = 0.0, baselines: Baselines | None = None
    ) -> None:
        if not 0 <= min_delta < math.inf:
            raise ConfigError(f'EarlyStoppingHook: min_delta is {min_delta}, expected a number of 0 or more')
        self.monitor, self.min_delta, self.baselines = monitor, min_delta, baselines
        self.patience = whole_number('EarlyStoppingHook: patience', patience, 1)

    def before_train(self, runner: Runner) -> None:
        """Review the validations so far, except that of the checkpoint's own iteration, which is made again."""
        self.criterion = criterion_of(runner, self.monitor, self.baselines)
        runner.message_hub.update_info(STOPPED, None)
        self._review(runner, [entry for entry in self._history(runner) if entry['iter'] < runner.iter])

    def after_val_epoch(self, runner: Runner, metrics: dict[str, float] | None = None) -> None:
        """Review the validations, unless the training has ended anyway."""
        if runner.iter < runner.max_iters and not runner.train_loop.stop_training:
            self._review(runner, self._history(runner))

    def _history(self, runner: Runner) -> list[dict[str, float]]:
        return runner.message_hub.runtime_info.get(HISTORY, [])

    def _review(self, runner: Runner, history: list[dict[str, float]]) -> None:
        found = progress_over(history, self.criterion, self.min_delta)
        if found.waited < self.patience:
            return
        runner.train_loop.stop_training = True
        at = int(history[-1]['iter'])
        best = None if math.isnan(found.best) else found.best
        stop = {'update': at, 'criterion': self.monitor, 'best': best, 'best_update': found.update}
        runner.message_hub.update_info(STOPPED, stop)
        reason = 'it never had a value' if best is None else f'best: {best:.6g}, of update {found.update}'
        runner.logger.info(
            f'stops early at update {at}: in the last {found.waited} validations, {self.monitor} did not improve by '
            f'more than {self.min_delta:g} ({reason})'
        )


def progress_over(history: Iterable[Mapping[str, float]], criterion: Criterion, least: float = 0.0) -> Progress:
    """Return the progress over a series of validations. A validation without a value counts as no improvement.

    Args:
        history: Metrics of each validation, with its iteration as ``iter``.
        criterion: Number that ranks them.
        least: Improvement that must be exceeded.
    """
    found = Progress(math.nan, 0, 0)
    for metrics in history:
        value = criterion.value(metrics)
        if criterion.improves(value, found.best, least):
            found = Progress(value, int(metrics['iter']), 0)
        else:
            found = found._replace(waited=found.waited + 1)
    return found
