"""Semi-supervised learning over several datasets: adversarial alignment of predictions with labels."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from inspect import signature
from typing import TYPE_CHECKING, Any, NamedTuple

import torch
from torch import Tensor

from mtlbench import processes
from mtlbench.errors import ConfigError
from mtlbench.objectives.adversarial import AdversarialObjective, CriticInput, add_by_task
from mtlbench.objectives.step import Step
from mtlbench.registry import OBJECTIVES
from mtlbench.tasks.base import fit
from mtlbench.utils.choices import require_known

if TYPE_CHECKING:
    from mtlbench.models.discriminators import Discriminator

TOWARDS = ('labeled', 'labels', 'others')


class Label(NamedTuple):
    """Critic input for the labels of a batch (N, C, H, W), and its mask of validity (N, 1, H, W) bool."""

    maps: Tensor
    valid: Tensor


@dataclass(frozen=True)
class Pixels:
    """Pixel reduction of an adversarial term, which the paper leaves open.

    Args:
        mask: Whether pixels without a label in labeled samples are excluded, for predictions and labels.
        reduction: ``'mean'`` over the counted pixels, or ``'sum'`` over the counted pixels of each image.
        fill: Critic input where a label has holes: ``'zero'``, or the ``'prediction'``.

    Raises:
        ConfigError: When ``reduction`` or ``fill`` is unknown.
    """

    mask: bool = True
    reduction: str = 'mean'
    fill: str = 'zero'

    def __post_init__(self) -> None:
        for key, known in (('reduction', ('mean', 'sum')), ('fill', ('zero', 'prediction'))):
            require_known(f'objectives: OriginAlignment: {key}', getattr(self, key), known)

    def reduce(self, cost: Tensor, label: Label | None = None) -> Tensor:
        """Reduce the costs of the pixels (N, 1, H, W) to the term; 0 if no pixel counts."""
        counted = label.valid if label and self.mask else torch.ones_like(cost, dtype=torch.bool)
        total = (cost * counted).sum()
        return processes.ratio(total, counted.sum()) if self.reduction == 'mean' else processes.mean(total / len(cost))

    def filled(self, label: Label, prediction: Tensor) -> Tensor:
        """Return the critic input of a label, with its holes filled."""
        return label.maps if self.fill == 'zero' else label.maps.where(label.valid, prediction)


@OBJECTIVES.register_module()
class OriginAlignment(AdversarialObjective):
    """Adversarial alignment: critics classify labels and predictions of K streams (SemiMTL, section 3.2).

    Predictions of streams that are labeled for a task are pulled towards the class of the labels (intra-domain).
    Predictions of other streams are pulled (inter-domain) towards the predictions of the ``'labeled'`` streams (M1),
    towards the ``'labels'`` (M2), or towards any class but their own, the ``'others'`` (M3). The terms of several
    levels are summed.

    Args:
        critic: Config of a critic; logits of patches are resized to the images.
        streams: Streams in the order of their classes.
        towards: Target of unlabeled predictions: ``'labeled'``, ``'labels'`` or ``'others'``.
        with_labels: Whether labels are a class; otherwise there is no intra-domain term.
        shared: Whether the predictions of all streams form one class.
        intra_weight: Weight of the intra-domain terms.
        inter_weight: Weight of the inter-domain terms.
        pixels: Options of :class:`Pixels`.

    Raises:
        ConfigError: When the target of unlabeled predictions is no class, or an option is unknown.
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
                f"objectives: OriginAlignment: towards='{towards}' is invalid with {with_labels=} and {shared=}; "
                f'expected one of {", ".join(possible)}{" and with_labels=True" if shared else ""}'
            )
        known = [*signature(OriginAlignment).parameters][:-1] + [one.name for one in fields(Pixels)]
        if unknown := sorted(pixels.keys() - set(known)):
            raise ConfigError(
                f'objectives: OriginAlignment has no option {", ".join(unknown)}; its options are {", ".join(known)}'
            )
        self.towards, self.with_labels, self.pixels = towards, with_labels, Pixels(**pixels)
        self.intra_weight, self.inter_weight = intra_weight, inter_weight
        self.streams = tuple(streams)
        self.class_of = {stream: with_labels + (0 if shared else k) for k, stream in enumerate(streams)}

    def losses(self, step: Step) -> dict[str, Tensor]:
        """Return one term per task, ``adversarial_<task>``, with frozen critics."""
        with self.frozen():
            return add_by_task(term for stream in step.due(*self.class_of) for term in self._pulls(step, stream))

    def critic_losses(self, step: Step) -> dict[str, Tensor]:
        """Return one term per task, over the predictions of each stream and the labels of each labeled stream."""
        return add_by_task(term for stream in step.due(*self.class_of) for term in self._verdicts(step, stream))

    def _pulls(self, step: Step, stream: str) -> Iterator[tuple[str, Tensor]]:
        for shown in self.shown(step, stream):
            logits, label = judged(shown.critic, shown.maps), self._label(step, stream, shown)
            if label is None:
                cost, weight = pull(logits, self._aims(step, stream, shown.task)), self.inter_weight
            else:
                # Without a class for labels the term is zero, but the prediction stays connected to the loss.
                cost, weight = pull(logits, [0]), self.intra_weight if self.with_labels else 0.0
            yield shown.task, weight * self.pixels.reduce(cost, label)

    def _verdicts(self, step: Step, stream: str) -> Iterator[tuple[str, Tensor]]:
        for shown in self.shown(step, stream, detach=True):
            label = self._label(step, stream, shown)
            yield shown.task, self.pixels.reduce(pull(judged(shown.critic, shown.maps), [self.class_of[stream]]), label)
            if label is not None and self.with_labels:
                maps = self.pixels.filled(label, shown.maps)
                yield shown.task, self.pixels.reduce(pull(judged(shown.critic, maps), [0]), label)

    def _label(self, step: Step, stream: str, shown: CriticInput) -> Label | None:
        """Return the critic input for the labels; None for an unlabeled stream."""
        labels = step.batch(stream).labeled(shown.task)[1]
        if 0 < step.labeled_count(stream, shown.task) < step.sample_count(stream):
            raise ConfigError(
                f"objectives: OriginAlignment: only some samples of the stream '{stream}' have labels of {shown.task}; "
                'split it into two streams'
            )
        return Label(*step.tasks[shown.task].critic_label(torch.stack(labels))) if labels else None

    def _aims(self, step: Step, stream: str, task: str) -> list[int]:
        """Return the classes towards which an unlabeled prediction is pulled."""
        if self.towards == 'labels':
            return [0]
        if self.towards == 'others':
            return [index for index in range(self.classes) if index != self.class_of[stream]]
        aims = [index for other, index in self.class_of.items() if step.labeled_count(other, task)]
        if not aims:
            raise ConfigError(
                f"objectives: OriginAlignment: towards='labeled' needs a stream labeled for '{task}', but none of "
                f'{list(self.class_of)} is'
            )
        return aims


def judged(critic: Discriminator, maps: Tensor) -> Tensor:
    """Return the logits of a critic per pixel; logits of patches are resized to the maps."""
    return fit(critic(maps), maps)


def pull(logits: Tensor, aims: Sequence[int]) -> Tensor:
    """Return the negative log probability of some classes together, per pixel (N, 1, H, W).

    Args:
        logits: Logits (N, classes, H, W).
        aims: Ids of the target classes.
    """
    return logits.logsumexp(1, keepdim=True) - logits[:, list(aims)].logsumexp(1, keepdim=True)
