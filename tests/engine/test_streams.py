"""Several loaders become one."""

import itertools
from types import SimpleNamespace

import numpy as np
import pytest
from mmengine.runner import Runner
from torch.utils.data import DataLoader, Dataset, Sampler

from mtlbench.datasets import Draw
from mtlbench.datasets import sampler as sampler_module
from mtlbench.engine.loops import StreamLoader, StreamTrainLoop
from mtlbench.engine.seed import derive_seed, stream_seed
from mtlbench.errors import ConfigError
from mtlbench.registry import DATASETS


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


def test_seeds_tell_zeros_names_and_large_numbers_apart():
    parts = [(5,), (5, 0), (5, 0, 0), (0, 5), (5, 2**32), (5, 0, 1), (5, 'a'), (5, 'stream', 'a'), (55,), ('5',)]
    assert len({derive_seed(*each) for each in parts}) == len(parts)


@DATASETS.register_module(force=True)
class StreamTickets:
    """A dataset that answers with the ticket it was given."""

    metainfo = {}

    def __len__(self):
        return 100

    def __getitem__(self, ticket):
        return ticket


def loop_of(*streams, seed=3, workers=0, **settings):
    """A loop over streams of one data set, four samples a batch."""
    node = dict(
        dataset=dict(type='StreamTickets', _scope_='mtlbench'),
        sampler=dict(type='StreamSampler', _scope_='mtlbench'),
        batch_size=4,
        num_workers=workers,
    )
    runner = SimpleNamespace(seed=seed, build_dataloader=Runner.build_dataloader, visualizer=SimpleNamespace())
    return StreamTrainLoop(runner, {name: dict(node) for name in streams}, **{'max_iters': 60, **settings})


def draws_of(loop, start=0, count=60):
    """The tickets of each stream."""
    loop.dataloader.start_at(start)
    drawn = {}
    for batch in itertools.islice(loop.dataloader, count):
        for name, tickets in batch.items():
            drawn.setdefault(name, []).extend(map(Draw, tickets.index, tickets.key))
    return drawn


def flips(draws):
    """What a fair coin says of each draw, as a random transform would ask it."""
    return np.array([np.random.default_rng(draw.key).random() < 0.5 for draw in draws])


def test_streams_of_one_data_set_draw_independently():
    drawn = draws_of(loop_of('labeled', 'unlabeled', 'source', 'target'))
    for one, other in itertools.combinations(drawn.values(), 2):
        assert not {draw.key for draw in one} & {draw.key for draw in other}
        # 240 draws of 100 frames: 2.4 agree by chance, 12 are six deviations more.
        assert sum(a.index == b.index for a, b in zip(one, other, strict=True)) <= 12
        # Half of the flips agree by chance, give or take 7.7 of 240.
        assert abs(int((flips(one) == flips(other)).sum()) - 120) < 5 * 7.75


def test_draws_follow_from_seed_stream_and_update_alone():
    alone, together = loop_of('target'), loop_of('source', 'target')
    expected = draws_of(alone)['target']
    assert draws_of(together)['target'] == expected
    assert draws_of(together, start=20, count=40)['target'] == expected[80:]
    assert draws_of(loop_of('target', seed=4))['target'] != expected


def test_workers_do_not_change_the_draws():
    found = draws_of(loop_of('a', 'b', workers=1), count=5)
    expected = draws_of(loop_of('a', 'b'), count=5)
    assert found == expected


@pytest.mark.parametrize('world', [2, 3])
def test_processes_share_each_stream(monkeypatch, world):
    seed = stream_seed(3, 'a')

    def part(rank, count, processes):
        monkeypatch.setattr(sampler_module, 'get_dist_info', lambda: (rank, processes))
        return list(itertools.islice(sampler_module.StreamSampler(StreamTickets(), seed=seed), count))

    parts = [part(rank, 20, world) for rank in range(world)]
    assert [draw for step in zip(*parts, strict=True) for draw in step] == part(0, 20 * world, 1)


@pytest.mark.parametrize(
    ('settings', 'named'),
    [
        (dict(max_iters=0), 'max_iters'),
        (dict(max_iters=-5), 'max_iters'),
        (dict(max_iters=2.5), 'max_iters'),
        (dict(val_interval=0), 'val_interval'),
        (dict(val_interval=-3), 'val_interval'),
        (dict(val_begin=-1), 'val_begin'),
        (dict(dynamic_intervals=[(10, 0)]), 'dynamic_intervals'),
        (dict(dynamic_intervals=[(0, 5)]), 'dynamic_intervals'),
        (dict(dynamic_intervals=[(20, 5), (10, 2)]), 'dynamic_intervals'),
        (dict(dynamic_intervals=[(20,)]), 'dynamic_intervals'),
    ],
)
def test_numbers_that_make_no_sense(settings, named):
    with pytest.raises(ConfigError, match=f'train_cfg.{named}'):
        loop_of('a', **settings)
