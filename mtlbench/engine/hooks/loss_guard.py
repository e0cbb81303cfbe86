"""Stops a run whose loss is no longer a number."""

from __future__ import annotations

import math
from typing import Any

from mmengine.hooks import Hook
from mmengine.runner import Runner

from mtlbench.errors import TrainingError
from mtlbench.registry import HOOKS


@HOOKS.register_module()
class LossGuardHook(Hook):
    """Ends the run at the first loss that is NaN or infinite, before a checkpoint could be made of it.

    Raises:
        TrainingError: Naming the iteration and the losses.
    """

    priority = 'VERY_HIGH'

    def after_train_iter(self, runner: Runner, batch_idx: int, data_batch: Any = None, outputs: Any = None) -> None:
        """Look at the total and at the critics', and name the terms behind them."""
        totals = [outputs[name].item() for name in ('loss', 'critics') if name in (outputs or {})]
        if all(map(math.isfinite, totals)):
            return
        terms = ', '.join(f'{name} = {value.item():g}' for name, value in outputs.items())
        raise TrainingError(
            f'the loss is not finite at iteration {runner.iter + 1} ({terms}). The last good checkpoint is kept in '
            f'{runner.work_dir}. Look at the data of that iteration, lower the learning rate, or train without --amp'
        )
