"""Unsupervised domain adaptation: predictions of the target shall look like those of the source."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import torch
from torch import Tensor
from torch.nn import functional as F

from mtlbench.objectives.adversarial import AdversarialObjective, add_by_task
from mtlbench.objectives.step import Step
from mtlbench.registry import OBJECTIVES

SOURCE, TARGET = 0.0, 1.0


@OBJECTIVES.register_module()
class DomainAlignment(AdversarialObjective):
    """Critics with one logit tell the target's predictions (1) from the source's (0) (xTAM, Table 6).

    The network pays ``weight`` times the binary cross-entropy of its target predictions being taken for the source's,
    averaged over all critics. The critics' loss is that of both streams, averaged in the same way and added.

    Args:
        critic: Config of a critic.
        source: The stream with labels.
        target: The stream to adapt to; labels it has are not looked at.
        weight: Of the network's term.
    """

    def __init__(self, critic: Mapping, source: str = 'labeled', target: str = 'target', weight: float = 0.005) -> None:
        super().__init__(critic, classes=1)
        self.source, self.target, self.weight = source, target, weight
        self.streams = (source, target)

    def losses(self, step: Step) -> dict[str, Tensor]:
        """One term a task, ``adversarial_<task>``; with frozen critics."""
        with self.frozen():
            return add_by_task(self._taken_for(step, self.target, SOURCE, self.weight))

    def critic_losses(self, step: Step) -> dict[str, Tensor]:
        """One term a task."""
        sides = ((self.source, SOURCE), (self.target, TARGET))
        return add_by_task(term for side in sides for term in self._taken_for(step, *side, detach=True))

    def _taken_for(
        self, step: Step, stream: str, truth: float, weight: float = 1.0, detach: bool = False
    ) -> Iterator[tuple[str, Tensor]]:
        """Of each critic the loss of taking a stream's predictions for ``truth``, weighted, over their number."""
        for shown in self.shown(step, stream, self.source, detach):
            logits = shown.critic(shown.maps)
            loss = F.binary_cross_entropy_with_logits(logits, torch.full_like(logits, truth))
            yield shown.task, weight / self.critic_count * loss
