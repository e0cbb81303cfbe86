"""Gramians over two processes, by hand: g_1 = (2, 0) | (0, 2) and g_2 = (1, 1) | (1, -1)."""

import pytest
import torch
import torch.multiprocessing as mp
from torch import distributed, nn

from mtlbench.balancers import GramianBalancer
from mtlbench.balancing import SeparateGradients
from mtlbench.processes import together
from mtlbench.structures.shared_maps import shared

ROWS = [{'a': (2.0, 0.0), 'b': (1.0, 1.0)}, {'a': (0.0, 2.0), 'b': (1.0, -1.0)}]
# Parameters: products of the mean gradients. Maps of different samples: sum of the products over W^2.
EXPECTED = {'parameters': [[2, 1], [1, 1]], 'maps': [[2, 0], [0, 1]]}


class Seen(GramianBalancer):
    def weights(self, measured):
        self.gramian = measured.gramian
        return torch.ones(2, dtype=torch.float64)


def gramian_of(rank, on):
    learner = nn.Module()
    learner.encoder = nn.Linear(1, 2, bias=False).double()
    balancer = Seen(['a', 'b'])
    separate = SeparateGradients(balancer, learner, learner.encoder, on)
    with together():
        with separate.recording():
            (maps,) = shared([learner.encoder(torch.ones(1, dtype=torch.float64))])
        losses = {task: maps @ torch.tensor(row, dtype=torch.float64) for task, row in ROWS[rank].items()}
        separate.total(losses, [torch.zeros((), dtype=torch.float64)])
    return balancer.gramian


def _share(rank, store, results):
    distributed.init_process_group('gloo', init_method=f'file://{store}', rank=rank, world_size=2)
    for on in EXPECTED:
        results[rank, on] = gramian_of(rank, on).tolist()
    distributed.destroy_process_group()


@pytest.mark.ddp
def test_gramians_of_two_processes_are_those_of_the_algebra(tmp_path):
    with mp.get_context('spawn').Manager() as manager:
        results = manager.dict()
        mp.spawn(_share, args=(tmp_path / 'store', results), nprocs=2)
        found = dict(results)
    for (_, on), gramian in found.items():
        expected = torch.tensor(EXPECTED[on], dtype=torch.float64)
        torch.testing.assert_close(
            torch.tensor(gramian, dtype=torch.float64), 2 * expected / expected.trace(), rtol=1e-14, atol=1e-15
        )
