"""Stop of runs whose losses or gradients are not finite."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from mmengine.hooks import Hook
from mmengine.optim import OptimWrapper
from mmengine.runner import Runner
from torch import Tensor

from mtlbench.engine.accumulation import wrappers
from mtlbench.engine.finite import largest_values, message, not_finite, shortened
from mtlbench.errors import TrainingError
from mtlbench.registry import HOOKS


@HOOKS.register_module()
class LossGuardHook(Hook):
    """Stop the run at the first NaN or infinite loss or gradient, before a checkpoint of it can be saved.

    Gradients are checked before clipping, which would spread a NaN to all of them, and only when an optimizer steps,
    because float16 loss scaling relies on overflowing gradients and skips their updates. Losses and gradients are
    averaged over the processes, so all processes stop together.

    Raises:
        TrainingError: When a loss or gradient is not finite; the message names it and the iteration.
    """

    priority = 'VERY_HIGH'

    def __init__(self) -> None:
        self._undo: list[Callable[[], Any]] = []
        self._steps: list[dict[str, Tensor]] = []

    def before_train(self, runner: Runner) -> None:
        """Check gradients whenever an optimizer is about to step."""
        names = {id(one): name.removeprefix('module.') for name, one in runner.model.named_parameters()}
        for wrapper in wrappers(runner).values():
            self._watch(wrapper, names)

    def after_train_iter(self, runner: Runner, batch_idx: int, data_batch: Any = None, outputs: Any = None) -> None:
        """Check the total loss and the critics', and name the terms behind them; then check the gradients."""
        totals = {name: outputs[name] for name in ('loss', 'critics') if name in (outputs or {})}
        looked = [totals, *self._steps]
        self._steps = []
        bad = not_finite(
            {(number, name): value for number, found in enumerate(looked) for name, value in found.items()}
        )
        if not bad:
            return
        first = bad[0][0]
        if first == 0:
            what, names = 'the loss', [f'{name} = {value.item():g}' for name, value in outputs.items()]
        else:
            what, names = 'the gradient', shortened([name for number, name in bad if number == first])
        raise TrainingError(message(what, names, runner.iter + 1, runner.work_dir))

    def after_train(self, runner: Runner) -> None:
        """Stop checking."""
        while self._undo:
            self._undo.pop()()

    def _watch(self, wrapper: OptimWrapper, names: Mapping[int, str]) -> None:
        unclipped: dict[str, Tensor] = {}

        def norms() -> dict[str, Tensor]:
            parameters = [one for group in wrapper.optimizer.param_groups for one in group['params']]
            return largest_values({names[id(one)]: one.grad for one in parameters if one.grad is not None})

        def before_step(*_: Any) -> None:
            self._steps.append(dict(unclipped) or norms())
            unclipped.clear()

        def clip(*args: Any, **options: Any) -> Any:
            unclipped.clear()
            unclipped.update(norms())
            return usual(*args, **options)

        self._undo.append(wrapper.optimizer.register_step_pre_hook(before_step).remove)
        if wrapper.clip_grad_kwargs:
            usual, wrapper.clip_func = wrapper.clip_func, clip
            self._undo.append(lambda: setattr(wrapper, 'clip_func', usual))
