"""Gradients scaled where the decoders meet the encoder (robust, equation 5)."""

import pytest
import torch
from model_stubs import stub_tasks
from torch.autograd import gradcheck

from mtlbench.errors import ConfigError
from mtlbench.models import MultiTaskNetwork
from mtlbench.models.layers import scale_gradient

TINY = dict(
    encoder=dict(type='ResNetEncoder', depth=18, output_stride=32, weights=None),
    decoder=dict(type='SkipDecoder', channels=(16, 12, 8, 8, 4), aspp_channels=None),
)
LEVELS = dict(semseg=(0,), depth=(3, 2, 1, 0))


def network(scales=None):
    torch.manual_seed(0)
    tasks = stub_tasks(semseg=3, depth=1)
    made = MultiTaskNetwork(tasks, **TINY, head_levels=LEVELS, gradient_scales=scales)
    for module in made.modules():  # statistics of a batch would join the images of both streams
        if isinstance(module, torch.nn.BatchNorm2d):
            module.track_running_stats = False
    return made.double().train()


def loss_of(net, images, tasks):
    return sum(level.square().mean() for task in tasks for level in net(images)[task].values())


def gradients(net, images, *tasks):
    net.zero_grad()
    loss_of(net, images, tasks).backward()
    return {name: None if value.grad is None else value.grad.clone() for name, value in net.named_parameters()}


@pytest.fixture
def images():
    return torch.rand(2, 3, 64, 96, dtype=torch.float64, generator=torch.Generator().manual_seed(1))


def test_identity_forward_and_the_factor_backward():
    features = torch.randn(2, 3, dtype=torch.float64, requires_grad=True)
    assert torch.equal(scale_gradient(features, 0.3), features)
    weights = torch.randn(2, 3, dtype=torch.float64)
    (found,) = torch.autograd.grad((scale_gradient(features, 0.3) * weights).sum(), features)
    assert torch.allclose(found, 0.3 * weights, rtol=1e-15)
    assert gradcheck(lambda x: scale_gradient(x, 1.0), features)


@pytest.mark.parametrize('share', [0.0, 0.1, 0.5, 1.0])
def test_the_encoder_sees_the_weighted_sum_and_the_decoders_all(images, share):
    """Against two separate backward passes of the network without scales."""
    plain, scaled = network(), network(dict(semseg=share, depth=1 - share))
    apart = {task: gradients(plain, images, task) for task in LEVELS}
    together = gradients(scaled, images, *LEVELS)
    assert torch.equal(plain(images)['depth'][0], scaled(images)['depth'][0])
    for name, found in together.items():
        if name.startswith('encoder'):
            expected = share * apart['semseg'][name] + (1 - share) * apart['depth'][name]
        else:
            expected = next(one[name] for one in apart.values() if one[name] is not None)
        assert torch.allclose(found, expected, rtol=1e-9, atol=1e-12), name


def test_every_connection_is_scaled(images):
    """Skips and the last map alike: with a factor of zero nothing comes through, while the decoder learns."""
    found = gradients(network(dict(semseg=0.0)), images, 'semseg')
    assert all((grad == 0).all() for name, grad in found.items() if name.startswith('encoder'))
    assert all(grad.abs().sum() > 0 for name, grad in found.items() if name.startswith('decoders.semseg'))


def test_an_attack_sees_the_true_gradient(images):
    """In evaluation nothing is scaled, or lambda = 0 would look as if it could not be attacked."""
    found = []
    for net in (network(), network(dict(semseg=0.0))):
        moved = images.clone().requires_grad_()
        found.append(torch.autograd.grad(loss_of(net.eval(), moved, ['semseg']), moved)[0])
    assert torch.equal(*found) and found[0].abs().sum() > 0


def test_unknown_tasks_are_told():
    with pytest.raises(ConfigError, match='gradient_scales names the tasks'):
        network(dict(normals=0.5))
