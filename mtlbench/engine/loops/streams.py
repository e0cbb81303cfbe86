"""Loader that draws a batch of every stream at each step."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from torch.utils.data import DataLoader, Dataset


class StreamLoader:
    """Draw one batch from the endless loader of each stream.

    Args:
        loaders: Loaders by stream; their samplers never end and can start anywhere (``set_start``).
    """

    def __init__(self, loaders: Mapping[str, DataLoader]) -> None:
        self.loaders = dict(loaders)

    @property
    def dataset(self) -> Dataset:
        """Dataset of the first stream, which provides the metainfo of the run."""
        return next(iter(self.loaders.values())).dataset

    def __len__(self) -> int:
        """Return the number of batches in one pass over the first dataset; the streams themselves do not end."""
        return len(next(iter(self.loaders.values())))

    def start_at(self, iteration: int) -> None:
        """Begin with the draws of an iteration, as if all earlier ones had been made."""
        for loader in self.loaders.values():
            sampler: Any = loader.sampler
            sampler.set_start(iteration * (loader.batch_size or 1))

    def __iter__(self) -> Iterator[dict[str, Any]]:
        iterators = {name: iter(loader) for name, loader in self.loaders.items()}
        while True:
            yield {name: next(iterator) for name, iterator in iterators.items()}
