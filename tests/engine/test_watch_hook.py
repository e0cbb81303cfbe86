"""Names and values of curves."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
import torch
from mmengine.logging import HistoryBuffer
from mmengine.optim import OptimWrapper, OptimWrapperDict
from torch import nn

from mtlbench.balancers import FixedWeights, UncertaintyWeights
from mtlbench.engine.hooks.watch import constant_weights, rate_groups, shared_path, train_means


@pytest.mark.parametrize(
    ('names', 'expected'),
    [
        (['network.encoder.a.weight', 'network.encoder.b'], 'network.encoder'),
        (['network.encoder.a', 'network.encoders.a'], 'network'),
        (['network.a', 'balancer.b'], ''),
        (['network.a.weight'], 'network.a.weight'),
    ],
)
def test_the_shared_path_ends_at_a_module(names, expected):
    assert shared_path(names) == expected


def test_groups_of_one_rate_share_a_curve():
    model = nn.ModuleDict({name: nn.Linear(1, 1) for name in ('encoder', 'decoder', 'critic')})
    groups = [
        {'params': [model.encoder.weight], 'lr': 0.1},
        {'params': [model.decoder.weight], 'lr': 0.2},
        {'params': [model.encoder.bias], 'lr': 0.1, 'weight_decay': 0.1},
        {'params': [model.decoder.bias], 'lr': 0.3},
    ]
    network = OptimWrapper(torch.optim.SGD(groups))
    critics = OptimWrapper(torch.optim.SGD(model.critic.parameters(), lr=0.1))
    runner = SimpleNamespace(model=model, optim_wrapper=OptimWrapperDict(network=network, critics=critics))
    assert rate_groups(runner) == {
        'encoder': ('network', 0),
        'decoder.weight': ('network', 1),
        'decoder.bias': ('network', 3),
        'critic': ('critics', 0),
    }


def test_losses_and_times_are_means_over_the_interval():
    scalars = {
        'train/loss': [4.0, 2.0, 1.0],
        'train/loss_semseg': [9.0, 3.0, 1.0],
        'train/loss_pseudo_semseg': [0.0, 1.0, 0.0],
        'train/critics_depth': [1.0, 1.0, 3.0],
        'train/time': [1.0, 0.5, 0.25],
        'train/loss_scale': [65536.0, 65536.0, 32768.0],
        'train/grad_norm': [1.0, 3.0, 5.0],
        'train/lr': [1.0, 1.0, 1.0],
        'val/loss_x': [1.0],
    }
    hub = SimpleNamespace(log_scalars={name: HistoryBuffer(log, [1] * len(log)) for name, log in scalars.items()})
    assert train_means(SimpleNamespace(message_hub=hub), 2) == {
        'loss/total': 1.5,
        'loss/semseg': 2.0,
        'loss/pseudo_semseg': 0.5,
        'critics/depth': 2.0,
        'seconds/iteration': 0.375,
        'gradient/scale': 49152.0,
        'gradient/norm': 4.0,
    }


def test_weights_are_means_over_the_updates_of_the_interval():
    scalars = {'train/loss': [9.0, 1.0, 2.0, 3.0, 4.0], 'train/weight_a': [8.0, 1.0, 2.0], 'train/conflict': [1.0, 0.0]}
    hub = SimpleNamespace(log_scalars={name: HistoryBuffer(log, [1] * len(log)) for name, log in scalars.items()})
    wrapper = OptimWrapper(torch.optim.SGD(nn.Linear(1, 1).parameters(), lr=0.1), accumulative_counts=2)
    runner = SimpleNamespace(message_hub=hub, optim_wrapper=wrapper)
    # Four iterations are two updates.
    assert train_means(runner, 4) == {'loss/total': 2.5, 'weight/a': 1.5, 'gradient/conflict': 0.5}


def test_only_constant_weights_are_asked_of_the_balancer():
    for balancer, expected in (
        (FixedWeights(['a'], {'a': 2.0}), {'weight/a': 2.0}),
        (UncertaintyWeights(['a']), {}),
    ):
        runner = SimpleNamespace(model=SimpleNamespace(balancer=balancer))
        assert constant_weights(runner) == expected


def test_balancers_tell_their_weights():
    assert FixedWeights(['a', 'b'], {'a': 2.0, 'b': 1.0}).current_weights() == {'a': 2.0, 'b': 1.0}
    balancer = UncertaintyWeights(['a', 'b'])
    losses = {'a': torch.tensor(3.0), 'b': torch.tensor(5.0)}
    with torch.no_grad():
        balancer.log_variances['a'].fill_(0.7)
    # The weight of a loss is the derivative of the sum with respect to it.
    for task, value in losses.items():
        value.requires_grad_()
        (slope,) = torch.autograd.grad(balancer(losses), value)
        assert balancer.current_weights()[task] == pytest.approx(slope.item(), rel=1e-6)
