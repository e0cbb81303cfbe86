"""Mean teacher: a network whose weights are a running mean of the learning network's."""

from __future__ import annotations

from typing import Any

import torch
from mmengine.hooks import Hook
from mmengine.runner import Runner
from torch import nn

from mtlbench.engine.accumulation import Accumulation
from mtlbench.engine.model import learner_of
from mtlbench.errors import ConfigError
from mtlbench.registry import HOOKS


@HOOKS.register_module()
class MeanTeacherHook(Hook):
    """Move the teacher of an objective towards the network after each update of the optimizer.

    The teacher is the objective's attribute ``teacher``, so checkpoints contain it and a resumed run continues with it.
    In a new run, the teacher starts as a copy of the network after its initialization.

    Args:
        objective: Name of the objective; None: all objectives with a teacher.
        momentum: Maximum weight of the teacher in the mean, in 0..1; at update t at most 1 - 1 / (t + 1).

    Raises:
        ConfigError: When the momentum is not in 0..1 or, before training, when the objective does not exist.
    """

    priority = 'LOW'

    moves_teachers = True
    """Marker for checks before a run: this hook updates mean teachers."""

    def __init__(self, objective: str | None = None, momentum: float = 0.99) -> None:
        if not 0 <= momentum <= 1:
            raise ConfigError(f'MeanTeacherHook: momentum is {momentum}, expected a number in 0..1')
        self.objective, self.momentum = objective, momentum

    def before_train(self, runner: Runner) -> None:
        """Copy the network, unless the run resumes from a checkpoint."""
        if runner.iter == 0:
            for teacher, network in self._pairs(runner):
                teacher.load_state_dict(network.state_dict())

    def after_train_iter(self, runner: Runner, batch_idx: int, data_batch: Any = None, outputs: Any = None) -> None:
        """Move the teacher's parameters; its batch statistics are its own."""
        accumulation = Accumulation.of(runner)
        if not accumulation.whole(runner.iter + 1):
            return
        for teacher, network in self._pairs(runner):
            move_towards(teacher, network, 1 - self.kept_at(accumulation.updates(runner.iter + 1)))

    def kept_at(self, update: int) -> float:
        """Return the weight of the teacher in the mean at an update, counted from 1."""
        return min(1 - 1 / (update + 1), self.momentum)

    def _pairs(self, runner: Runner) -> list[tuple[nn.Module, nn.Module]]:
        learner = learner_of(runner)
        named = {name: one for name, one in learner.objectives.items() if self.objective in (None, name)}
        pairs = [(one.teacher, learner.network) for one in named.values() if hasattr(one, 'teacher')]
        if not pairs:
            wanted = f"'{self.objective}' with a teacher" if self.objective else 'with a teacher'
            raise ConfigError(
                f'MeanTeacherHook: there is no objective {wanted}; the objectives are {", ".join(learner.objectives)}'
            )
        return pairs


@torch.no_grad()
def move_towards(one: nn.Module, other: nn.Module, share: float) -> None:
    """Move the parameters of one network a fraction of the way to those of another of the same architecture."""
    torch._foreach_lerp_(list(one.parameters()), list(other.parameters()), share)
