"""The contract of every registered balancer, and the values of ours."""

import math

import pytest
import torch
import torch.multiprocessing as mp
from torch import distributed, nn
from torch.nn.parallel import DistributedDataParallel

import mtlbench.balancers  # noqa: F401  registers the balancers
from mtlbench.balancers import FixedWeights, UncertaintyWeights
from mtlbench.errors import ConfigError
from mtlbench.registry import BALANCERS
from mtlbench.testing import BalancerContract

TASKS = ['semseg', 'depth', 'normals']
ARGUMENTS = {'FixedWeights': lambda tasks: dict(weights={task: 100 if task == 'semseg' else 1 for task in tasks})}
VALUES = dict(semseg=0.5, depth=8.0, normals=0.25)


def build(name, tasks=TASKS):
    arguments = ARGUMENTS[name](tasks) if name in ARGUMENTS else {}
    return BALANCERS.build(dict(type=name, tasks=tasks, **arguments))


def make_losses(values=VALUES):
    return {name: torch.tensor(value, requires_grad=True) for name, value in values.items()}


class TestBalancers(BalancerContract):
    cases = [dict(type=name, **(ARGUMENTS[name](TASKS) if name in ARGUMENTS else {})) for name in BALANCERS.names()]

    def test_every_loss_enters(self, case):
        losses = make_losses(VALUES | dict(orthogonal=0.1))
        self.build(case)(losses).backward()
        assert all(loss.grad > 0 for loss in losses.values())


def train(balancer, make, steps=3):
    if not list(balancer.parameters()):
        return
    optimizer = torch.optim.SGD(balancer.parameters(), lr=0.1)
    for _ in range(steps):
        optimizer.zero_grad()
        balancer(make()).backward()
        optimizer.step()


class Balanced(nn.Module):
    """Two losses of one shared weight under a balancer; depth has no loss every other step."""

    def __init__(self, balancer):
        super().__init__()
        self.weight = nn.Parameter(torch.tensor([1.0, 2.0]))
        self.balancer = balancer

    def forward(self, x, step):
        losses = {'semseg': (self.weight[0] * x).pow(2).mean(), 'depth': (self.weight[1] * x - 1).pow(2).mean()}
        if step % 2:
            del losses['depth']
        return self.balancer(losses)


def _train_share(rank, store, names, results):
    distributed.init_process_group('gloo', init_method=f'file://{store}', rank=rank, world_size=2)
    for name in names:
        results[rank, name] = _trained(DistributedDataParallel(Balanced(build(name, TASKS[:2]))), [rank])
    distributed.destroy_process_group()


def _trained(model, shares):
    """Parameters after four updates on the given shares of the data."""
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
    data = torch.randn(4, 2, 3, generator=torch.Generator().manual_seed(0))
    for step in range(4):
        optimizer.zero_grad()
        sum(model(data[step, share], step) / len(shares) for share in shares).backward()
        optimizer.step()
    return {key.removeprefix('module.'): value.tolist() for key, value in model.state_dict().items()}


@pytest.mark.ddp
def test_two_processes_learn_what_one_learns(tmp_path):
    """The average over two processes is the average over the two halves in one."""
    names = BALANCERS.names()
    with mp.get_context('spawn').Manager() as manager:
        results = manager.dict()
        mp.spawn(_train_share, args=(tmp_path / 'store', names, results), nprocs=2)
        found = dict(results)
    for name in names:
        expected = _trained(Balanced(build(name, TASKS[:2])), [0, 1])
        assert found[0, name] == found[1, name]
        for key, value in expected.items():
            assert found[0, name][key] == pytest.approx(value, rel=1e-5, abs=1e-6)


def test_fixed_weights_give_the_weighted_sum():
    losses = make_losses(VALUES | dict(orthogonal=3.0))
    total = FixedWeights(TASKS, dict(semseg=100, depth=1, normals=100, orthogonal=0.5))(losses)
    total.backward()
    assert total == 100 * 0.5 + 8 + 100 * 0.25 + 1.5
    assert [loss.grad.item() for loss in losses.values()] == [100, 1, 100, 0.5]


def test_fixed_weights_name_the_tasks_that_have_none():
    with pytest.raises(ConfigError, match='depth, normals'):
        FixedWeights(TASKS, dict(semseg=1))


def test_fixed_weights_name_the_weights_that_belong_to_nothing():
    balancer = FixedWeights(['depth'], dict(depth=1, semsge=50))
    with pytest.raises(ConfigError, match=r'semsge.*the terms are: depth'):
        balancer(make_losses(dict(depth=1.0)))


def test_uncertainty_weights_start_as_the_plain_sum():
    assert UncertaintyWeights(TASKS)(make_losses()).item() == pytest.approx(sum(VALUES.values()))


def test_uncertainty_weights_have_the_stated_value_and_gradients():
    balancer = UncertaintyWeights(['depth', 'semseg'])
    with torch.no_grad():
        balancer.log_variances['depth'].fill_(math.log(4))
    losses = make_losses(dict(depth=8.0, semseg=0.5))
    total = balancer(losses)
    total.backward()
    assert total.item() == pytest.approx(8 / 4 + math.log(4) + 0.5)
    assert losses['depth'].grad.item() == pytest.approx(1 / 4)
    assert balancer.log_variances['depth'].grad.item() == pytest.approx(1 - 8 / 4)
    assert balancer.log_variances['semseg'].grad.item() == pytest.approx(1 - 0.5)


def test_uncertainty_weights_tend_to_one_over_the_loss():
    balancer = UncertaintyWeights(TASKS)
    train(balancer, make_losses, steps=300)
    for name, value in VALUES.items():
        assert torch.exp(-balancer.log_variances[name]).item() == pytest.approx(1 / value, rel=1e-3)
