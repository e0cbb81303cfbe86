"""What the adversarial objectives share: a critic for each prediction of the network."""

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
class Shown:
    """What a critic is to judge.

    Args:
        task: The task.
        critic: Its critic at one level.
        maps: What the critic sees of the predictions of a stream (N, C, H, W).
    """

    task: str
    critic: Discriminator
    maps: Tensor


class AdversarialObjective(Objective):
    """Critics learn where predictions come from; the network learns to mislead them.

    There is one critic for each task and each level that the network predicts at. The network's terms pass through
    them, but give them no gradient; their own loss is of detached predictions and gives the network none.

    Args:
        critic: Config of a critic; channels are filled in.
        classes: Logits of a critic at each place.
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
        """How many critics there are."""
        return sum(len(critics) for _, critics in self._critics())

    def shown(self, step: Step, stream: str, reference: str | None = None, detach: bool = False) -> Iterator[Shown]:
        """Each critic with the predictions it judges, brought to the size of the images.

        Args:
            step: The step.
            stream: Whose predictions.
            reference: The stream whose labels give the range, for tasks that scale by one.
            detach: Whether the gradient ends here.
        """
        images = step.batch(stream).images
        for name, critics in self._critics():
            for level, critic in critics.items():
                prediction = fit(step.predictions_of(stream, name)[int(level)], images)
                prediction = prediction.detach() if detach else prediction
                maps = step.tasks[name].critic_input(prediction, _range_of(step, reference, name, prediction))
                yield Shown(name, critic, maps)

    def _critics(self) -> list[tuple[str, dict[str, Discriminator]]]:
        """By task and level."""
        return [(name, cast('dict[str, Discriminator]', critics)) for name, critics in self.critics.items()]

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """What the critics compute in here gives them no gradient, now or later."""
        self.critics.requires_grad_(False)
        try:
            yield
        finally:
            self.critics.requires_grad_(True)


def _range_of(step: Step, reference: str | None, task: str, prediction: Tensor) -> Tensor | None:
    """The labels that give the range, of no sample where only other processes have some; None where none has."""
    if not reference or not step.labeled_count(reference, task):
        return None
    labels = step.batch(reference).labeled(task)[1]
    # A decoded prediction has the form of a label.
    return torch.stack(labels) if labels else step.tasks[task].decode(prediction[:0].detach())


def add_by_task(terms: Iterator[tuple[str, Tensor]]) -> dict[str, Tensor]:
    """The terms of each task added up, as ``adversarial_<task>``."""
    sums: dict[str, Tensor] = {}
    for task, term in terms:
        name = f'adversarial_{task}'
        sums[name] = sums[name] + term if name in sums else term
    return sums
