"""One training step, as objectives see it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

import torch
from torch import Tensor

from mtlbench import processes
from mtlbench.errors import ConfigError
from mtlbench.structures import Batch, Maps, Network, Predictions
from mtlbench.tasks import Task

T = TypeVar('T')


@dataclass(frozen=True)
class Routes:
    """Routes of the streams through the network.

    Args:
        tasks: Decoded tasks by stream; unlisted streams decode all tasks.
        joint: Whether the images of all streams pass through the encoder as one batch, so that its batch norms compute
            statistics over the union (robust, R7). All images must have one size.
        in_turn: Whether the network makes a step after each stream, in the order of ``train_dataloader``, so that the
            next stream uses the new weights (SemiMTL, S3); otherwise one step after all of them.

    Raises:
        ConfigError: When both ``joint`` and ``in_turn`` are set.
    """

    tasks: Mapping[str, Sequence[str]] = field(default_factory=dict)
    joint: bool = False
    in_turn: bool = False

    def __post_init__(self) -> None:
        if self.joint and self.in_turn:
            raise ConfigError('model.routes: joint and in_turn exclude each other; set only one')


@dataclass
class Step:
    """Batches of one step by stream, with the network's maps and predictions, computed once per stream.

    Results are computed again after an objective has altered the images.

    Args:
        network: Network that learns. It needs ``encode`` and ``decode`` if routes are not the default, or if an
            objective reads the encoder's maps.
        tasks: Tasks by name.
        batches: Batches by stream.
        routes: Routes of the streams through the network.
        turn: Stream that the network learns from now; None: all streams.
        idle: Zeros that connect layers that no loss of this step reaches, so that the same parameters take part in the
            backward pass of every process.
    """

    network: Network
    tasks: Mapping[str, Task]
    batches: Mapping[str, Batch]
    routes: Routes = field(default_factory=Routes)
    turn: str | None = None
    idle: list[Tensor] = field(default_factory=list)
    _predictions: Computed[Predictions] = field(default_factory=lambda: Computed())
    _features: Computed[Maps] = field(default_factory=lambda: Computed())
    _counted: dict[str, dict[str, int]] = field(default_factory=dict)

    def batch(self, stream: str) -> Batch:
        """Return the batch of a stream.

        Raises:
            ConfigError: When the stream has no loader.
        """
        if stream not in self.batches:
            raise ConfigError(
                f"an objective reads the stream '{stream}', but train_dataloader has {list(self.batches)}; rename one"
            )
        return self.batches[stream]

    def labeled_count(self, stream: str, task: str) -> int:
        """Return the number of samples of a stream that are labeled for a task, over all processes."""
        return self._counts(stream)[task]

    def sample_count(self, stream: str) -> int:
        """Return the number of samples in the batches of a stream, over all processes."""
        return self._counts(stream)['']

    def due(self, *streams: str) -> list[str]:
        """Return the streams that the network learns from now: all, or the one in ``turn``.

        Raises:
            ConfigError: When a stream has no loader.
        """
        known = {stream: self.batch(stream) for stream in streams}
        return [stream for stream in known if self.turn in (None, stream)]

    def predictions(self, stream: str) -> Predictions:
        """Return the network's predictions for a stream, shared by all objectives."""
        return self._predictions.get(stream, self._seen(stream)) or self._predict(stream)

    def predictions_of(self, stream: str, task: str) -> dict[int, Tensor]:
        """Return the network's predictions of one task by level.

        Raises:
            ConfigError: When the task is not decoded for the stream.
        """
        found = self.predictions(stream)
        if task not in found:
            raise ConfigError(
                f"an objective needs predictions of '{task}' for the stream '{stream}', but only {list(found)} are "
                'decoded; add it to tasks or model.routes.tasks'
            )
        return found[task]

    def features(self, stream: str) -> Maps:
        """Return the encoder's maps of a stream, by task if they differ, from which its predictions are decoded."""
        return self._features.get(stream, self._seen(stream)) or self._encode(stream)

    def _counts(self, stream: str) -> dict[str, int]:
        if stream not in self._counted:
            batch = self.batch(stream)
            own = {'': len(batch.samples), **{task: len(batch.labeled(task)[0]) for task in self.tasks}}
            total = processes.counts(list(own.values()), batch.images.device)
            self._counted[stream] = dict(zip(own, total, strict=True))
        return self._counted[stream]

    def _seen(self, stream: str) -> list[Tensor]:
        """Return the images that the maps of a stream depend on."""
        batches = list(self.batches.values()) if self.routes.joint else [self.batch(stream)]
        return [batch.images for batch in batches]

    def _predict(self, stream: str) -> Predictions:
        batch, tasks = self.batch(stream), self.routes.tasks.get(stream)
        if hasattr(self.network, 'encode'):
            found = self.network.decode(self.features(stream), batch.images.shape[-2:], tasks)
        else:
            found = self.network(batch.images) if tasks is None else self.network(batch.images, tasks)
        return self._predictions.keep(stream, self._seen(stream), found)

    def _encode(self, stream: str) -> Maps:
        if not self.routes.joint:
            return self._features.keep(stream, self._seen(stream), self.network.encode(self.batch(stream).images))
        for one, part in self._encode_jointly().items():
            self._features.keep(one, self._seen(one), part)
        return self.features(stream)

    def _encode_jointly(self) -> dict[str, Maps]:
        """Compute the maps of all streams in one pass of the encoder."""
        images = {stream: batch.images for stream, batch in self.batches.items()}
        sizes = {stream: tuple(each.shape[-2:]) for stream, each in images.items()}
        if len(set(sizes.values())) > 1:
            raise ConfigError(f'model.routes.joint needs images of one size in all streams, got {sizes}; crop them')
        features = self.network.encode(torch.cat(list(images.values())))
        counts = [len(each) for each in images.values()]
        return dict(zip(images, _split(features, counts), strict=True))


def _split(maps: Maps, counts: Sequence[int]) -> list[Maps]:
    """Return the maps of consecutive parts of a batch."""
    if isinstance(maps, Mapping):
        by_task = [_split(one, counts) for one in maps.values()]
        return [dict(zip(maps, part, strict=True)) for part in zip(*by_task, strict=True)]
    return [list(part) for part in zip(*(one.split(list(counts)) for one in maps), strict=True)]


class Computed(Generic[T]):
    """Results by stream, each valid while its images are the same tensors."""

    def __init__(self) -> None:
        self._found: dict[str, tuple[list[Tensor], T]] = {}

    def get(self, stream: str, images: list[Tensor]) -> T | None:
        """Return the stored result if it belongs to these images."""
        seen, result = self._found.get(stream, ([], None))
        valid = len(seen) == len(images) and all(one is other for one, other in zip(seen, images, strict=True))
        return result if valid else None

    def keep(self, stream: str, images: list[Tensor], result: T) -> T:
        """Store a result and return it."""
        self._found[stream] = (images, result)
        return result
