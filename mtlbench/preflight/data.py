"""Data of a run: list the frames, and read some of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from mtlbench.datasets.draw import Draw
from mtlbench.errors import ConfigError, MTLBenchError
from mtlbench.objectives.base import StreamFacts
from mtlbench.registry import DATASETS

Size = tuple[int, int]


@dataclass
class Source:
    """Dataset of a data loader.

    Args:
        place: Place of the loader in the config.
        loader: Settings of the loader.
        dataset: Dataset of the loader.
        sizes: Sizes (height, width) of the first, middle and last image, as the network receives them.
        channels: Number of channels of each label of these images, by task.
    """

    place: str
    loader: Mapping[str, Any]
    dataset: Any
    sizes: tuple[Size, ...]
    channels: Mapping[str, int] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """Name of the stream, the last part of the place."""
        return self.place.rpartition('.')[2]

    @property
    def batch_size(self) -> int:
        """Number of samples in a batch."""
        return int(self.loader.get('batch_size', 1))

    @cached_property
    def labels(self) -> set[str]:
        """Tasks that some frame is labeled for."""
        asked = set(getattr(self.dataset, 'tasks', ()))
        found: set[str] = set()
        for frame in getattr(self.dataset, 'frames', ()):
            found.update(self.dataset.labeled_tasks(frame))
            if found >= asked:
                break
        return found & asked

    @property
    def facts(self) -> StreamFacts:
        """Properties of the stream that objectives check."""
        offsets = tuple(getattr(self.dataset, 'neighbor_offsets', ()))
        return StreamFacts(frozenset(self.labels), self.batch_size, offsets)


def open_source(place: str, loader: Mapping[str, Any]) -> Source:
    """Build the dataset of a loader and read its first image, and two more if a batch has several.

    Raises:
        DataError: When files are missing or cannot be read.
        ConfigError: When the dataset or its pipeline does not support its settings.
    """
    dataset: Any = DATASETS.build(dict(loader['dataset']))
    batch_size = int(loader.get('batch_size', 1))
    last = len(dataset) - 1
    positions = sorted({0, last // 2, last}) if batch_size > 1 else [0]
    drawn = place.startswith('train_dataloader.')
    seen = [_look_at(dataset, position, f'{place}.dataset', drawn) for position in positions]
    sizes = tuple(size for size, _ in seen)
    if len(set(sizes)) > 1:
        raise ConfigError(
            f'{place}: the images of one batch differ in size: {sorted(set(sizes))}; resize or crop them in its '
            f'pipeline, or set {place}.batch_size=1'
        )
    return Source(place, loader, dataset, sizes, {task: count for _, found in seen for task, count in found.items()})


def _look_at(dataset: Any, position: int, place: str, drawn: bool) -> tuple[Size, dict[str, int]]:
    """Return the size of an image, and the number of channels of each of its labels."""
    try:
        sample = dataset[Draw(position, 0) if drawn else position]
        height, width = sample['inputs'].shape[-2:]
        labels = sample['data_samples']
        channels = {task: len(labels.label(task)) for task in getattr(dataset, 'tasks', ()) if labels.has_label(task)}
    except ConfigError as error:
        raise ConfigError(f'{place}: {error}') from error
    except MTLBenchError:
        raise
    except Exception as error:
        raise ConfigError(
            f'{place}: sample {position} cannot be loaded: {type(error).__name__}: {error}; its pipeline must end with '
            "dict(type='PackSample')"
        ) from error
    return (height, width), channels
