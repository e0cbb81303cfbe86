"""Streams that share the encoder's batch, each with decoders of its own (robust, R7)."""

import pytest
import torch
from model_stubs import stub_tasks

from mtlbench.errors import ConfigError
from mtlbench.models import MultiTaskNetwork
from mtlbench.objectives import Batch, Routes, Step

TASKS = dict(labeled=['semseg'], video=['depth'])
TINY = dict(
    encoder=dict(type='ResNetEncoder', depth=18, output_stride=32, weights=None),
    decoder=dict(type='SkipDecoder', channels=(16, 12, 8, 8, 4), aspp_channels=None),
)


@pytest.fixture
def net():
    torch.manual_seed(0)
    return MultiTaskNetwork(stub_tasks(semseg=3, depth=1), **TINY).train()


def batches(counts=(2, 3), sizes=((64, 96), (64, 96))):
    draw = torch.Generator().manual_seed(0)
    images = [torch.rand(count, 3, *size, generator=draw) for count, size in zip(counts, sizes, strict=True)]
    return {stream: Batch(each, []) for stream, each in zip(TASKS, images, strict=True)}


def test_each_stream_has_its_tasks_alone(net):
    step = Step(net, {}, batches(), Routes(TASKS, joint=True))
    assert list(step.predictions('labeled')) == ['semseg'] and list(step.predictions('video')) == ['depth']
    assert step.predictions('video')['depth'][0].shape == (3, 1, 64, 96)
    apart = Step(net, {}, batches(), Routes(TASKS))
    assert list(apart.predictions('video')) == ['depth']


def test_batch_norms_see_the_union(net):
    """A joint step gives what one batch of all images gives, and not what each stream by itself does."""
    joint = Step(net, {}, batches(), Routes(TASKS, joint=True)).predictions('labeled')['semseg'][0]
    images = torch.cat([batch.images for batch in batches().values()])
    assert torch.allclose(joint, net(images)['semseg'][0][:2], atol=1e-6)
    apart = Step(net, {}, batches(), Routes(TASKS)).predictions('labeled')['semseg'][0]
    assert not torch.allclose(joint, apart, atol=1e-4)


def test_statistics_change_by_a_stream_without_gradient(net):
    """Lambda = 1: no gradient of depth reaches the encoder, but its images do."""
    net.gradient_scales = dict(semseg=1.0, depth=0.0)
    before = net.encoder.trunk.bn1.running_mean.clone()
    step = Step(net, {}, batches(), Routes(TASKS, joint=True))
    step.predictions('video')['depth'][0].sum().backward()
    assert all((value.grad == 0).all() for value in net.encoder.parameters())
    assert not torch.equal(net.encoder.trunk.bn1.running_mean, before)


def test_images_of_two_sizes_cannot_share_a_batch(net):
    step = Step(net, {}, batches(sizes=((64, 96), (64, 64))), Routes(TASKS, joint=True))
    with pytest.raises(ConfigError, match='one size'):
        step.predictions('labeled')


def test_with_an_exchange_all_are_decoded_and_the_asked_given():
    torch.manual_seed(0)
    tasks = stub_tasks(semseg=3, depth=1)
    net = MultiTaskNetwork(tasks, **TINY, exchange=dict(type='CrossTaskExchange'), exchange_levels=(1,)).eval()
    images = torch.rand(1, 3, 64, 96)
    found = net(images, ['depth'])
    assert list(found) == ['depth'] and torch.equal(found['depth'][0], net(images)['depth'][0])
