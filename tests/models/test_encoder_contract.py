"""The contract of encoders, and what is particular to each."""

import pytest
import torch
from torch import nn

from mtlbench.errors import CheckpointError, ConfigError
from mtlbench.models.encoders import ResNetEncoder, TimmEncoder, TorchvisionEncoder
from mtlbench.models.encoders.torchvision import find_taps
from mtlbench.registry import ENCODERS
from mtlbench.testing import EncoderContract
from mtlbench.testing.contract import label

# A small variant of every encoder; a new one adds itself here.
EXAMPLES = {
    'ResNetEncoder': [
        dict(depth=18, output_stride=16, weights=None),
        dict(depth=50, output_stride=32, weights=None),
        dict(depth=18, output_stride=8, stages=3, weights=None),
    ],
    'TorchvisionEncoder': [
        dict(name='mobilenet_v3_small'),
        dict(name='convnext_tiny'),
        dict(name='swin_t'),
        dict(name='regnet_x_400mf'),
        dict(name='efficientnet_b0'),
        dict(name='shufflenet_v2_x0_5'),
    ],
    'SegNet': [dict(filters=(4, 4, 8, 8, 8))],
    'SegNetMTAN': [dict(filters=(4, 4, 8, 8, 8))],
    'TimmEncoder': [
        dict(name='mobilenetv3_small_050'),
        dict(name='resnet10t', output_stride=16),
        dict(name='tf_efficientnet_lite0', output_stride=8, stages=4),
    ],
}
CASES = [dict(type=name, **options) for name in ENCODERS.names() for options in EXAMPLES.get(name, [{}])]
LARGE = ('convnext_tiny', 'swin_t', 'regnet_x_400mf', 'efficientnet_b0')
CHECKS_OF_LARGE = (
    'test_channels_and_strides_are_as_declared',
    'test_gradients_are_finite_and_reach_every_parameter',
)


def is_large(case):
    return case.get('name') in LARGE or case.get('depth') == 50


class TestEncoders(EncoderContract):
    cases = [case for case in CASES if not is_large(case)]

    def build(self, case, seed=0, **arguments):
        if case['type'] == 'TimmEncoder':
            pytest.importorskip('timm')
        return super().build(case, seed, **arguments)


@pytest.mark.parametrize('check', CHECKS_OF_LARGE)
@pytest.mark.parametrize('case', [*filter(is_large, CASES)], ids=label)
def test_large_encoders(case, check):
    """The checks that depend on the layers; small networks of the same classes pass the others."""
    getattr(TestEncoders(), check)(case)


def test_resnet101_at_output_stride_16():
    with torch.device('meta'):
        encoder = ResNetEncoder(depth=101, output_stride=16, weights=None)
    assert sum(parameter.numel() for parameter in encoder.parameters()) == 42_500_160
    assert (encoder.channels, encoder.strides) == ((64, 256, 512, 1024, 2048), (2, 4, 8, 16, 16))


@pytest.mark.parametrize('depth', [18, 50])
def test_dilated_stage_sees_what_the_strided_one_sees(depth):
    torch.manual_seed(0)
    fine, coarse = (ResNetEncoder(depth, stride, weights=None).double().eval().trunk.layer4 for stride in (16, 32))
    coarse.load_state_dict(fine.state_dict())
    features = torch.rand(1, fine[0].conv1.in_channels, 8, 6, dtype=torch.float64)
    assert torch.allclose(fine(features)[..., ::2, ::2], coarse(features), rtol=1e-9, atol=1e-9)


def test_resnet50_dilates_as_torchvision_does():
    import torchvision

    own = ResNetEncoder(50, output_stride=16, weights=None).trunk
    theirs = torchvision.models.resnet50(weights=None, replace_stride_with_dilation=[False, False, True])
    own_convs = {name: str(module) for name, module in own.named_modules() if isinstance(module, nn.Conv2d)}
    assert own_convs == {name: str(module) for name, module in theirs.named_modules() if isinstance(module, nn.Conv2d)}


@pytest.mark.parametrize('options', [dict(depth=20), dict(output_stride=4), dict(stages=5)], ids=str)
def test_unknown_depth_or_stride(options):
    with pytest.raises(ConfigError, match='18, 34, 50, 101'):
        ResNetEncoder(**{'weights': None, **options})


def test_torchvision_taps_are_the_ends_of_the_stages():
    import torchvision

    model = torchvision.models.mobilenet_v3_small(weights=None)
    assert [(tap.stride, tap.channels) for tap in find_taps(model)] == [(2, 16), (4, 16), (8, 24), (16, 48), (32, 576)]
    assert model.training
    assert not any(module._forward_hooks for module in model.modules())


@pytest.mark.parametrize(('name', 'said'), [('resnet', 'has no classifier'), ('vit_b_16', 'no feature maps')])
def test_unsuitable_torchvision_models(name, said):
    with pytest.raises(ConfigError, match=said):
        TorchvisionEncoder(name)


def test_missing_timm_is_named(monkeypatch):
    monkeypatch.setitem(__import__('sys').modules, 'timm', None)
    with pytest.raises(ImportError, match=r'mtlbench\[timm\]'):
        TimmEncoder('resnet10t')


def test_unknown_timm_model():
    pytest.importorskip('timm')
    with pytest.raises(ConfigError, match='no_such_model'):
        TimmEncoder('no_such_model')


def test_weights_are_looked_for_only_by_init_weights(tmp_path, monkeypatch):
    monkeypatch.setenv('MTLBENCH_WEIGHTS', str(tmp_path))
    monkeypatch.setenv('TORCH_HOME', str(tmp_path))
    encoder = ResNetEncoder(depth=18, weights='IMAGENET1K_V1')
    with pytest.raises(CheckpointError, match='resnet18-f37072fd'):
        encoder.init_weights()
