"""Unsupervised domain adaptation: adversarial alignment of target predictions with source predictions."""

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
    """Adversarial alignment in which one-logit critics classify target (1) and source (0) predictions (xTAM, Table 6).

    The network's term is ``weight`` times the binary cross-entropy of its target predictions with the source label,
    averaged over all critics. The loss of the critics is averaged over critics and summed over both streams.

    Args:
        critic: Config of a critic.
        source: Stream with labels.
        target: Stream to adapt to; its labels are not used.
        weight: Weight of the network's term.
    """

    def __init__(self, critic: Mapping, source: str = 'labeled', target: str = 'target', weight: float = 0.005) -> None:
        super().__init__(critic, classes=1)
        self.source, self.target, self.weight = source, target, weight
        self.streams = (source, target)

    def losses(self, step: Step) -> dict[str, Tensor]:
        """Return one term per task, ``adversarial_<task>``, with frozen critics."""
        with self.frozen():
            return add_by_task(self._taken_for(step, self.target, SOURCE, self.weight))

    def critic_losses(self, step: Step) -> dict[str, Tensor]:
        """Return one term per task."""
        sides = ((self.source, SOURCE), (self.target, TARGET))
        return add_by_task(term for side in sides for term in self._taken_for(step, *side, detach=True))

    def _taken_for(
        self, step: Step, stream: str, truth: float, weight: float = 1.0, detach: bool = False
    ) -> Iterator[tuple[str, Tensor]]:
        """Yield the weighted loss of each critic for classifying a stream as ``truth``, divided by their number."""
        for shown in self.shown(step, stream, self.source, detach):
            logits = shown.critic(shown.maps)
            loss = F.binary_cross_entropy_with_logits(logits, torch.full_like(logits, truth))
            yield shown.task, weight / self.critic_count * loss
