"""The contract of every registered balancer, and the values of ours."""

import math

import pytest
import torch
import torch.multiprocessing as mp
from torch import distributed, nn
from torch.nn.parallel import DistributedDataParallel

import mtlbench.balancers  # noqa: F401  registers the balancers
from mtlbench.balancers import FixedWeights, Measured, UncertaintyWeights
from mtlbench.errors import ConfigError
from mtlbench.processes import draw_in_common, together
from mtlbench.registry import BALANCERS
from mtlbench.testing import BalancerContract
from mtlbench.testing.balancer_inputs import update_at

TASKS = ['semseg', 'depth', 'normals']
VALUES = dict(semseg=0.5, depth=8.0, normals=0.25)
FURTHER = [
    dict(type='FixedWeights', weights=dict(semseg=100, depth=1, normals=1)),
    dict(type='AlignedMTL', scale_mode='median'),
    dict(type='DWA', window=2),
    dict(type='FairGrad', alpha=1.0),
    dict(type='GradDrop', leak=0.3),
    dict(type='STCH', warmup=1),
    dict(type='STCH', form='plain', mu=0.5),
]
"""Cases besides each class with its defaults."""
DIRECTION_KEPT = [
    dict(type='IMTLG'),
    dict(type='NashMTL'),
    dict(type='FairGrad', alpha=1.0),
    dict(type='GLS'),
    dict(type='FAMO'),
    dict(type='STCH', warmup=1),
]
"""A factor of a loss does not change the direction of the update."""


def known(cases):
    return [case for case in cases if case['type'] in BALANCERS.names()]


def make_losses(values=VALUES):
    return {name: torch.tensor(value, requires_grad=True) for name, value in values.items()}


class TestBalancers(BalancerContract):
    cases = [dict(type=name) for name in BALANCERS.names()] + known(FURTHER)


def weights_with(case, factor, updates=6):
    """Weights after some updates, in which the loss of depth is multiplied by a factor."""
    balancer = BALANCERS.build(dict(case, tasks=TASKS))
    balancer.epoch = 1
    factors = torch.tensor([1, factor, 1], dtype=torch.float64)
    for number in range(updates):
        found = update_at(number).measured
        scaled = Measured(found.tasks, found.losses * factors, factors[:, None] * found.gramian * factors)
        weights = torch.tensor(list(balancer.weigh(scaled).values()))
        if balancer.looks_back:
            after = update_at(number + 1).measured
            balancer.after_update(scaled, Measured(after.tasks, after.losses * factors))
    return weights * factors if case['type'] != 'DWA' else weights


@pytest.mark.parametrize('case', known(DIRECTION_KEPT), ids=lambda case: case['type'])
def test_factor_of_a_loss_does_not_change_the_direction(case):
    one, other = weights_with(case, 1.0), weights_with(case, 1e3)
    # FAMO and GLS add 1e-8 to losses of 0.1 and more.
    torch.testing.assert_close(other / other.sum(), one / one.sum(), rtol=1e-6, atol=0)


@pytest.mark.parametrize('case', known([dict(type='DWA', window=1)]), ids=lambda case: case['type'])
def test_factor_of_a_loss_does_not_change_the_weights(case):
    one = weights_with(case, 1.0)
    torch.testing.assert_close(weights_with(case, 1e3), one, rtol=1e-12, atol=0)
    assert one.unique().numel() > 1


def train(balancer, make, steps=3):
    optimizer = torch.optim.SGD(balancer.parameters(), lr=0.1)
    for _ in range(steps):
        optimizer.zero_grad()
        balancer(make()).backward()
        optimizer.step()


OF_LOSSES = [name for name in BALANCERS.names() if BALANCERS.get(name).consumes == 'losses']


class Balanced(nn.Module):
    """Two losses of one shared weight under a balancer; depth has no loss every other step."""

    def __init__(self, name):
        super().__init__()
        self.weight = nn.Parameter(torch.tensor([1.0, 2.0], dtype=torch.float64))
        self.balancer = BALANCERS.build(dict(type=name, tasks=TASKS[:2])).double()

    def forward(self, x, step):
        losses = {'semseg': (self.weight[0] * x).pow(2).mean(), 'depth': (self.weight[1] * x - 1).pow(2).mean()}
        if step % 2:
            del losses['depth']
        with together(), draw_in_common(step):
            return self.balancer(losses)


def _train_share(rank, store, results):
    distributed.init_process_group('gloo', init_method=f'file://{store}', rank=rank, world_size=2)
    for name in OF_LOSSES:
        results[rank, name] = _trained(DistributedDataParallel(Balanced(name)), slice(rank, rank + 1))
    distributed.destroy_process_group()


def _trained(model, share):
    """Parameters and buffers after four updates on a share of the data."""
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
    data = torch.randn(4, 2, 3, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    for step in range(4):
        optimizer.zero_grad()
        model(data[step, share], step).backward()
        optimizer.step()
    return {key.removeprefix('module.'): value.double().tolist() for key, value in model.state_dict().items()}


@pytest.mark.ddp
def test_two_processes_learn_what_one_learns(tmp_path):
    """Two processes with half of the data each end with the parameters and the state of one with all."""
    with mp.get_context('spawn').Manager() as manager:
        results = manager.dict()
        mp.spawn(_train_share, args=(tmp_path / 'store', results), nprocs=2)
        found = dict(results)
    for name in OF_LOSSES:
        expected = _trained(Balanced(name), slice(None))
        for key, value in expected.items():
            for rank in range(2):
                one, other = (torch.tensor(i, dtype=torch.float64) for i in (found[rank, name][key], value))
                torch.testing.assert_close(one, other, rtol=1e-12, atol=1e-14, equal_nan=True)


def test_fixed_weights_give_the_weighted_sum():
    losses = make_losses()
    total = FixedWeights(TASKS, dict(semseg=100, depth=1, normals=100))(losses)
    total.backward()
    assert total == 100 * 0.5 + 8 + 100 * 0.25
    assert [loss.grad.item() for loss in losses.values()] == [100, 1, 100]


def test_fixed_weights_name_the_tasks_that_have_none():
    with pytest.raises(ConfigError, match='depth, normals'):
        FixedWeights(TASKS, dict(semseg=1))


def test_fixed_weights_name_the_weights_that_belong_to_nothing():
    with pytest.raises(ConfigError, match=r'semsge.*the tasks are depth'):
        FixedWeights(['depth'], dict(depth=1, semsge=50))


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
