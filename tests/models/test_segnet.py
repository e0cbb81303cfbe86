"""SegNet and MTAN: published counts, a plain reference, and maps by task in all that reads them."""

from types import SimpleNamespace

import pytest
import torch
from mmengine.config import Config
from model_stubs import parameters, stub_tasks
from torch.nn import functional as F

from mtlbench.config.scale import Scale, apply_scale
from mtlbench.errors import ConfigError
from mtlbench.models import MultiTaskNetwork
from mtlbench.models.encoders import SegNet, SegNetMTAN
from mtlbench.models.pose import PoseNetwork
from mtlbench.objectives.feature_distance import FeatureDistance
from mtlbench.objectives.step import _split
from mtlbench.registry import ENCODERS
from mtlbench.structures.shared_maps import cut_shared_maps
from mtlbench.testing.modules import randomize

TASKS = dict(semseg=13, depth=1, normals=3)
NARROW = (4, 6, 8, 10, 12)
PATH = 'configs/_base_/methods/{}.py'


def of_method(method, tasks=TASKS, **encoder):
    """The network of a base config, with random weights."""
    network = Config.fromfile(PATH.format(method)).model.network.to_dict()
    network.pop('type')
    network['encoder'] = {**network['encoder'], **encoder}
    torch.manual_seed(0)
    return MultiTaskNetwork(stub_tasks(**tasks), **network)


def on_meta(method, tasks=TASKS, **encoder):
    with torch.device('meta'):
        return of_method(method, tasks, **encoder)


def test_published_counts_of_segnet():
    network = on_meta('segnet')
    encoder = network.encoder
    found = [parameters(one) for one in (encoder.down_first, encoder.down_rest, encoder.up_first, encoder.up_rest)]
    assert found == [3_913_728, 10_809_408, 3_947_520, 6_272_640]
    heads = [parameters(network.decoders[name]) + parameters(network.heads[name]) for name in TASKS]
    assert heads == [37_773, 36_993, 37_123]
    assert parameters(network) == 25_055_185


@pytest.mark.parametrize(('task', 'count'), [('semseg', 24_981_069), ('depth', 24_980_289), ('normals', 24_980_419)])
def test_published_counts_of_one_task(task, count):
    assert parameters(on_meta('segnet', {task: TASKS[task]})) == count


def test_published_counts_of_mtan():
    network = on_meta('segnet_mtan')
    encoder = network.encoder
    masks = encoder.attention.values()
    assert sum(parameters(one.down) for one in masks) == 5_506_944
    assert sum(parameters(one.up) for one in masks) == 3_446_784
    assert (parameters(encoder.down_shared), parameters(encoder.up_shared)) == (6_272_640, 3_947_520)
    assert parameters(network) == 44_229_073
    assert parameters(encoder) == 44_117_184
    assert parameters(encoder) - sum(map(parameters, masks)) == 35_163_456


def test_published_counts_of_hard_sharing_with_resnet():
    network = on_meta('hps', weights=None)
    assert (network.encoder.strides[-1], parameters(network.encoder)) == (8, 23_508_032)
    for classes, count in ((13, 16_128_781), (1, 16_125_697), (3, 16_126_211), (7, 16_127_239)):
        alone = on_meta('hps', {'one': classes}, weights=None)
        assert parameters(alone.decoders) + parameters(alone.heads) == count
    assert parameters(network) == 71_888_721
    assert all(one.align_corners for one in network.decoders.values())


# The reference: functional calls on the state dict, whose keys say which layer is which.
def conv(state, name, maps, normed=True):
    kernel = state[f'{name}.0.weight']
    maps = F.conv2d(maps, kernel, state[f'{name}.0.bias'], padding=kernel.shape[-1] // 2)
    return norm(state, f'{name}.1', maps).clamp(min=0) if normed else maps


def norm(state, name, maps):
    mean, var, weight, bias = (
        state[f'{name}.{key}'][:, None, None] for key in ('running_mean', 'running_var', 'weight', 'bias')
    )
    return (maps - mean) / (var + 1e-5).sqrt() * weight + bias


def mask(state, name, maps):
    hidden = conv(state, f'{name}.0', maps)
    return torch.sigmoid(norm(state, f'{name}.2', F.conv2d(hidden, state[f'{name}.1.weight'], state[f'{name}.1.bias'])))


def global_maps(state, images):
    extra, maps, encoded, places = (1, 1, 2, 2, 2), images, [], []
    for level in range(5):
        first = maps = conv(state, f'down_first.{level}', maps)
        for number in range(extra[level]):
            maps = conv(state, f'down_rest.{level}.{number}', maps)
        encoded.append((first, maps))
        maps, place = F.max_pool2d(maps, 2, return_indices=True)
        places.append(place)
    decoded = {}
    for level in (4, 3, 2, 1, 0):
        first = maps = F.max_unpool2d(maps, places[level], 2)
        maps = conv(state, f'up_first.{level}', maps)
        for number in range(extra[level]):
            maps = conv(state, f'up_rest.{level}.{number}', maps)
        decoded[level] = (first, maps)
    return encoded, decoded


def reference_of_mtan(state, images, task):
    encoded, decoded = global_maps(state, images)
    own = f'attention.{task}'
    for level in range(5):
        first, second = encoded[level]
        seen = first if level == 0 else torch.cat((first, refined), 1)  # noqa: F821 - of the level before
        selected = mask(state, f'{own}.down.{level}', seen) * second
        refined = F.max_pool2d(conv(state, f'down_shared.{level}', selected), 2)
    maps = refined
    for level in (4, 3, 2, 1, 0):
        first, second = decoded[level]
        above = F.interpolate(maps, scale_factor=2, mode='bilinear', align_corners=True)
        seen = torch.cat((first, conv(state, f'up_shared.{level}', above)), 1)
        maps = mask(state, f'{own}.up.{level}', seen) * second
    return maps


def ready(encoder):
    return randomize(encoder, torch.Generator().manual_seed(1)).double().eval()


def test_segnet_equals_its_reference():
    encoder, images = ready(SegNet(NARROW)), torch.rand(2, 3, 64, 96, dtype=torch.float64)
    _, decoded = global_maps(encoder.state_dict(), images)
    torch.testing.assert_close(encoder(images), [decoded[0][1]], rtol=1e-11, atol=1e-12)


def test_mtan_equals_its_reference():
    encoder, images = ready(SegNetMTAN(list(TASKS), NARROW)), torch.rand(2, 3, 64, 96, dtype=torch.float64)
    expected = {task: [reference_of_mtan(encoder.state_dict(), images, task)] for task in TASKS}
    torch.testing.assert_close(encoder(images), expected, rtol=1e-11, atol=1e-12)


@pytest.mark.parametrize('method', ['segnet', 'segnet_mtan'])
def test_weights_start_from_xaviers_normal_distribution(method):
    network = of_method(method, filters=(32, 32, 32, 64, 64))
    for module in network.modules():
        if isinstance(module, torch.nn.Conv2d):
            assert not module.bias.any()
            around = module.kernel_size[0] * module.kernel_size[1]
            spread = (2 / (around * (module.in_channels + module.out_channels))) ** 0.5
            # Five standard errors of a standard deviation: 5 / sqrt(2 n).
            assert abs(module.weight.std(correction=0) / spread - 1) < 5 / (2 * module.weight.numel()) ** 0.5
        elif isinstance(module, torch.nn.BatchNorm2d):
            assert (module.weight == 1).all()
            assert not module.bias.any()


@pytest.mark.parametrize('tasks', [TASKS, {'depth': 1}], ids=['three', 'one'])
@pytest.mark.parametrize('method', ['segnet', 'segnet_mtan'])
def test_a_training_step_lowers_the_loss(method, tasks):
    network = of_method(method, tasks, filters=NARROW).train()
    images = torch.rand(2, 3, 64, 64)
    wanted = {name: torch.randn(2, channels, 64, 64) for name, channels in tasks.items()}

    def loss():
        return sum((levels[0] - wanted[name]).square().mean() for name, levels in network(images).items())

    optimizer = torch.optim.Adam(network.parameters(), lr=1e-3)
    first = loss()
    first.backward()
    assert all(one.grad is not None for one in network.parameters())
    optimizer.step()
    assert loss() < first


def test_each_decoder_reads_the_maps_of_its_task():
    network = of_method('segnet_mtan', filters=NARROW).eval()
    maps = network.encode(torch.rand(1, 3, 32, 64))
    before = network.decode(maps, (32, 64))
    after = network.decode({**maps, 'depth': [maps['depth'][0] + 1]}, (32, 64))
    assert [name for name in TASKS if not torch.equal(before[name][0], after[name][0])] == ['depth']


def test_maps_by_task_are_no_shared_maps():
    for method, count in (('segnet', 1), ('segnet_mtan', 0)):
        with cut_shared_maps() as found:
            of_method(method, filters=NARROW).encode(torch.rand(2, 3, 32, 64))
        assert len(found.made) == count


def test_gradients_of_a_task_are_scaled_in_its_maps_alone():
    grads = []
    for scales in ({}, {'depth': 0.5}):
        torch.manual_seed(0)
        network = MultiTaskNetwork(
            stub_tasks(semseg=2, depth=1),
            dict(type='SegNetMTAN', filters=NARROW),
            dict(type='ConvDecoder'),
            gradient_scales=scales,
        ).train()
        torch.manual_seed(1)
        sum(levels[0].square().sum() for levels in network(torch.rand(2, 3, 32, 64)).values()).backward()
        grads.append({name: one.grad for name, one in network.encoder.attention.named_parameters()})
    for name, one in grads[0].items():
        # A factor of a power of two is exact in each product, so the gradients are, too.
        assert torch.equal(grads[1][name], one * (0.5 if name.startswith('depth') else 1.0))


def test_maps_by_task_of_joint_streams_are_split():
    maps = {'a': [torch.arange(5.0)[:, None]], 'b': [torch.arange(5.0, 10.0)[:, None]]}
    first, second = _split(maps, [2, 3])
    assert {name: one[0].flatten().tolist() for name, one in first.items()} == {'a': [0, 1], 'b': [5, 6]}
    assert {name: one[0].flatten().tolist() for name, one in second.items()} == {'a': [2, 3, 4], 'b': [7, 8, 9]}


def test_parts_that_need_shared_maps_reject_maps_by_task():
    with pytest.raises(ConfigError, match='FeatureDistance needs maps that all tasks share'):
        FeatureDistance().adopt(SimpleNamespace(encoder=SegNetMTAN(['depth'], NARROW)))
    with pytest.raises(ConfigError, match='PoseNetwork needs maps that all tasks share'):
        PoseNetwork(dict(type='SegNetMTAN', filters=NARROW))


def test_maps_of_a_missing_task_are_named():
    network = of_method('segnet_mtan', filters=NARROW)
    del network.encoder.attention['depth']
    with pytest.raises(ConfigError, match='SegNetMTAN returned maps of semseg, normals, but none of depth'):
        network(torch.rand(2, 3, 32, 64))


def test_filters_of_another_number_are_rejected():
    with pytest.raises(ConfigError, match='5 levels'):
        ENCODERS.build(dict(type='SegNet', filters=(8, 8)))


def test_a_profile_keeps_the_network_and_makes_it_narrower():
    config = Config.fromfile(PATH.format('segnet_mtan'))._cfg_dict
    scale = Scale(widths=0.25, encoder=dict(type='ResNetEncoder', depth=18, weights=None))
    scaled = apply_scale(config, scale).model.network.encoder
    assert scaled == dict(type='SegNetMTAN', filters=(16, 32, 64, 128, 128))
