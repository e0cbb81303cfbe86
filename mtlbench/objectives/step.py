"""What an objective sees of one training step."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn

from mtlbench.errors import ConfigError, DataError
from mtlbench.structures import MultiTaskSample
from mtlbench.tasks import Task

Predictions = dict[str, dict[int, Tensor]]


@dataclass
class Batch:
    """One stream's pictures (N, 3, H, W), RGB in [0, 1], and their samples.

    Args:
        images: The pictures that the network learns from.
        samples: Their labels and facts.
        unaltered: The pictures as they were loaded, where an objective altered them.
    """

    images: Tensor
    samples: list[MultiTaskSample]
    unaltered: Tensor | None = None

    @property
    def loaded(self) -> Tensor:
        """The pictures as they were loaded; their neighbours have the same colours."""
        return self.images if self.unaltered is None else self.unaltered

    def alter(self, images: Tensor) -> None:
        """Let the network learn from these pictures instead; what is said of the frames as loaded still holds."""
        self.images, self.unaltered = images, self.loaded

    def labelled(self, task: str) -> tuple[list[int], list[Tensor]]:
        """Positions of the samples labelled for a task, and their labels (C, H, W)."""
        where = [i for i, sample in enumerate(self.samples) if sample.has_label(task)]
        return where, [self.samples[i].label(task) for i in where]

    def clean_images(self) -> Tensor:
        """The pictures (N, 3, H, W) in [0, 1] before any change of their colours."""
        if not any('clean_image' in sample for sample in self.samples):
            return self.loaded
        kept = [sample.get('clean_image') for sample in self.samples]
        return torch.stack(
            [image if clean is None else _scaled(clean) for image, clean in zip(self.loaded, kept, strict=True)]
        )

    def neighbours(self, offset: int, clean: bool = False) -> Tensor:
        """The video frames (N, 3, H, W) in [0, 1] that come ``offset`` frames later.

        Args:
            offset: Negative for an earlier frame.
            clean: Whether before any change of their colours.

        Raises:
            ConfigError: When a sample has no such frame.
        """
        frames = []
        for sample in self.samples:
            offsets = list(sample.get('neighbour_offsets', ()))
            if offset not in offsets:
                raise ConfigError(
                    f'the frame {offset:+d} from {sample.get("img_path")} is needed, but its dataset gives '
                    f'{offsets or "none"}; set neighbour_offsets and require_neighbours=True of that dataset'
                )
            name = 'clean_neighbours' if clean and 'clean_neighbours' in sample else 'neighbours'
            frames.append(sample.get(name)[offsets.index(offset)])
        return _scaled(torch.stack(frames).contiguous(memory_format=torch.channels_last))

    def intrinsics(self) -> Tensor:
        """Intrinsics (N, 3, 3) float32 of the pictures.

        Raises:
            DataError: When the files of a sample's intrinsics are missing, which its tasks do not need.
        """
        for sample in self.samples:
            if 'intrinsics' not in sample:
                raise DataError(f'an objective needs intrinsics: {sample.get("no_intrinsics")}')
        matrices = [torch.as_tensor(sample.get('intrinsics'), dtype=torch.float32) for sample in self.samples]
        return torch.stack(matrices).to(self.images.device)


def _scaled(pictures: Tensor) -> Tensor:
    return pictures.float() / 255


@dataclass(frozen=True)
class Routes:
    """How the streams go through the network.

    Args:
        tasks: The tasks that are decoded of a stream; of a stream left out, all.
        joint: Whether the pictures of all streams pass the encoder as one batch, so that its batch norms take their
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
    """The batches of one step by stream, and the network's predictions, computed once a stream.

    Args:
        network: ``forward(images) -> {task: {level: prediction}}``; with routes that are not the default, it takes the
            tasks, too, and has ``encode`` and ``decode``.
        tasks: The tasks by name.
        batches: The batches by stream.
        routes: How they go through the network.
        turn: The stream that the network learns from now; None: from all.
        shared: What objectives keep between altering the pictures and their losses, by a name of their own.
    """

    network: nn.Module
    tasks: Mapping[str, Task]
    batches: Mapping[str, Batch]
    routes: Routes = field(default_factory=Routes)
    turn: str | None = None
    shared: dict[str, Any] = field(default_factory=dict)
    _predictions: dict[str, Predictions] = field(default_factory=dict)
    _features: dict[str, list[Tensor]] = field(default_factory=dict)

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

    def due(self, *streams: str) -> list[str]:
        """Those of the streams that the network learns from now: all, or the one whose turn it is.

        Raises:
            ConfigError: When no loader feeds one of them.
        """
        known = {stream: self.batch(stream) for stream in streams}
        return [stream for stream in known if self.turn in (None, stream)]

    def predictions(self, stream: str) -> Predictions:
        """The network's predictions for a stream, shared by all objectives."""
        if stream not in self._predictions:
            batch = self.batch(stream)
            self._predictions.update(self._jointly() if self.routes.joint else {stream: self._alone(stream, batch)})
        return self._predictions[stream]

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
        """The encoder's maps of a stream. Asked for before the predictions, these are decoded from them."""
        if stream not in self._features:
            network: Any = self.network
            self._features[stream] = network.encode(self.batch(stream).images)
        return self._features[stream]

    def _alone(self, stream: str, batch: Batch) -> Predictions:
        tasks = self.routes.tasks.get(stream)
        if stream in self._features:
            network: Any = self.network
            return network.decode(self._features[stream], batch.images.shape[-2:], tasks)
        return self.network(batch.images) if tasks is None else self.network(batch.images, tasks)

    def _jointly(self) -> dict[str, Predictions]:
        """The predictions for all streams, from one pass of the encoder."""
        images = {stream: batch.images for stream, batch in self.batches.items()}
        sizes = {stream: tuple(pictures.shape[-2:]) for stream, pictures in images.items()}
        if len(set(sizes.values())) > 1:
            raise ConfigError(f'model.routes.joint needs pictures of one size in all streams, got {sizes}: crop them')
        network: Any = self.network
        features = network.encode(torch.cat(list(images.values())))
        counts = [len(pictures) for pictures in images.values()]
        parts = zip(*(maps.split(counts) for maps in features), strict=True)
        return {
            stream: network.decode(list(part), sizes[stream], self.routes.tasks.get(stream))
            for stream, part in zip(images, parts, strict=True)
        }
