"""Images too small for a network that reflects borders."""

import pytest
import torch
from model_stubs import stub_tasks

from mtlbench.errors import ConfigError
from mtlbench.models import MultiTaskNetwork
from mtlbench.registry import DISCRIMINATORS
from mtlbench.tasks import DisparityDepthTask

RESNET = dict(type='ResNetEncoder', depth=18, output_stride=32, weights=None)
SKIP = dict(type='SkipDecoder', channels=(8, 8, 8, 4, 4), aspp_channels=None)


@pytest.mark.parametrize(
    ('tasks', 'decoder', 'smallest'),
    [
        (stub_tasks(semseg=3), SKIP, 64),
        (stub_tasks(semseg=3), dict(SKIP, channels=(8, 8, 8, 4)), 64),
        ({'depth': DisparityDepthTask()}, dict(type='ConvUpDecoder', channels=(4,)), 64),
    ],
)
@pytest.mark.parametrize('training', [True, False])
def test_are_refused_with_the_smallest_size_that_goes(tasks, decoder, smallest, training):
    torch.manual_seed(0)
    net = MultiTaskNetwork(tasks, encoder=RESNET, decoder=decoder).train(training)
    for size in ((32, 32), (32, 128), (128, 32)):
        with pytest.raises(ConfigError, match=f'too small .* use a height and width of at least {smallest}'):
            net(torch.rand(2, 3, *size))
    assert net.training is training
    name = next(iter(tasks))
    assert net(torch.rand(2, 3, smallest, smallest))[name][0].shape[-2:] == (smallest, smallest)


@pytest.mark.parametrize('name', DISCRIMINATORS.names())
def test_maps_too_small_for_a_critic(name):
    critic = DISCRIMINATORS.build(dict(type=name, in_channels=3, out_channels=2, channels=(4, 4)))
    assert critic(torch.rand(1, 3, 8, 8)).shape[:2] == (1, 2)
    with pytest.raises(ConfigError, match='at least 8 x 8'):
        critic(torch.rand(1, 3, 16, 4))
