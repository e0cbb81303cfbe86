"""Several loaders become one."""

import itertools

from torch.utils.data import DataLoader, Dataset, Sampler

from mtlbench.engine.loops import StreamLoader
from mtlbench.engine.seed import derive_seed


class Counting(Sampler):
    def __init__(self):
        self.start = 0

    def set_start(self, start):
        self.start = start

    def __iter__(self):
        return itertools.count(self.start)


class Identity(Dataset):
    def __len__(self):
        return 10**6

    def __getitem__(self, index):
        return index


def loader(batch_size):
    return DataLoader(Identity(), batch_size=batch_size, sampler=Counting(), collate_fn=list)


def test_each_stream_starts_where_it_left_off():
    streams = StreamLoader({'labeled': loader(2), 'video': loader(3)})
    straight = list(itertools.islice(streams, 5))
    streams.start_at(3)
    assert list(itertools.islice(streams, 2)) == straight[3:]
    assert straight[1] == {'labeled': [2, 3], 'video': [3, 4, 5]}


def test_seeds_depend_on_every_number_and_on_nothing_else():
    assert derive_seed(42, 7, 0) == derive_seed(42, 7, 0)
    seeds = {derive_seed(a, b, c) for a in range(5) for b in range(50) for c in range(3)}
    assert len(seeds) == 5 * 50 * 3
    assert all(0 <= seed < 2**63 for seed in seeds)
