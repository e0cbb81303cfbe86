"""Semi-supervised learning over several data sets: predictions shall look like labels, wherever they come from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from inspect import signature
from typing import TYPE_CHECKING, Any, NamedTuple

import torch
from torch import Tensor

from mtlbench import processes
from mtlbench.errors import ConfigError
from mtlbench.objectives.adversarial import AdversarialObjective, Shown, add_by_task
from mtlbench.objectives.step import Step
from mtlbench.registry import OBJECTIVES
from mtlbench.tasks.base import fit

if TYPE_CHECKING:
    from mtlbench.models.discriminators import Discriminator

TOWARDS = ('labeled', 'labels', 'others')


class Label(NamedTuple):
    """What a critic sees of the labels of a batch (N, C, H, W), and where they are valid (N, 1, H, W) bool."""

    maps: Tensor
    valid: Tensor


@dataclass(frozen=True)
class Pixels:
    """How an adversarial term counts its pixels (the paper leaves it open).

    Args:
        mask: Whether, where a labeled sample has no label, neither its prediction nor its label is looked at.
        reduction: ``'mean'`` over the pixels that count, or their ``'sum'`` of each image.
        fill: What a critic sees where a label has holes: ``'zero'``, or the ``'prediction'``.

    Raises:
        ConfigError: For another reduction or filling.
    """

    mask: bool = True
    reduction: str = 'mean'
    fill: str = 'zero'

    def __post_init__(self) -> None:
        for key, known in (('reduction', ('mean', 'sum')), ('fill', ('zero', 'prediction'))):
            if getattr(self, key) not in known:
                raise ConfigError(
                    f"objectives: OriginAlignment: {key} is '{getattr(self, key)}'; known are {', '.join(known)}"
                )

    def reduce(self, cost: Tensor, label: Label | None = None) -> Tensor:
        """The term of the costs of the pixels (N, 1, H, W); 0 where none counts."""
        counted = label.valid if label and self.mask else torch.ones_like(cost, dtype=torch.bool)
        total = (cost * counted).sum()
        return processes.ratio(total, counted.sum()) if self.reduction == 'mean' else processes.mean(total / len(cost))

    def filled(self, label: Label, prediction: Tensor) -> Tensor:
        """The label as a critic sees it."""
        return label.maps if self.fill == 'zero' else label.maps.where(label.valid, prediction)


@OBJECTIVES.register_module()
class OriginAlignment(AdversarialObjective):
    """Critics tell labels from the predictions of each data set: K + 1 classes for K streams (SemiMTL, section 3.2).

    A stream whose samples are labeled for a task is pulled towards the class of the labels (intra-domain). One whose
    samples are not is pulled (inter-domain) towards the predictions of the ``'labeled'`` streams (M1), towards the
    ``'labels'`` (M2), or anywhere but to its own class, to the ``'others'`` (M3). The terms of several levels add up.

    Args:
        critic: Config of a critic; logits of patches are brought to the size of the images.
        streams: The streams, in the order of their classes.
        towards: Where unlabeled predictions are pulled.
        with_labels: Whether labels are a class; without, there is no intra-domain term.
        shared: Whether the predictions of all streams are one class.
        intra_weight: Of the intra-domain terms.
        inter_weight: Of the inter-domain terms.
        pixels: Options of :class:`Pixels`.

    Raises:
        ConfigError: When unlabeled predictions are pulled towards what is no class, or an option is unknown.
    """

    takes_turns = True

    def __init__(
        self,
        critic: Mapping,
        streams: Sequence[str],
        towards: str = 'labels',
        with_labels: bool = True,
        shared: bool = False,
        intra_weight: float = 1e-3,
        inter_weight: float = 1e-4,
        **pixels: Any,
    ) -> None:
        super().__init__(critic, classes=with_labels + (1 if shared else len(streams)))
        possible = TOWARDS[1:2] if shared else TOWARDS if with_labels else TOWARDS[::2]
        if towards not in possible or (shared and not with_labels):
            raise ConfigError(
                f"objectives: OriginAlignment: towards='{towards}' with {with_labels=} and {shared=} makes no sense; "
                f'known are {", ".join(TOWARDS)}; without labels not labels, with a shared class only labels'
            )
        known = [*signature(OriginAlignment).parameters][:-1] + [one.name for one in fields(Pixels)]
        if unknown := sorted(pixels.keys() - set(known)):
            raise ConfigError(f'objectives: OriginAlignment has no {", ".join(unknown)}; it has {", ".join(known)}')
        self.towards, self.with_labels, self.pixels = towards, with_labels, Pixels(**pixels)
        self.intra_weight, self.inter_weight = intra_weight, inter_weight
        self.streams = tuple(streams)
        self.class_of = {stream: with_labels + (0 if shared else k) for k, stream in enumerate(streams)}

    def losses(self, step: Step) -> dict[str, Tensor]:
        """One term a task, ``adversarial_<task>``; with frozen critics."""
        with self.frozen():
            return add_by_task(term for stream in step.due(*self.class_of) for term in self._pulls(step, stream))

    def critic_losses(self, step: Step) -> dict[str, Tensor]:
        """One term a task: the predictions of each stream, and the labels of each that has some."""
        return add_by_task(term for stream in step.due(*self.class_of) for term in self._verdicts(step, stream))

    def _pulls(self, step: Step, stream: str) -> Iterator[tuple[str, Tensor]]:
        for shown in self.shown(step, stream):
            logits, label = judged(shown.critic, shown.maps), self._label(step, stream, shown)
            if label is None:
                cost, weight = pull(logits, self._aims(step, stream, shown.task)), self.inter_weight
            else:
                # Without a class for labels nothing is asked of this prediction, but it stays connected.
                cost, weight = pull(logits, [0]), self.intra_weight if self.with_labels else 0.0
            yield shown.task, weight * self.pixels.reduce(cost, label)

    def _verdicts(self, step: Step, stream: str) -> Iterator[tuple[str, Tensor]]:
        for shown in self.shown(step, stream, detach=True):
            label = self._label(step, stream, shown)
            yield shown.task, self.pixels.reduce(pull(judged(shown.critic, shown.maps), [self.class_of[stream]]), label)
            if label is not None and self.with_labels:
                maps = self.pixels.filled(label, shown.maps)
                yield shown.task, self.pixels.reduce(pull(judged(shown.critic, maps), [0]), label)

    def _label(self, step: Step, stream: str, shown: Shown) -> Label | None:
        """What a critic sees of the labels; None for an unlabeled stream."""
        labels = step.batch(stream).labeled(shown.task)[1]
        if 0 < step.labeled_count(stream, shown.task) < step.sample_count(stream):
            raise ConfigError(
                f"objectives: OriginAlignment: some samples of the stream '{stream}' are labeled for {shown.task} and "
                'some are not; make two streams of them'
            )
        return Label(*step.tasks[shown.task].critic_label(torch.stack(labels))) if labels else None

    def _aims(self, step: Step, stream: str, task: str) -> list[int]:
        """The classes that an unlabeled prediction is pulled towards."""
        if self.towards == 'labels':
            return [0]
        if self.towards == 'others':
            return [index for index in range(self.classes) if index != self.class_of[stream]]
        aims = [index for other, index in self.class_of.items() if step.labeled_count(other, task)]
        if not aims:
            raise ConfigError(f"objectives: OriginAlignment: none of the streams {list(self.class_of)} labels '{task}'")
        return aims


def judged(critic: Discriminator, maps: Tensor) -> Tensor:
    """A critic's logits of each pixel; those of one that judges patches are brought to the size of the maps."""
    return fit(critic(maps), maps)


def pull(logits: Tensor, aims: Sequence[int]) -> Tensor:
    """-log of the probability of belonging to one of several classes, at each pixel (N, 1, H, W).

    Args:
        logits: (N, classes, H, W).
        aims: The classes.
    """
    return logits.logsumexp(1, keepdim=True) - logits[:, list(aims)].logsumexp(1, keepdim=True)
