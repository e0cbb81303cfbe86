"""Supervised learning from labels."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from mtlbench.errors import ConfigError
from mtlbench.objectives.base import Objective
from mtlbench.objectives.step import Step
from mtlbench.registry import OBJECTIVES
from mtlbench.tasks import Task

LEVEL_REDUCTIONS: dict[str, Callable[[Tensor], Tensor]] = {'mean': torch.mean, 'sum': torch.sum}


@OBJECTIVES.register_module()
class SupervisedObjective(Objective):
    """Each task's own loss at every level that has a head (xTAM, section 4.1).

    A sample counts for those tasks only that it is labelled for. A task that no sample of the batch is labelled for
    gives a zero that is still connected to the network, so that all processes see the same parameters.

    Args:
        stream: The stream to learn from.
        level_reduce: Whether a task's losses are averaged over its levels, ``'mean'``, or added, ``'sum'``.

    Raises:
        ConfigError: For another ``level_reduce``.
    """

    takes_turns = True

    def __init__(self, stream: str = 'labeled', level_reduce: str = 'mean') -> None:
        super().__init__()
        if level_reduce not in LEVEL_REDUCTIONS:
            raise ConfigError(f"SupervisedObjective: level_reduce is 'mean' or 'sum', got '{level_reduce}'")
        self.stream, self.level_reduce = stream, LEVEL_REDUCTIONS[level_reduce]
        self.streams = (stream,)

    def losses(self, step: Step) -> dict[str, Tensor]:
        """One loss per task that is decoded of the stream, by the task's name."""
        if not step.due(self.stream):
            return {}
        batch, predictions = step.batch(self.stream), step.predictions(self.stream)
        return {
            name: self.level_reduce(_level_losses(step.tasks[name], levels, *batch.labelled(name)))
            for name, levels in predictions.items()
        }


def _level_losses(task: Task, levels: dict[int, Tensor], where: list[int], labels: list[Tensor]) -> Tensor:
    if not where:
        return torch.stack([prediction.float().sum() * 0.0 for prediction in levels.values()])
    target = torch.stack(labels)
    if len(where) < len(next(iter(levels.values()))):
        levels = {level: prediction[where] for level, prediction in levels.items()}
    return torch.stack([task.loss(prediction, target) for prediction in levels.values()])
