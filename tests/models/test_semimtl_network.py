"""The heads of SemiMTL's network, and decoders that differ by task (SemiMTL)."""

import pytest
import torch
from model_stubs import parameters, stub_tasks
from torch.nn import functional as F

from mtlbench.errors import ConfigError
from mtlbench.models import MultiTaskNetwork
from mtlbench.models.decoders import ConvUpDecoder, PSPDecoder
from mtlbench.models.discriminators import PixelDiscriminator

RESNET101 = dict(encoder_channels=(64, 256, 512, 1024, 2048), encoder_strides=(2, 4, 8, 8, 8))
ENCODER = dict(type='ResNetEncoder', depth=18, stages=2, output_stride=8, weights=None)
HEADS = dict(first=dict(type='PSPDecoder', channels=8), second=dict(type='ConvUpDecoder', channels=(12, 8, 4)))


def build(decoder, **changes):
    torch.manual_seed(0)
    return MultiTaskNetwork(stub_tasks(first=3, second=1), ENCODER, decoder, **changes)


def test_numbers_of_parameters():
    with torch.device('meta'):
        psp, conv_up = PSPDecoder(**RESNET101), ConvUpDecoder(**RESNET101)
        critics = [PixelDiscriminator(*channels) for channels in ((19, 3), (19, 2), (6, 3), (1, 3), (1, 2))]
    # Decoders and heads: 512 -> classes, 128 -> 1, with bias.
    assert [parameters(psp) + 513 * classes for classes in (19, 6)] == [23_083_539, 23_076_870]
    assert parameters(conv_up) + 129 == 10_913_665
    assert list(map(parameters, critics)) == [2_797_507, 2_789_314, 2_784_195, 2_779_075, 2_770_882]


def test_pyramid_pooling_written_out():
    torch.manual_seed(0)
    decoder = PSPDecoder((4, 6), (4, 8), channels=5).eval()
    last = torch.randn(2, 6, 9, 12)
    grids = [last]
    for side, pool in zip((1, 2, 3, 6), decoder.pools, strict=True):
        convolution, norm, _ = pool[1]
        mean = F.relu(norm(F.conv2d(F.adaptive_avg_pool2d(last, side), convolution.weight)))
        grids.append(F.interpolate(mean, (9, 12), mode='bilinear', align_corners=True))
    convolution, norm, _ = decoder.project[0]
    expected = F.relu(norm(F.conv2d(torch.cat(grids, 1), convolution.weight, padding=1)))
    assert torch.allclose(decoder(0, [last], None), expected, atol=1e-5)


def test_depth_grows_fourfold():
    decoder = ConvUpDecoder((4, 16), (4, 8), channels=(12, 8, 4))
    assert decoder(0, [torch.randn(2, 16, 5, 7)], None).shape == (2, 4, 20, 28)


def test_tasks_have_decoders_of_their_own():
    network = build({**HEADS, 'third': HEADS['first']}).eval()
    assert [type(one).__name__ for one in network.decoders.values()] == ['PSPDecoder', 'ConvUpDecoder']
    images = torch.rand(2, 3, 32, 64)
    predictions = network(images)
    features = network.encode(images)
    for name in ('first', 'second'):
        coarse = network.heads[name]['0'](network.decoders[name](0, features, None))
        expected = F.interpolate(coarse, (32, 64), mode='bilinear', align_corners=True)
        assert torch.allclose(predictions[name][0], expected, atol=1e-6)


def test_decoders_that_do_not_go_together_are_named():
    with pytest.raises(ConfigError, match='no decoder for second'):
        build(dict(first=HEADS['first']))
    with pytest.raises(ConfigError, match='same levels'):
        build({**HEADS, 'first': dict(type='SkipDecoder', channels=(8, 8, 8, 8), aspp_channels=8)})
    skips = [dict(type='SkipDecoder', channels=(8, 8, 8, width), aspp_channels=8) for width in (8, 4)]
    levels = dict(exchange=dict(type='CrossTaskExchange'), head_levels=(1, 0))
    build(dict(first=skips[0], second=skips[1]), exchange_levels=(1,), **levels)
    narrow = {**skips[0], 'channels': (8, 8, 4, 8)}
    with pytest.raises(ConfigError, match='equal channels'):
        build(dict(first=skips[0], second=narrow), exchange_levels=(1,), **levels)


def test_pyramid_pooling_names_the_batch_size_of_one():
    with pytest.raises(ConfigError, match='batch_size'):
        PSPDecoder((4, 6), (4, 8))(0, [torch.randn(1, 6, 8, 8)], None)


def test_critics_may_begin_as_dcgan_does():
    torch.manual_seed(0)
    critic = PixelDiscriminator(3, 2, dcgan_init=True)
    found = dict(critic.named_parameters())
    weights = [value for value in found.values() if value.ndim == 4]
    assert len(weights) == 5
    # 3072 weights and more in all but the last layer: their deviation is known to about 1 in 80.
    assert all(value.std().item() == pytest.approx(0.02, rel=0.05) for value in weights[:4])
    assert not any(value.any() for value in found.values() if value.ndim == 1)
    # Known from the start: fifteen power iterations leave a few hundredths.
    assert torch.linalg.matrix_norm(critic.eval().convs[0].weight.flatten(1), 2).item() == pytest.approx(1, abs=0.1)
