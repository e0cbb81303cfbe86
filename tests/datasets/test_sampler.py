from itertools import islice

import pytest
from mmengine.runner import Runner

from mtlbench.datasets import Draw, StreamSampler
from mtlbench.datasets import sampler as module
from mtlbench.registry import DATASETS

SIZE = 17


@DATASETS.register_module(force=True)
class Tickets:
    """A dataset that answers with the ticket it was given."""

    def __len__(self):
        return SIZE

    def __getitem__(self, ticket):
        return {'index': ticket.index, 'key': ticket.key}


def first(sampler, count):
    return list(islice(sampler, count))


def make(seed=1, rank=0, world=1, start=0, monkeypatch=None, **options):
    if monkeypatch:
        monkeypatch.setattr(module, 'get_dist_info', lambda: (rank, world))
    sampler = StreamSampler(Tickets(), seed=seed, **options)
    sampler.set_start(start)
    return sampler


def test_every_sample_once_an_epoch():
    draws = first(make(), 3 * SIZE)
    for epoch in range(3):
        assert sorted(draw.index for draw in draws[epoch * SIZE : (epoch + 1) * SIZE]) == list(range(SIZE))
    assert [draw.index for draw in draws[:SIZE]] != [draw.index for draw in draws[SIZE : 2 * SIZE]]


def test_keys_differ_from_draw_to_draw():
    assert len({draw.key for draw in first(make(), 10 * SIZE)}) == 10 * SIZE


@pytest.mark.parametrize('start', [1, SIZE - 1, SIZE, 5 * SIZE + 3])
def test_resuming_goes_on_where_it_was(start):
    assert first(make(start=start), 40) == first(make(), start + 40)[start:]


@pytest.mark.parametrize('world', [2, 3])
def test_processes_share_one_stream(monkeypatch, world):
    parts = [first(make(rank=rank, world=world, monkeypatch=monkeypatch), 30) for rank in range(world)]
    together = [draw for step in zip(*parts, strict=True) for draw in step]
    assert together == first(make(monkeypatch=monkeypatch), 30 * world)


def test_seed_decides():
    assert first(make(seed=1), 9) == first(make(seed=1), 9)
    assert first(make(seed=1), 9) != first(make(seed=2), 9)


def test_without_shuffling_the_order_stays():
    assert [draw.index for draw in first(make(shuffle=False), SIZE + 2)] == [*range(SIZE), 0, 1]


def test_a_seed_is_agreed_upon():
    assert isinstance(StreamSampler(Tickets()).seed, int)


@pytest.mark.parametrize('workers', [0, 2])
def test_in_a_loader_built_by_the_runner(workers):
    config = {
        'dataset': {'type': 'Tickets', '_scope_': 'mtlbench'},
        'sampler': {'type': 'StreamSampler', '_scope_': 'mtlbench'},
        'batch_size': 4,
        'num_workers': workers,
        'persistent_workers': workers > 0,
    }
    loader = Runner.build_dataloader(config, seed=3)
    loader.sampler.set_start(8)
    batches = islice(loader, 6)
    seen = [Draw(*ticket) for batch in batches for ticket in zip(batch['index'], batch['key'], strict=True)]
    assert seen == first(make(seed=3), 8 + 24)[8:]
