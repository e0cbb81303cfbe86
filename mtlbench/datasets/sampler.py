"""The endless, resumable order of training samples."""

from __future__ import annotations

from collections.abc import Iterator, Sized
from itertools import count

import numpy as np
from mmengine.dist import get_dist_info, sync_random_seed
from torch.utils.data import Sampler

from mtlbench.datasets.base import Draw
from mtlbench.registry import DATA_SAMPLERS


@DATA_SAMPLERS.register_module()
class StreamSampler(Sampler):
    """Yields tickets without end; draw ``n`` of all processes together follows from the seed and ``n`` alone.

    Process ``r`` of ``w`` makes the draws ``r, r + w, r + 2 w, ...``. Every ``len(dataset)`` draws are one
    permutation of the dataset.

    Args:
        dataset: The dataset to draw from.
        shuffle: Whether to permute; else the samples come in their order.
        seed: The same in all processes; None lets them agree on a random one.
    """

    def __init__(self, dataset: Sized, shuffle: bool = True, seed: int | None = None) -> None:
        self.rank, self.world_size = get_dist_info()
        self.size, self.shuffle = len(dataset), shuffle
        self.seed = sync_random_seed() if seed is None else seed
        self._start = 0
        self._epoch = -1
        self._order = np.arange(self.size)

    def set_start(self, draws_done_per_rank: int) -> None:
        """Begin the next iteration after the draws that this process has already made."""
        self._start = draws_done_per_rank

    def __iter__(self) -> Iterator[Draw]:
        for done in count(self._start):
            yield self.draw(done * self.world_size + self.rank)

    def __len__(self) -> int:
        """Size of the dataset; the stream itself does not end."""
        return self.size

    def draw(self, number: int) -> Draw:
        """The ticket of draw ``number``, counted over all processes."""
        epoch, position = divmod(number, self.size)
        key = int(np.random.SeedSequence((self.seed, number)).generate_state(1, np.uint64)[0])
        return Draw(int(self._permutation(epoch)[position]), key)

    def _permutation(self, epoch: int) -> np.ndarray:
        if self.shuffle and epoch != self._epoch:
            self._order = np.random.default_rng((self.seed, epoch)).permutation(self.size)
            self._epoch = epoch
        return self._order
