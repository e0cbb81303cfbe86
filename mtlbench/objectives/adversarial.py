"""Base of the adversarial objectives: one critic per prediction of the network."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

import torch
from mmengine.model import ModuleDict
from torch import Tensor

from mtlbench.objectives.base import Objective
from mtlbench.objectives.step import Step
from mtlbench.registry import DISCRIMINATORS
from mtlbench.tasks import Task
from mtlbench.tasks.base import fit

if TYPE_CHECKING:
    from mtlbench.models.discriminators import Discriminator


@dataclass
class CriticInput:
    """Input of one critic.

    Args:
        task: Name of the task.
        critic: Critic of the task at one level.
        maps: Critic input for the predictions of a stream (N, C, H, W).
    """

    task: str
    critic: Discriminator
    maps: Tensor


class AdversarialObjective(Objective):
    """Adversarial training: critics learn the origin of predictions, and the network learns to mislead them.

    There is one critic per task and head level. The network's terms pass through the critics without gradient for them;
    the critics' own loss uses detached predictions, without gradient for the network.

    Args:
        critic: Config of a critic without channels.
        classes: Number of logits of a critic per position.
    """

    def __init__(self, critic: Mapping, classes: int) -> None:
        super().__init__()
        self.critic_config, self.classes = dict(critic), classes
        self.critics = ModuleDict()

    def prepare(self, tasks: Mapping[str, Task], head_levels: Mapping[str, Sequence[int]]) -> None:
        """Build the critics."""
        for name, levels in head_levels.items():
            channels = dict(in_channels=tasks[name].critic_channels, out_channels=self.classes)
            built = {str(level): DISCRIMINATORS.build({**self.critic_config, **channels}) for level in levels}
            self.critics[name] = ModuleDict(built)

    @property
    def critic_count(self) -> int:
        """Number of critics."""
        return sum(len(critics) for _, critics in self._critics())

    def shown(
        self, step: Step, stream: str, reference: str | None = None, detach: bool = False
    ) -> Iterator[CriticInput]:
        """Yield each critic with its input: the predictions of a stream, resized to the images.

        Args:
            step: Training step.
            stream: Stream of the predictions.
            reference: Stream whose labels give the range, for tasks that normalize by one.
            detach: Whether to detach the predictions.
        """
        images = step.batch(stream).images
        for name, critics in self._critics():
            for level, critic in critics.items():
                prediction = fit(step.predictions_of(stream, name)[int(level)], images)
                prediction = prediction.detach() if detach else prediction
                maps = step.tasks[name].critic_input(prediction, _range_of(step, reference, name, prediction))
                yield CriticInput(name, critic, maps)

    def _critics(self) -> list[tuple[str, dict[str, Discriminator]]]:
        """Return the critics by task and level."""
        return [(name, cast('dict[str, Discriminator]', critics)) for name, critics in self.critics.items()]

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """Disable gradients of the critics for everything that is computed inside."""
        self.critics.requires_grad_(False)
        try:
            yield
        finally:
            self.critics.requires_grad_(True)


def _range_of(step: Step, reference: str | None, task: str, prediction: Tensor) -> Tensor | None:
    """Return the labels that give the range, empty if only other processes have some; None if none has."""
    if not reference or not step.labeled_count(reference, task):
        return None
    labels = step.batch(reference).labeled(task)[1]
    # A decoded prediction has the shape and type of a label.
    return torch.stack(labels) if labels else step.tasks[task].decode(prediction[:0].detach())


def add_by_task(terms: Iterator[tuple[str, Tensor]]) -> dict[str, Tensor]:
    """Sum the terms of each task, as ``adversarial_<task>``."""
    sums: dict[str, Tensor] = {}
    for task, term in terms:
        name = f'adversarial_{task}'
        sums[name] = sums[name] + term if name in sums else term
    return sums
