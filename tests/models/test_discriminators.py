"""The contract of discriminators, what is particular to each, and their numbers of parameters."""

import pytest
import torch
from model_stubs import parameters

import mtlbench.models.discriminators  # noqa: F401  registers them
from mtlbench.registry import DISCRIMINATORS
from mtlbench.testing import DiscriminatorContract

SIZE = (64, 96)


every_critic = pytest.mark.parametrize('kind', DISCRIMINATORS.names())


class TestDiscriminators(DiscriminatorContract):
    cases = [dict(type=name, channels=(8, 8, 16, 16)) for name in DISCRIMINATORS.names()]


def maps(channels=3, size=SIZE, seed=1):
    return torch.randn(2, channels, *size, generator=torch.Generator().manual_seed(seed))


@every_critic
def test_all_but_the_last_layer_of_spectral_norm_one(kind):
    torch.manual_seed(0)
    critic = DISCRIMINATORS.build(dict(type=kind, in_channels=3, out_channels=2, channels=(8, 8, 16, 16)))
    for _ in range(200):
        critic(maps())
    layers = [layer for layer in critic.modules() if isinstance(layer, torch.nn.Conv2d)]
    for layer in layers[:-1]:
        # The power iteration has long arrived; what is left is rounding.
        assert torch.linalg.matrix_norm(layer.weight.flatten(1), 2).item() == pytest.approx(1, abs=1e-3)


@pytest.mark.parametrize(
    ('kind', 'channels', 'count'),
    [
        ('PatchDiscriminator', (16, 1), 2_778_049),
        ('PatchDiscriminator', (8, 1), 2_769_857),
        ('PatchDiscriminator', (3, 1), 2_764_737),
        ('PatchDiscriminator', (1, 1), 2_762_689),
        ('PixelDiscriminator', (19, 3), 2_797_507),
        ('PixelDiscriminator', (19, 2), 2_789_314),
        ('PixelDiscriminator', (6, 3), 2_784_195),
        ('PixelDiscriminator', (1, 3), 2_779_075),
        ('PixelDiscriminator', (1, 2), 2_770_882),
    ],
)
def test_numbers_of_parameters(kind, channels, count):
    """As computed by hand from the layers of xTAM and SemiMTL."""
    with torch.device('meta'):
        critic = DISCRIMINATORS.build(dict(type=kind, in_channels=channels[0], out_channels=channels[1]))
    assert parameters(critic) == count


def test_one_verdict_for_each_patch_and_for_each_pixel():
    """The layers that xTAM and SemiMTL describe."""
    patch = DISCRIMINATORS.build(dict(type='PatchDiscriminator', in_channels=1, channels=(4, 4, 4, 4)))
    assert patch(torch.rand(1, 1, 512, 1024)).shape == (1, 1, 16, 32)
    pixel = DISCRIMINATORS.build(dict(type='PixelDiscriminator', in_channels=1, out_channels=3, channels=(4, 4, 4, 4)))
    logits = pixel(torch.rand(1, 1, 64, 96))
    assert logits.shape == (1, 3, 64, 96)
    # The last layer is free of the norm, whatever its weights.
    with torch.no_grad():
        pixel.convs[-1].weight.mul_(2)
        pixel.convs[-1].bias.mul_(2)
    pixel.eval()
    twice = pixel(torch.rand(1, 1, 64, 96, generator=torch.Generator().manual_seed(0)))
    with torch.no_grad():
        pixel.convs[-1].weight.div_(2)
        pixel.convs[-1].bias.div_(2)
    once = pixel(torch.rand(1, 1, 64, 96, generator=torch.Generator().manual_seed(0)))
    assert torch.allclose(twice, 2 * once, rtol=1e-5, atol=1e-6)


def test_the_whole_batch_is_mirrored_in_training_only():
    critic = DISCRIMINATORS.build(dict(type='PatchDiscriminator', in_channels=3, flip_prob=1.0))
    critic.eval()
    plain, mirrored = critic(maps()), critic(maps().flip(-1))
    assert not torch.allclose(plain, mirrored, atol=1e-6)
    for layer in critic.modules():  # the same weights in training: the estimate of the norm stays where it is
        if layer is not critic:
            layer.eval()
    critic.training = True
    assert torch.equal(critic(maps()), mirrored.flip(-1))
