"""Learning from unlabeled images with pseudo-labels of a mean teacher."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from mtlbench import processes
from mtlbench.errors import ConfigError
from mtlbench.mixers import Mixer, Views
from mtlbench.mixers.colors import strong_augment
from mtlbench.mixers.regions import RegionColors
from mtlbench.objectives.base import Objective, StreamFacts
from mtlbench.objectives.step import Step
from mtlbench.registry import MIXERS, OBJECTIVES
from mtlbench.structures import IGNORE_INDEX, Batch
from mtlbench.tasks.base import Task, fit
from mtlbench.utils.choices import require_known

PIXEL_WEIGHTS = ('threshold_uniform', 'threshold', 'none')
PREFIX = 'pseudo_'
"""Beginning of the names of the terms."""


class Belief(NamedTuple):
    """Labels or pseudo-labels of a batch, and their confidence in 0..1, both (N, 1, H, W); those of further tasks."""

    labels: Tensor
    confidence: Tensor
    fields: Mapping[str, Tensor]


@OBJECTIVES.register_module()
class PseudoLabelObjective(Objective):
    """Learn classes from mixed, strongly augmented images with pseudo-labels of the mean teacher (CCAM, section 3.2).

    Labeled samples use their labels, others the predictions of the teacher. The teacher is a copy of the network that
    :class:`~mtlbench.engine.hooks.MeanTeacherHook` updates; it has no gradient and receives the images as loaded.
    Mixers use the depth that the network predicts before mixing. Further tasks of any kind learn from the mixed images
    by their own losses, with their labels or the decoded predictions of the teacher.

    Args:
        mixer: Config of the mixer.
        stream: Stream whose images are mixed.
        task: Task of classes to learn.
        depth: Task whose decoded prediction is a depth.
        threshold: Smallest probability at which the teacher counts as confident, in 0..1.
        pixel_weight: Weight of each pixel: ``'threshold_uniform'``, the fraction of confident pixels in the batch;
            ``'threshold'``, 1 for confident pixels and 0 for others; ``'none'``, 1.
        frozen: Parts of the network that this objective does not train, such as ``'decoders.depth'``.
        colors: Options of ColorAug, see :class:`~mtlbench.mixers.regions.RegionColors`, and the ``streams`` to apply it
            to (default: ``stream``); None: no ColorAug.
        also: Further tasks to learn from the mixed images.

    Raises:
        ConfigError: When ``pixel_weight`` is unknown.
    """

    def __init__(  # noqa: PLR0913  the options of the paper, and the tasks
        self,
        mixer: Mapping[str, Any],
        stream: str = 'unlabeled',
        task: str = 'semseg',
        depth: str = 'depth',
        threshold: float = 0.968,
        pixel_weight: str = 'threshold_uniform',
        frozen: Sequence[str] = (),
        colors: Mapping[str, Any] | None = None,
        also: Sequence[str] = (),
    ) -> None:
        super().__init__()
        require_known('PseudoLabelObjective: pixel_weight', pixel_weight, PIXEL_WEIGHTS)
        self.mixer: Mixer = MIXERS.build(dict(mixer))
        self.stream, self.task, self.depth, self.frozen = stream, task, depth, tuple(frozen)
        self.threshold, self.pixel_weight = threshold, pixel_weight
        settings = dict(colors or {})
        self.colored_streams: tuple[str, ...] = tuple(settings.pop('streams', [stream]))
        self.colors = None if colors is None else RegionColors(**settings)
        self.also = tuple(name for name in also if name != task)
        self.streams = tuple(dict.fromkeys((stream, *self.colored_streams)))
        self.unlabeled_tasks = (task, *self.also)

    def prepare(self, tasks: Mapping[str, Task], head_levels: Mapping[str, Sequence[int]]) -> None:
        """Reject unknown tasks, and class sets without the classes that the mixer or ColorAug needs."""
        for key, name in (('task', self.task), ('depth', self.depth), *(('also', name) for name in self.also)):
            if name not in tasks:
                raise ConfigError(f"PseudoLabelObjective: {key} is '{name}', but the tasks are {', '.join(tasks)}")
        if not tasks[self.task].kind.has_classes:
            raise ConfigError(
                f"PseudoLabelObjective: the task '{self.task}' has no classes; set task to one that has, and "
                f"also=['{self.task}']"
            )
        self.mixer.check_classes(tasks[self.task].classes)
        if self.colors is not None:
            self.colors.check_classes(tasks[self.task].classes)

    def check_streams(self, streams: Mapping[str, StreamFacts]) -> None:
        """Reject batches that are too small to be mixed."""
        found = streams[self.stream].batch_size
        if found < self.mixer.least_batch:
            raise ConfigError(
                f'{type(self.mixer).__name__} mixes images of one batch: train_dataloader.{self.stream}.batch_size is '
                f'{found}, expected {self.mixer.least_batch} or more'
            )

    def adopt(self, network: nn.Module) -> None:
        """Create the teacher.

        Raises:
            ConfigError: When the network lacks a part in ``frozen``.
        """
        with _frozen(network, self.frozen):
            self.teacher = copy.deepcopy(network).requires_grad_(False)

    def alter(self, step: Step) -> Belief:
        """Compute pseudo-labels, and apply ColorAug if enabled."""
        own = self._belief(step, self.stream, self.also)
        if self.colors is None or not self.colors.prob:
            return own
        for stream in self.colored_streams:
            belief = own if stream == self.stream else self._belief(step, stream)
            batch = step.batch(stream)
            batch.alter(self.colors(batch.images, belief.labels, self._classes(step), _generator()))
        return own

    def losses(self, step: Step, belief: Belief | None = None) -> dict[str, Tensor]:
        """Return one term per task, ``pseudo_<task>``.

        Args:
            step: Training step.
            belief: Result of :meth:`alter`; None: compute pseudo-labels now.
        """
        generator = _generator()
        mixed = self.mixer(self._views(step, belief or self._belief(step, self.stream, self.also)), generator)
        images = strong_augment(mixed.images, generator).contiguous(memory_format=torch.channels_last)
        with _frozen(step.network, self.frozen):
            levels = step.network(images, [self.task, *self.also])
        by_task = {name: fit(predictions[0], images) for name, predictions in levels.items()}
        return {f'{PREFIX}{self.task}': self._loss(by_task[self.task], mixed)} | {
            f'{PREFIX}{name}': step.tasks[name].loss(by_task[name], mixed.fields[name]) for name in self.also
        }

    def task_of(self, term: str) -> str:
        """Return the task that a term teaches."""
        return term.removeprefix(PREFIX)

    def _belief(self, step: Step, stream: str, also: Sequence[str] = ()) -> Belief:
        batch = step.batch(stream)
        taught = self._taught(batch, (self.task, *also))
        labels = torch.full_like(batch.images[:, :1], IGNORE_INDEX, dtype=torch.long)
        confidence = torch.zeros_like(batch.images[:, :1])
        if self.task in taught:
            confidence, labels = taught[self.task].softmax(1).max(1, keepdim=True)
        for number, label in zip(*batch.labeled(self.task), strict=True):
            labels[number], confidence[number] = label, (label != IGNORE_INDEX).to(confidence)
        return Belief(labels, confidence, {name: _field(step.tasks[name], batch, taught.get(name)) for name in also})

    def _taught(self, batch: Batch, tasks: Sequence[str]) -> dict[str, Tensor]:
        """Return the teacher's predictions, at the size of the images, of the tasks that not all samples label."""
        wanted = [name for name in tasks if len(batch.labeled(name)[0]) < len(batch.samples)]
        if not wanted:
            return {}
        with torch.no_grad():
            levels = self.teacher(batch.loaded, wanted)
            return {name: fit(predictions[0], batch.images) for name, predictions in levels.items()}

    def _views(self, step: Step, belief: Belief) -> Views:
        batch = step.batch(self.stream)
        prediction = step.predictions_of(self.stream, self.depth)[0].detach()
        depth = step.tasks[self.depth].decode(fit(prediction, batch.images))
        center = batch.intrinsics()[:, :2, 2]
        kinds = {name: step.tasks[name].kind for name in belief.fields}
        return Views(
            batch.loaded, belief.labels, belief.confidence, depth, center, self._classes(step), belief.fields, kinds
        )

    def _loss(self, logits: Tensor, mixed: Views) -> Tensor:
        labels = mixed.labels.where(mixed.confidence > 0, IGNORE_INDEX)[:, 0]
        errors = F.cross_entropy(logits, labels, ignore_index=IGNORE_INDEX, reduction='none')
        sure = (mixed.confidence[:, 0] >= self.threshold).to(errors)
        if self.pixel_weight == 'threshold':
            return processes.mean(sure * errors)
        share = processes.mean(sure) if self.pixel_weight == 'threshold_uniform' else 1.0
        return share * processes.mean(errors)

    def _classes(self, step: Step) -> tuple[str, ...]:
        return step.tasks[self.task].classes


def _field(task: Task, batch: Batch, taught: Tensor | None) -> Tensor:
    """Return the labels (N, C, H, W) of a task, or the decoded predictions of the teacher where there are none."""
    where, given = batch.labeled(task.name)
    if taught is None:
        return torch.stack(given)
    values = task.decode(taught)
    for number, label in zip(where, given, strict=True):
        values[number] = label
    return values


@contextmanager
def _frozen(network: Any, parts: Sequence[str]) -> Iterator[None]:
    """Disable gradients of these parts for everything that the network computes inside."""
    try:
        modules = [network.get_submodule(part) for part in parts]
    except AttributeError as error:
        raise ConfigError(f'PseudoLabelObjective: frozen: the network has no such part ({error})') from error
    learning = [one for module in modules for one in module.parameters() if one.requires_grad]
    for parameter in learning:
        parameter.requires_grad_(False)
    try:
        yield
    finally:
        for parameter in learning:
            parameter.requires_grad_(True)


def _generator() -> torch.Generator:
    """Return a CPU generator seeded from torch's global one, which the training loop seeds before each update."""
    return torch.Generator().manual_seed(int(torch.randint(2**62, ()).item()))
