"""The network of the camera's motion."""

import pytest
import torch

from mtlbench.errors import ConfigError
from mtlbench.models import PoseNetwork
from mtlbench.models.encoders import ResNetEncoder


def build(**options):
    torch.manual_seed(0)
    encoder = dict(type='ResNetEncoder', depth=18, output_stride=32, weights=None)
    return PoseNetwork(encoder, **options).eval()


def count(module):
    return sum(parameter.numel() for parameter in module.parameters())


@pytest.mark.parametrize(('motions', 'head'), [(2, 1_314_572), (1, 1_313_030)])
def test_parameters_are_as_many_as_published(motions, head):
    network = build(motions=motions)
    assert (count(network.encoder), count(network.head)) == (11_185_920, head)


def test_a_new_network_says_that_the_camera_hardly_moves():
    frames = torch.rand(2, 2, 3, 64, 96, generator=torch.Generator().manual_seed(0))
    motion = build()(*frames)
    assert motion.rotation.shape == (2, 3, 3) and motion.translation.shape == (2, 3)
    identity = torch.eye(3).expand(2, 3, 3)
    torch.testing.assert_close(motion.rotation @ motion.rotation.transpose(1, 2), identity, rtol=0, atol=1e-6)
    # The head's numbers are of order one and are divided by a hundred.
    torch.testing.assert_close(motion.rotation, identity, rtol=0, atol=0.05)
    assert motion.translation.abs().max() < 0.05


def test_the_factor_may_be_in_the_first_weights_alone():
    """The same first motion from other weights (robust, R2)."""
    frames = torch.rand(2, 1, 3, 64, 96, generator=torch.Generator().manual_seed(0))
    one, other = build(motions=1), build(motions=1, scale='init')
    torch.testing.assert_close(one(*frames).translation, other(*frames).translation)
    torch.testing.assert_close(100 * other.head[-1].weight, one.head[-1].weight)
    with pytest.raises(ConfigError, match='expected one of output, init'):
        build(scale='first')


def test_pretrained_weights_see_two_equal_frames_as_one(tmp_path):
    """The weights of the first layer are repeated and halved."""
    torch.manual_seed(0)
    single = ResNetEncoder(depth=18, output_stride=32, weights=None).eval()
    path = tmp_path / 'resnet18.pth'
    torch.save(single.trunk.state_dict(), path)
    pair = ResNetEncoder(depth=18, output_stride=32, weights=str(path), images=2).eval()
    pair.init_weights()
    frame = torch.rand(1, 3, 64, 64)
    for one, two in zip(single(frame), pair(torch.cat([frame, frame], 1)), strict=True):
        # The same sum in another order, through 18 layers in single precision.
        torch.testing.assert_close(two, one, rtol=1e-4, atol=1e-4)
