"""Weights of convolutions that several tasks reach get the gradient of plain backward passes, in one pass."""

import pytest
import torch
from balancing_parts import EXCHANGE, TASKS, Given, GivenJacobian, batch, build
from torch import nn
from torch.nn import functional as F
from torch.utils.checkpoint import checkpoint

from mtlbench.balancing.gradients import BatchGradients
from mtlbench.balancing.layers import SharedConvolutions
from mtlbench.balancing.sums import weighted_sum
from mtlbench.structures.shared_maps import SharedMaps

EXACT = dict(rtol=1e-12, atol=1e-14)  # the same float64 sums in another order
FACTORS = (0.3, 2.0, 1.0)


class Layers(nn.Module):
    """Convolutions in every way that a network may use one, from shared maps to two losses."""

    def __init__(self):
        super().__init__()
        self.plain, self.frozen_bias, self.grouped = (nn.Conv2d(4, 4, 3, padding=1, groups=g) for g in (1, 1, 2))
        self.frozen_bias.bias.requires_grad_(False)
        self.frozen = nn.Conv2d(4, 4, 1).requires_grad_(False)
        self.twice, self.tied, self.functional, self.again = (nn.Conv2d(4, 4, 1) for _ in range(4))
        self.tied_too = nn.Conv2d(4, 4, 1)
        self.tied_too.weight = self.tied.weight
        self.kept = nn.Conv2d(4, 4, 1)
        self.normal = nn.utils.parametrizations.weight_norm(nn.Conv2d(4, 4, 1))
        self.heads = nn.ModuleList(nn.Conv2d(4, 1, 1) for _ in range(2))

    def forward(self, maps):
        state = F.elu(self.grouped(F.relu(self.frozen_bias(F.elu(self.plain(maps), inplace=True)), inplace=True)))
        state = self.tied_too(self.tied(self.twice(torch.sin(self.twice(self.frozen(state))))))
        state = F.conv2d(state, self.functional.weight) + self.again(state) * self.again.weight.sum()
        state = self.normal(checkpoint(self.kept, state, use_reentrant=False))
        first, second = (head(state) for head in self.heads)
        return [first.square().mean(), second.sin().mean()], state.abs().mean()


def differentiated(weights_once):
    torch.manual_seed(0)
    layers = Layers().double()
    maps = torch.rand(2, 4, 6, 6, dtype=torch.float64)
    shared = SharedMaps()
    given = shared.cut(maps.requires_grad_())
    losses, further = layers(given)
    parameters = [one for one in layers.parameters() if one.requires_grad]
    found = BatchGradients.of(losses, further, shared, parameters, weights_once)
    combined = found.on_tensors(weighted_sum([*found.rows, found.rest], FACTORS))
    by_tensor = {id(tensor): one for tensor, one in zip(found.tensors, combined, strict=True)}
    return layers, found, {name: by_tensor.get(id(one)) for name, one in [('maps', maps), *layers.named_parameters()]}


def test_every_use_of_a_convolution_is_exact():
    _, _, found = differentiated(True)
    _, _, plain = differentiated(False)
    assert found.keys() == plain.keys()
    for name, one in found.items():
        if plain[name] is None:
            assert one is None, name
        else:
            torch.testing.assert_close(one, plain[name], **EXACT, msg=name)


def test_only_convolutions_with_weights_of_their_own_are_differentiated_once():
    layers, found, _ = differentiated(True)
    names = {id(one): name for name, one in layers.named_parameters()}
    once = {names[id(one)].split('.')[0] for one in found.convolutions.all_parameters}
    assert once == {'plain', 'frozen_bias', 'grouped', 'functional', 'kept'}


@pytest.mark.parametrize('balancer', [Given, GivenJacobian])
def test_a_step_differentiates_shared_weights_once(balancer, monkeypatch):
    """The weights of the coarse levels, which all losses reach through the exchange."""
    found = []
    of = SharedConvolutions.of.__func__
    monkeypatch.setattr(
        SharedConvolutions, 'of', classmethod(lambda cls, *args: found.append(of(cls, *args)) or found[-1])
    )
    learner = build(balancer(TASKS), network=EXCHANGE)
    learner(batch(), mode='loss')['loss'].backward()
    names = {id(one): name for name, one in learner.named_parameters()}
    once = {names[id(one)] for one in found[0].all_parameters}
    coarse = {
        name
        for name, one in learner.network.decoders.named_modules()
        if isinstance(one, nn.Conv2d) and 'stages.0' not in name
    }
    assert coarse and {name.rpartition('.')[0] for name in once} == {f'network.decoders.{name}' for name in coarse}


def test_without_exchange_nothing_is_left_to_share():
    learner = build()
    with torch.no_grad():
        maps = learner.network.encode(batch()['labeled'].images)
    predictions = learner.network.decode([one.requires_grad_() for one in maps], (32, 32))
    losses = [sum(one.mean() for one in levels.values()) for levels in predictions.values()]
    assert not SharedConvolutions.of(losses, list(learner.parameters())).outputs
