"""What an objective sees of one training step."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

import torch
from torch import Tensor

from mtlbench import processes
from mtlbench.errors import ConfigError
from mtlbench.structures import Batch, Network, Predictions
from mtlbench.tasks import Task

T = TypeVar('T')


@dataclass(frozen=True)
class Routes:
    """How the streams go through the network.

    Args:
        tasks: The tasks that are decoded of a stream; of a stream left out, all.
        joint: Whether the images of all streams pass the encoder as one batch, so that its batch norms take their
            statistics over the union (robust, R7). They must be of one size.
        in_turn: Whether the network makes a step after each stream, in the order of ``train_dataloader``, so that the
            next one meets its new weights (SemiMTL, S3); else one step after all of them.

    Raises:
        ConfigError: For streams that are to go jointly and in turn.
    """

    tasks: Mapping[str, Sequence[str]] = field(default_factory=dict)
    joint: bool = False
    in_turn: bool = False

    def __post_init__(self) -> None:
        if self.joint and self.in_turn:
            raise ConfigError('model.routes: streams go through the network jointly or in turn, not both; choose one')


@dataclass
class Step:
    """The batches of one step by stream, and the network's maps and predictions, computed once a stream.

    What was computed of images that have been altered since is computed anew.

    Args:
        network: ``forward(images) -> {task: {level: prediction}}``; with routes that are not the default, or where an
            objective reads the encoder's maps, it has ``encode`` and ``decode``.
        tasks: The tasks by name.
        batches: The batches by stream.
        routes: How they go through the network.
        turn: The stream that the network learns from now; None: from all.
        idle: Zeros that keep connected what no loss of this step reaches, so that in every process the same parameters
            take part in the backward pass.
    """

    network: Network
    tasks: Mapping[str, Task]
    batches: Mapping[str, Batch]
    routes: Routes = field(default_factory=Routes)
    turn: str | None = None
    idle: list[Tensor] = field(default_factory=list)
    _predictions: Computed[Predictions] = field(default_factory=lambda: Computed())
    _features: Computed[list[Tensor]] = field(default_factory=lambda: Computed())
    _counted: dict[str, dict[str, int]] = field(default_factory=dict)

    def batch(self, stream: str) -> Batch:
        """The batch of a stream.

        Raises:
            ConfigError: When no loader feeds that stream.
        """
        if stream not in self.batches:
            raise ConfigError(
                f"an objective reads the stream '{stream}', but train_dataloader has {list(self.batches)}"
            )
        return self.batches[stream]

    def labeled_count(self, stream: str, task: str) -> int:
        """How many samples of a stream are labeled for a task, in all processes."""
        return self._counts(stream)[task]

    def sample_count(self, stream: str) -> int:
        """How many samples a stream's batches have in all processes."""
        return self._counts(stream)['']

    def due(self, *streams: str) -> list[str]:
        """Those of the streams that the network learns from now: all, or the one whose turn it is.

        Raises:
            ConfigError: When no loader feeds one of them.
        """
        known = {stream: self.batch(stream) for stream in streams}
        return [stream for stream in known if self.turn in (None, stream)]

    def predictions(self, stream: str) -> Predictions:
        """The network's predictions for a stream, shared by all objectives."""
        return self._predictions.get(stream, self._seen(stream)) or self._predict(stream)

    def predictions_of(self, stream: str, task: str) -> dict[int, Tensor]:
        """The network's predictions of one task by level.

        Raises:
            ConfigError: When that task is not decoded of the stream.
        """
        found = self.predictions(stream)
        if task not in found:
            raise ConfigError(
                f"an objective needs predictions of '{task}' of the stream '{stream}', of which {list(found)} are "
                'decoded; see tasks and model.routes.tasks'
            )
        return found[task]

    def features(self, stream: str) -> list[Tensor]:
        """The encoder's maps of a stream, from which its predictions are decoded."""
        return self._features.get(stream, self._seen(stream)) or self._encode(stream)

    def _counts(self, stream: str) -> dict[str, int]:
        if stream not in self._counted:
            batch = self.batch(stream)
            own = {'': len(batch.samples), **{task: len(batch.labeled(task)[0]) for task in self.tasks}}
            total = processes.counts(list(own.values()), batch.images.device)
            self._counted[stream] = dict(zip(own, total, strict=True))
        return self._counted[stream]

    def _seen(self, stream: str) -> list[Tensor]:
        """The images that the maps of a stream depend on."""
        batches = list(self.batches.values()) if self.routes.joint else [self.batch(stream)]
        return [batch.images for batch in batches]

    def _predict(self, stream: str) -> Predictions:
        batch, tasks = self.batch(stream), self.routes.tasks.get(stream)
        if hasattr(self.network, 'encode'):
            found = self.network.decode(self.features(stream), batch.images.shape[-2:], tasks)
        else:
            found = self.network(batch.images) if tasks is None else self.network(batch.images, tasks)
        return self._predictions.keep(stream, self._seen(stream), found)

    def _encode(self, stream: str) -> list[Tensor]:
        if not self.routes.joint:
            return self._features.keep(stream, self._seen(stream), self.network.encode(self.batch(stream).images))
        for one, part in self._encode_jointly().items():
            self._features.keep(one, self._seen(one), part)
        return self.features(stream)

    def _encode_jointly(self) -> dict[str, list[Tensor]]:
        """The maps of all streams, from one pass of the encoder."""
        images = {stream: batch.images for stream, batch in self.batches.items()}
        sizes = {stream: tuple(each.shape[-2:]) for stream, each in images.items()}
        if len(set(sizes.values())) > 1:
            raise ConfigError(f'model.routes.joint needs images of one size in all streams, got {sizes}: crop them')
        features = self.network.encode(torch.cat(list(images.values())))
        parts = zip(*(maps.split([len(each) for each in images.values()]) for maps in features), strict=True)
        return {stream: list(part) for stream, part in zip(images, parts, strict=True)}


class Computed(Generic[T]):
    """Results by stream, each valid as long as the images that it was computed of are the same tensors."""

    def __init__(self) -> None:
        self._found: dict[str, tuple[list[Tensor], T]] = {}

    def get(self, stream: str, images: list[Tensor]) -> T | None:
        """What is kept, if it is of these images."""
        seen, result = self._found.get(stream, ([], None))
        valid = len(seen) == len(images) and all(one is other for one, other in zip(seen, images, strict=True))
        return result if valid else None

    def keep(self, stream: str, images: list[Tensor], result: T) -> T:
        """Keep a result, and return it."""
        self._found[stream] = (images, result)
        return result
