"""Semi-supervised learning over several data sets: predictions shall look like labels, wherever they come from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import torch
from torch import Tensor

from mtlbench.errors import ConfigError
from mtlbench.objectives.adversarial import AdversarialObjective, Shown, add_by_task
from mtlbench.objectives.step import Step
from mtlbench.registry import OBJECTIVES

TOWARDS = ('labeled', 'labels', 'others')


@OBJECTIVES.register_module()
class OriginAlignment(AdversarialObjective):
    """Critics tell labels from the predictions of each data set: K + 1 classes for K streams (SemiMTL, section 3.2).

    A stream whose samples are labelled for a task is pulled towards the class of the labels (intra-domain). One whose
    samples are not is pulled (inter-domain) towards the predictions of the ``'labeled'`` streams (M1), towards the
    ``'labels'`` (M2), or anywhere but to its own class, to the ``'others'`` (M3). Where a labelled sample has no label,
    neither its prediction nor its label is looked at.

    Args:
        critic: Config of a critic that gives logits for each pixel.
        streams: The streams, in the order of their classes.
        towards: Where unlabelled predictions are pulled.
        with_labels: Whether labels are a class; without, there is no intra-domain term.
        shared: Whether the predictions of all streams are one class.
        intra_weight: Of the intra-domain terms.
        inter_weight: Of the inter-domain terms.

    Raises:
        ConfigError: When unlabelled predictions are pulled towards what is no class.
    """

    def __init__(
        self,
        critic: Mapping,
        streams: Sequence[str],
        towards: str = 'labels',
        with_labels: bool = True,
        shared: bool = False,
        intra_weight: float = 1e-3,
        inter_weight: float = 1e-4,
    ) -> None:
        super().__init__(critic, classes=with_labels + (1 if shared else len(streams)))
        possible = TOWARDS[1:2] if shared else TOWARDS if with_labels else TOWARDS[::2]
        if towards not in possible or (shared and not with_labels):
            raise ConfigError(
                f"objectives: OriginAlignment: towards='{towards}' with {with_labels=} and {shared=} makes no sense; "
                f'known are {", ".join(TOWARDS)}; without labels not labels, with a shared class only labels'
            )
        self.towards, self.with_labels = towards, with_labels
        self.intra_weight, self.inter_weight = intra_weight, inter_weight
        self.class_of = {stream: with_labels + (0 if shared else k) for k, stream in enumerate(streams)}

    def losses(self, step: Step) -> dict[str, Tensor]:
        """One term a task, ``adversarial_<task>``; with frozen critics."""
        with self.frozen():
            return add_by_task(term for stream in self.class_of for term in self._pulls(step, stream))

    def critic_losses(self, step: Step) -> dict[str, Tensor]:
        """One term a task: the predictions of each stream, and the labels of each that has some."""
        return add_by_task(term for stream in self.class_of for term in self._verdicts(step, stream))

    def _pulls(self, step: Step, stream: str) -> Iterator[tuple[str, Tensor]]:
        for shown in self.shown(step, stream):
            logits = shown.critic(shown.maps)
            truth = self._truth(step, stream, shown)
            if truth is None:
                yield shown.task, self.inter_weight * pull(logits, self._aims(step, stream, shown.task))
            else:
                # Without a class for labels nothing is asked of this prediction, but it stays connected.
                weight = self.intra_weight if self.with_labels else 0.0
                yield shown.task, weight * pull(logits, [0], truth[1])

    def _verdicts(self, step: Step, stream: str) -> Iterator[tuple[str, Tensor]]:
        for shown in self.shown(step, stream, detach=True):
            truth = self._truth(step, stream, shown)
            valid = None if truth is None else truth[1]
            yield shown.task, pull(shown.critic(shown.maps), [self.class_of[stream]], valid)
            if truth is not None and self.with_labels:
                yield shown.task, pull(shown.critic(truth[0]), [0], valid)

    def _truth(self, step: Step, stream: str, shown: Shown) -> tuple[Tensor, Tensor] | None:
        """What a critic sees of the labels and where they are valid; None for an unlabelled stream."""
        labels = step.batch(stream).labelled(shown.task)[1]
        if labels and len(labels) < len(shown.maps):
            raise ConfigError(
                f"objectives: OriginAlignment: some samples of the stream '{stream}' are labelled for {shown.task} and "
                'some are not; make two streams of them'
            )
        return step.tasks[shown.task].critic_label(torch.stack(labels)) if labels else None

    def _aims(self, step: Step, stream: str, task: str) -> list[int]:
        """The classes that an unlabelled prediction is pulled towards."""
        if self.towards == 'labels':
            return [0]
        if self.towards == 'others':
            return [index for index in range(self.classes) if index != self.class_of[stream]]
        aims = [index for other, index in self.class_of.items() if step.batch(other).labelled(task)[0]]
        if not aims:
            raise ConfigError(f"objectives: OriginAlignment: none of the streams {list(self.class_of)} labels '{task}'")
        return aims


def pull(logits: Tensor, aims: Sequence[int], valid: Tensor | None = None) -> Tensor:
    """-log of the probability of belonging to one of several classes, averaged over the pixels.

    Args:
        logits: (N, classes, H, W).
        aims: The classes.
        valid: The pixels that count (N, 1, H, W) bool; None: all. Where none does, the result is 0.
    """
    cost = logits.logsumexp(1, keepdim=True) - logits[:, list(aims)].logsumexp(1, keepdim=True)
    return cost.mean() if valid is None else (cost * valid).sum() / valid.sum().clamp(min=1)
