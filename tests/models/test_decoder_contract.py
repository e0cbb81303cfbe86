"""The contract of decoders, and what is particular to each (xTAM)."""

import pytest
import torch
from model_stubs import parameters
from torch.nn import functional as F

from mtlbench.errors import ConfigError
from mtlbench.models.decoders import DeepLabDecoder, PADNetDecoder, SkipDecoder
from mtlbench.models.layers import ASPP
from mtlbench.registry import DECODERS
from mtlbench.testing import DecoderContract

RESNET101 = dict(encoder_channels=(64, 256, 512, 1024, 2048), encoder_strides=(2, 4, 8, 16, 16))
# (channels, strides): as ResNet at both output strides, without a stride-2 map, and with two maps only.
ENCODERS = [
    ((4, 8, 12, 16, 24), (2, 4, 8, 16, 16)),
    ((4, 8, 12, 16, 24), (2, 4, 8, 16, 32)),
    ((8, 12, 16, 24), (4, 8, 16, 32)),
    ((8, 24), (4, 16)),
]
SMALL = {'SkipDecoder': dict(channels=(24, 20, 16, 12, 8), aspp_channels=10)}
SMALLER = {
    'DeepLabDecoder': dict(channels=8, rates=(1, 2)),
    'PADNetDecoder': dict(channels=8),
    'PSPDecoder': dict(channels=8),
    'ConvUpDecoder': dict(channels=(8, 4)),
}
every_encoder = pytest.mark.parametrize(('channels', 'strides'), ENCODERS, ids=str)


def build(name, channels, strides, **changes):
    torch.manual_seed(0)
    options = {**SMALL.get(name, {}), **changes}
    return DECODERS.build(dict(type=name, encoder_channels=channels, encoder_strides=strides, **options))


def maps(channels, strides, size=(64, 96)):
    generator = torch.Generator().manual_seed(0)
    sizes = [(2, c, size[0] // s, size[1] // s) for c, s in zip(channels, strides, strict=True)]
    return [torch.randn(shape, generator=generator).requires_grad_() for shape in sizes]


def run(decoder, features):
    """States by level."""
    states, state = {}, None
    for level in decoder.levels:
        states[level] = state = decoder(level, features, state)
    return states


class TestDecoders(DecoderContract):
    cases = [dict(type=name, **{**SMALL.get(name, {}), **SMALLER.get(name, {})}) for name in DECODERS.names()]


@every_encoder
def test_skip_decoder_follows_the_strides(channels, strides):
    states = run(build('SkipDecoder', channels, strides), maps(channels, strides))
    assert {level: tuple(state.shape[-2:]) for level, state in states.items()} == {
        level: (64 // 2**level, 96 // 2**level) for level in (4, 3, 2, 1, 0)
    }


def test_skip_decoder_takes_each_map_at_its_own_level():
    channels, strides = ENCODERS[0]
    decoder, features = build('SkipDecoder', channels, strides).eval(), maps(channels, strides)
    for position, level in {3: 4, 2: 3, 1: 2, 0: 1}.items():
        changed = list(features)
        changed[position] = features[position] + 1
        before, after = run(decoder, features), run(decoder, changed)
        assert [k for k in decoder.levels if not torch.equal(before[k], after[k])] == list(range(level, -1, -1))


def test_skips_may_be_projected():
    channels, strides = ENCODERS[0]
    decoder, features = build('SkipDecoder', channels, strides, skip_channels=3).eval(), maps(channels, strides)
    stage, state = decoder.stages['1'], torch.randn(2, 16, 16, 24)
    convolution, norm, _ = stage.projection
    assert convolution.weight.shape == (3, channels[0], 1, 1)
    taken_in = F.relu(norm(F.conv2d(features[0], convolution.weight)))
    inner = stage.first(state).repeat_interleave(2, 2).repeat_interleave(2, 3)
    assert torch.allclose(decoder(1, features, state), stage.second(torch.cat([inner, taken_in], 1)), atol=1e-5)
    assert decoder.stages['0'].projection is None


@pytest.mark.parametrize('norm', [False, True])
def test_skip_decoder_level_written_out(norm):
    """Level 1: block, nearest x2, skip behind the decoder's features, block."""
    channels, strides = ENCODERS[0]
    decoder, features = build('SkipDecoder', channels, strides, norm=norm), maps(channels, strides)
    run(decoder, features)  # batch norm has statistics of its own afterwards
    decoder.eval()
    state = torch.randn(2, 16, 16, 24)

    def block(module, value):
        value = F.conv2d(F.pad(value, (1, 1, 1, 1), 'reflect'), module.conv.weight, module.conv.bias)
        if norm:
            mean, spread = module.norm.running_mean, (module.norm.running_var + module.norm.eps).sqrt()
            value = (value - mean[:, None, None]) / spread[:, None, None]
        return F.elu(value)

    inner = block(decoder.stages['1'].first, state).repeat_interleave(2, 2).repeat_interleave(2, 3)
    expected = block(decoder.stages['1'].second, torch.cat([inner, features[0]], 1))
    assert torch.allclose(decoder(1, features, state), expected, atol=1e-5)


def test_numbers_of_parameters():
    with torch.device('meta'):
        skip, deeplab, padnet = (kind(**RESNET101) for kind in (SkipDecoder, DeepLabDecoder, PADNetDecoder))
    assert parameters(skip) == 22_061_440
    first = [parameters(stage.first) for stage in skip.stages.values()]
    second = [parameters(stage.second) for stage in skip.stages.values()]
    assert first == [15_535_104, 590_080, 295_040, 147_584, 73_792]
    assert second == [2_949_376, 1_769_728, 442_496, 221_312, 36_928]
    assert parameters(deeplab) == 16_125_440
    # The whole model, less encoder, distillation and heads.
    heads = 2 * 257 * 15
    assert parameters(padnet) == (46_709_342 - 42_500_160 - 2 * 18 * 256**2 - heads) // 2


def test_skip_decoder_with_fewer_levels():
    decoder = SkipDecoder((8, 12), (4, 8), channels=(12, 8, 6, 4), aspp_channels=8)
    assert decoder.levels == (3, 2, 1, 0)
    assert run(decoder, maps((8, 12), (4, 8)))[0].shape == (2, 4, 64, 96)


def test_skip_decoder_cannot_start_below_the_encoder():
    with pytest.raises(ConfigError, match='stride 8'):
        SkipDecoder((8, 12), (4, 8))


def test_aspp_pooled_branch_repeats_the_mean():
    aspp = ASPP(3, 4, rates=(2,), dropout=0.5).eval()
    features = torch.randn(2, 3, 5, 6)
    pooled = aspp.pooled(F.adaptive_avg_pool2d(features, 1))
    views = [branch(features) for branch in aspp.branches]
    spread = F.interpolate(pooled, size=(5, 6), mode='bilinear', align_corners=False)
    assert torch.allclose(aspp(features), aspp.project(torch.cat([*views, spread], 1)), atol=1e-6)


def test_aspp_names_the_batch_size_of_one():
    with pytest.raises(ConfigError, match='batch_size'):
        ASPP(3, 4, rates=(2,))(torch.randn(1, 3, 5, 6))
