"""Endless, resumable order of training samples."""

from __future__ import annotations

from collections.abc import Iterator, Sized
from itertools import count

import numpy as np
from mmengine.dist import get_dist_info, sync_random_seed
from torch.utils.data import Sampler

from mtlbench.datasets.draw import Draw
from mtlbench.registry import DATA_SAMPLERS


@DATA_SAMPLERS.register_module()
class StreamSampler(Sampler):
    """Sampler that yields tickets without end; draw ``n`` over all processes depends on the seed and ``n`` alone.

    Process ``r`` of ``w`` makes the draws ``r, r + w, r + 2 w, ...``. Every ``len(dataset)`` draws form one permutation
    of the dataset.

    Args:
        dataset: Dataset to draw from.
        shuffle: Whether to permute the samples; otherwise they come in order.
        seed: Seed, equal in all processes. None: the processes agree on a random seed.
    """

    def __init__(self, dataset: Sized, shuffle: bool = True, seed: int | None = None) -> None:
        self.rank, self.world_size = get_dist_info()
        self.size, self.shuffle = len(dataset), shuffle
        self.seed = sync_random_seed() if seed is None else seed
        self._start = 0
        self._epoch = -1
        self._order = np.arange(self.size)

    def set_start(self, draws_done_per_rank: int) -> None:
        """Start the next iteration after the draws that this process has already made."""
        self._start = draws_done_per_rank

    def __iter__(self) -> Iterator[Draw]:
        for done in count(self._start):
            yield self.draw(done * self.world_size + self.rank)

    def __len__(self) -> int:
        """Return the size of the dataset. The stream itself does not end."""
        return self.size

    def draw(self, number: int) -> Draw:
        """Return the ticket of draw ``number``, counted over all processes."""
        epoch, position = divmod(number, self.size)
        key = int(np.random.SeedSequence((self.seed, number)).generate_state(1, np.uint64)[0])
        return Draw(int(self._permutation(epoch)[position]), key)

    def _permutation(self, epoch: int) -> np.ndarray:
        if self.shuffle and epoch != self._epoch:
            self._order = np.random.default_rng((self.seed, epoch)).permutation(self.size)
            self._epoch = epoch
        return self._order
