"""Supervised learning from labels."""

from __future__ import annotations

from collections.abc import Callable

import torch
from mmengine import dist
from torch import Tensor

from mtlbench import processes
from mtlbench.errors import ConfigError
from mtlbench.objectives.base import Objective
from mtlbench.objectives.step import Step
from mtlbench.registry import OBJECTIVES
from mtlbench.tasks import Task

LEVEL_REDUCTIONS: dict[str, Callable[[Tensor], Tensor]] = {'mean': torch.mean, 'sum': torch.sum}


@OBJECTIVES.register_module()
class SupervisedObjective(Objective):
    """Supervised loss of each task at every head level (xTAM, section 4.1).

    A sample counts for the tasks that it is labeled for. A task without a valid label in the batches of all processes
    gives no loss and takes no part in the update. A task with labels in other processes only gives a zero here.

    Args:
        stream: Stream to learn from.
        level_reduce: Reduction over the levels of a task: ``'mean'`` or ``'sum'``.

    Raises:
        ConfigError: When ``level_reduce`` is unknown.
    """

    takes_turns = True
    rank = 0

    def __init__(self, stream: str = 'labeled', level_reduce: str = 'mean') -> None:
        super().__init__()
        if level_reduce not in LEVEL_REDUCTIONS:
            raise ConfigError(f"SupervisedObjective: level_reduce is '{level_reduce}', expected 'mean' or 'sum'")
        self.stream, self.level_reduce = stream, LEVEL_REDUCTIONS[level_reduce]
        self.streams = (stream,)

    def losses(self, step: Step) -> dict[str, Tensor]:
        """Return one loss per task that is decoded for the stream and has a valid label, by task name."""
        if not step.due(self.stream):
            return {}
        batch, predictions = step.batch(self.stream), step.predictions(self.stream)
        labels = {name: batch.labeled(name) for name in predictions}
        valid = [_any_valid(step.tasks[name], found) for name, (_, found) in labels.items()]
        losses = {}
        for (name, levels), taught in zip(predictions.items(), in_any_process(valid, batch.images.device), strict=True):
            if taught:
                losses[name] = self.level_reduce(_level_losses(step.tasks[name], levels, *labels[name]))
            else:
                step.idle += map(nothing, levels.values())
        return losses


def _any_valid(task: Task, labels: list[Tensor]) -> bool:
    return bool(labels) and bool(task.valid(torch.stack(labels)).any())


def in_any_process(flags: list[bool], device: torch.device) -> list[bool]:
    """Return for each flag whether it is set in any process; they are reduced on the given device."""
    if dist.get_world_size() == 1 or not flags:
        return flags
    together = torch.tensor(flags, dtype=torch.uint8, device=device)
    dist.all_reduce(together, 'max')
    return [bool(flag) for flag in together.tolist()]


def nothing(prediction: Tensor) -> Tensor:
    """Return a zero that is connected to the network, whatever the prediction."""
    return prediction[:0].float().sum()


def _level_losses(task: Task, levels: dict[int, Tensor], where: list[int], labels: list[Tensor]) -> Tensor:
    if not where:
        return torch.stack([_loss_of_none(task, prediction) for prediction in levels.values()])
    target = torch.stack(labels)
    if len(where) < len(next(iter(levels.values()))):
        levels = {level: prediction[where] for level, prediction in levels.items()}
    return torch.stack([task.loss(prediction, target) for prediction in levels.values()])


def _loss_of_none(task: Task, prediction: Tensor) -> Tensor:
    """Return the loss without labeled samples: that of the other processes, or zero; connected to the network."""
    if not processes.several():
        return nothing(prediction)
    none = prediction[:0]
    # A decoded prediction has the shape of a label. A mean over nothing is NaN, unless other processes have pixels.
    return task.loss(none, task.decode(none.detach())).nan_to_num(0.0)
