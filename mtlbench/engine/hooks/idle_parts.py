"""Warning about parts of the model that a run does not train."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from mmengine import dist
from mmengine.hooks import Hook
from mmengine.runner import Runner
from torch import Tensor

from mtlbench.engine.model import learner_of
from mtlbench.registry import HOOKS

MOST_NAMED = 5


@HOOKS.register_module()
class IdlePartsHook(Hook):
    """Warn once after the first updates, in one line, about parts that did not train.

    These are parameters without a nonzero gradient in any process, terms of the loss that were always zero, and tasks
    without a loss. Frozen parameters are excluded.

    Args:
        after: Number of updates to watch. Shorter runs are not checked.
    """

    scaled_arguments = dict[str, str]()  # a few updates tell nothing

    def __init__(self, after: int = 20) -> None:
        self.after = after

    def before_train(self, runner: Runner) -> None:
        """Start watching the gradients."""
        self._started = runner.iter
        self._terms: dict[str, Tensor] = {}
        self._reached: dict[str, Tensor] = {}
        self._parameters = {name: one for name, one in learner_of(runner).named_parameters() if one.requires_grad}
        self._handles = [
            one.register_post_accumulate_grad_hook(lambda value, name=name: self._note(name, value))
            for name, one in self._parameters.items()
        ]

    def after_train_iter(
        self, runner: Runner, batch_idx: int, data_batch: Any = None, outputs: Mapping[str, Tensor] | None = None
    ) -> None:
        """Watch the terms; at the last of the updates, warn and stop watching."""
        if not self._handles:
            return
        for key, value in (outputs or {}).items():
            if key.startswith('loss_'):
                name = key.removeprefix('loss_')
                self._terms[name] = torch.maximum(value.abs(), self._terms.get(name, value.abs()))
        if runner.iter + 1 - self._started < self.after:
            return
        self._stop()
        if found := [*self._idle_parameters(), *self._idle_terms(list(learner_of(runner).tasks))]:
            runner.logger.warning(f'in the first {self.after} updates, {"; ".join(found)}')

    def after_train(self, runner: Runner) -> None:
        """Stop watching."""
        self._stop()

    def _note(self, name: str, parameter: Tensor) -> None:
        moved = parameter.grad.any() if parameter.grad is not None else torch.zeros((), dtype=torch.bool)
        self._reached[name] = self._reached[name] | moved if name in self._reached else moved

    def _stop(self) -> None:
        for handle in self._handles:
            handle.remove()
        self._handles = []

    def _idle_parameters(self) -> list[str]:
        if not self._parameters:
            return []
        none = next(iter(self._parameters.values())).new_zeros((), dtype=torch.bool)
        reached = torch.stack([self._reached.get(name, none) for name in self._parameters]).to(torch.uint8)
        dist.all_reduce(reached, 'max')
        idle = [name for name, flag in zip(self._parameters, reached.tolist(), strict=True) if not flag]
        return [f'no gradient reached {_listed(idle)} (is anything trained that needs them?)'] if idle else []

    def _idle_terms(self, tasks: Sequence[str]) -> list[str]:
        zero = [name for name, value in self._terms.items() if value == 0]
        without = [name for name in tasks if name not in self._terms]
        found = [f'these terms of the loss were zero: {_listed(zero)}'] if zero else []
        return [*found, f'no valid label or objective taught {_listed(without)}'] if without else found


def _listed(names: Sequence[str]) -> str:
    shown = ', '.join(names[:MOST_NAMED])
    return shown if len(names) <= MOST_NAMED else f'{shown} and {len(names) - MOST_NAMED} more'
