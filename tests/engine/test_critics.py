"""Two optimizers of one update."""

import copy

import pytest
import torch
from mmengine.optim import PolyLR
from torch import nn

from mtlbench.engine.critics import JointOptimWrapper
from mtlbench.errors import ConfigError
from mtlbench.registry import OPTIM_WRAPPER_CONSTRUCTORS

CRITICS = dict(optimizer=dict(type='Adam', lr=1e-3))


class Model(nn.Module):
    """A network and a critic, named as in a learner."""

    def __init__(self, with_critics=True):
        super().__init__()
        torch.manual_seed(0)
        self.network = nn.Linear(4, 1)
        self.objectives = nn.ModuleDict({'one': nn.Module()})
        if with_critics:
            self.objectives['one'].critics = nn.ModuleDict({'depth': nn.Linear(1, 1)})

    def loss(self, seed):
        out = self.network(torch.randn(8, 4, generator=torch.Generator().manual_seed(seed)))
        return out.square().mean() + self.objectives['one'].critics['depth'](out.detach()).square().mean()


def build(model, **options):
    options = {'optimizer': dict(type='SGD', lr=0.1), 'critics': CRITICS, **options}
    paramwise = options.pop('paramwise_cfg', None)
    node = dict(type='GroupedOptimWrapperConstructor', optim_wrapper_cfg=options, paramwise_cfg=paramwise)
    return OPTIM_WRAPPER_CONSTRUCTORS.build(node)(model)


def names_of(model, wrapper):
    names = {id(value): name for name, value in model.named_parameters()}
    return {names[id(value)] for group in wrapper.param_groups for value in group['params']}


def test_each_has_what_is_its_own():
    model = Model()
    wrapper = build(model, clip_grad=dict(max_norm=1), paramwise_cfg={'network': dict(lr=0.5)})
    assert names_of(model, wrapper['network']) == {'network.weight', 'network.bias'}
    assert names_of(model, wrapper['critics']) == {f'objectives.one.critics.depth.{n}' for n in ('weight', 'bias')}
    assert wrapper['network'].clip_grad_kwargs and not wrapper['critics'].clip_grad_kwargs
    assert wrapper.get_lr() == {'network.lr': [0.5], 'critics.lr': [1e-3]}


def test_an_objective_may_be_called_critics():
    model = Model()
    model.objectives['critics'] = nn.Module()
    model.objectives['critics'].pose = nn.Linear(2, 2)
    assert 'objectives.critics.pose.weight' in names_of(model, build(model)['network'])


def test_other_settings_hold_for_both():
    wrapper = build(Model(), type='MixedPrecisionOptimWrapper', accumulative_counts=3)
    assert [type(one).__name__ for one in wrapper.values()] == ['MixedPrecisionOptimWrapper'] * 2
    assert [one._accumulative_counts for one in wrapper.values()] == [3, 3]


@pytest.mark.parametrize(
    ('with_critics', 'critics', 'said'), [(True, None, 'an objective has critics'), (False, CRITICS, 'no objective')]
)
def test_critics_and_their_optimizer_go_together(with_critics, critics, said):
    with pytest.raises(ConfigError, match=said):
        build(Model(with_critics), critics=critics)


@pytest.mark.parametrize(
    'options',
    [
        dict(accumulative_counts=0),
        dict(accumulative_counts=-2),
        dict(clip_grad=dict(max_norm=0)),
        dict(clip_grad=dict(max_norm=-1.0)),
        dict(clip_grad=dict(type='value', clip_value=-1.0)),
        dict(critics=dict(optimizer=dict(type='Adam', lr=1e-3), clip_grad=dict(max_norm=-1.0))),
        dict(critics=dict(optimizer=dict(type='Adam', lr=1e-3), accumulative_counts=2)),
    ],
)
def test_numbers_that_would_stop_or_turn_the_training(options):
    with pytest.raises(ConfigError, match='optim_wrapper'):
        build(Model(), **options)


def test_float16_is_refused():
    with pytest.raises(ConfigError, match='float16'):
        build(Model(), type='MixedPrecisionOptimWrapper', dtype='float16')


def test_accumulation_updates_both_with_the_mean():
    model, plain = Model(), Model()
    wrapper = build(model, accumulative_counts=2)
    wrapper.initialize_count_status(model, 0, 5)
    optimizers = [
        torch.optim.SGD(plain.network.parameters(), lr=0.1),
        torch.optim.Adam(plain.objectives.parameters(), lr=1e-3),
    ]
    for seeds in ((0, 1), (2, 3), (4,)):  # the last update is of what is left
        for seed in seeds:
            before = model.network.weight.clone()
            with wrapper.optim_context(model):
                loss = model.loss(seed)
            wrapper.update_params(loss)
            assert torch.equal(before, model.network.weight) == (seed != seeds[-1])
        (sum(plain.loss(seed) for seed in seeds) / len(seeds)).backward()
        for optimizer in optimizers:
            optimizer.step()
            optimizer.zero_grad()
    for found, expected in zip(model.parameters(), plain.parameters(), strict=True):
        torch.testing.assert_close(found, expected, rtol=1e-6, atol=1e-7)


def test_state_of_both_goes_round():
    model, other = Model(), Model()
    wrapper, fresh = build(model), build(other)
    for seed in range(3):
        wrapper.update_params(model.loss(seed))
    other.load_state_dict(model.state_dict())
    fresh.load_state_dict(copy.deepcopy(wrapper.state_dict()))
    for one, target in ((wrapper, model), (fresh, other)):
        one.update_params(target.loss(9))
    assert all(torch.equal(a, b) for a, b in zip(model.parameters(), other.parameters(), strict=True))
    assert isinstance(fresh, JointOptimWrapper)


def test_rate_of_the_critics_halfway():
    """xTAM: 1e-4 (1 - step / 90 000)^0.9; 5.358867e-5 at 45 000."""
    from mtlbench.config import load_config

    node = load_config('xtam/sd_cityscapes_vkitti2_uda').param_scheduler
    assert node.network == []
    settings = {key: value for key, value in node.critics[0].items() if key != 'type'}
    optimizer = torch.optim.Adam(nn.Linear(1, 1).parameters(), lr=1e-4)
    scheduler, rates = PolyLR(optimizer, **settings), {}
    for step in range(1, 45_001):
        optimizer.step()
        scheduler.step()
        rates[step] = optimizer.param_groups[0]['lr']
    assert rates[45_000] == pytest.approx(5.358867e-5, rel=1e-6)
    assert rates[1000] == pytest.approx(1e-4 * (1 - 1 / 90) ** 0.9, rel=1e-9)
