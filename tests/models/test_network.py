"""The network, and the methods' configs (xTAM)."""

from functools import partialmethod
from pathlib import Path

import pytest
import torch
from mmengine.config import Config
from model_stubs import parameters, stub_tasks
from torch import nn
from torch.nn import functional as F

from mtlbench.errors import ConfigError
from mtlbench.models import MultiTaskNetwork
from mtlbench.registry import MODELS

METHODS = Path(__file__).parents[2] / 'configs' / '_base_' / 'methods'
SDN = dict(semseg=14, depth=1, normals=3)
SDNE = dict(semseg=40, depth=1, normals=3, edges=2)
TINY = dict(
    encoder=dict(type='ResNetEncoder', depth=18, weights=None),
    decoder=dict(type='SkipDecoder', channels=(16, 16, 8, 8, 4), aspp_channels=16, dropout=0.0),
)
XTAM = dict(**TINY, exchange=dict(type='CrossTaskExchange'), exchange_levels=(1,), head_levels=(1, 0))


def method(name, tasks):
    node = Config.fromfile(METHODS / f'{name}.py').model
    return MODELS.build({**node.network, 'tasks': stub_tasks(**tasks)})


def tiny(tasks=None, **options):
    torch.manual_seed(0)
    return MultiTaskNetwork(stub_tasks(**(tasks or SDN)), **{**TINY, **options})


@pytest.mark.parametrize(
    ('tasks', 'mtl', 'padnet', 'three_ways', 'xtam'),
    [
        (dict(semseg=14, depth=1), 74_754_895, 46_709_342, 87_215_774, 87_399_070),
        (SDN, 90_881_106, 52_350_564, 110_457_444, 111_006_564),
        (dict(semseg=16, depth=1), 74_755_409, 46_710_370, 87_216_162, 87_399_458),
        (dict(SDN, semseg=16), 90_881_620, 52_351_592, 110_457_832, 111_006_952),
        (dict(semseg=40, depth=1), 74_761_577, 46_722_706, 87_220_818, 87_404_114),
        (dict(SDN, semseg=40), 90_887_788, 52_363_928, 110_462_488, 111_011_608),
        (SDNE, 107_013_742, 60_363_932, 134_293_788, 135_391_516),
    ],
    ids=lambda value: ' '.join(value) if isinstance(value, dict) else '',
)
def test_numbers_of_parameters_of_the_methods(tasks, mtl, padnet, three_ways, xtam):
    with torch.device('meta'):
        found = {name: parameters(method(name, tasks)) for name in ('mtl', 'padnet', 'three_ways', 'xtam')}
    assert found == dict(mtl=mtl, padnet=padnet, three_ways=three_ways, xtam=xtam)


@pytest.mark.parametrize(
    ('task', 'channels', 'expected'),
    [
        ('semseg', 14, 58_629_198),
        ('semseg', 16, 58_629_712),
        ('semseg', 40, 58_635_880),
        ('depth', 1, 58_625_857),
        ('normals', 3, 58_626_371),
        ('edges', 2, 58_626_114),
    ],
)
def test_numbers_of_parameters_of_single_tasks(task, channels, expected):
    with torch.device('meta'):
        assert parameters(method('stl', {task: channels})) == expected


@pytest.mark.parametrize(
    ('name', 'levels'),
    [('mtl', {0: 1}), ('padnet', {4: 16, 0: 1}), ('three_ways', {2: 4, 0: 1}), ('xtam', {1: 2, 0: 1})],
)
def test_methods_predict_at_their_levels(name, levels):
    node = Config.fromfile(METHODS / f'{name}.py').model.network
    node.encoder.update(depth=18, weights=None)
    predictions = MODELS.build({**node, 'tasks': stub_tasks(**SDN)})(torch.rand(2, 3, 64, 96))
    expected = {
        task: {level: (2, channels, 64 // stride, 96 // stride) for level, stride in levels.items()}
        for task, channels in SDN.items()
    }
    shapes = {task: {level: tuple(p.shape) for level, p in found.items()} for task, found in predictions.items()}
    assert shapes == expected
    assert [list(found) for found in predictions.values()] == [list(levels)] * 3


def test_encoder_constants_of_the_paper():
    encoder = Config.fromfile(METHODS / 'learner.py').model.network.encoder
    assert (encoder.mean, encoder.std) == ((0.45,) * 3, (0.225,) * 3)


def test_one_task_is_the_same_network():
    network = tiny(dict(depth=1), head_levels=(1, 0))
    assert list(network(torch.rand(2, 3, 64, 96))['depth']) == [1, 0]


def test_tasks_may_have_heads_at_different_levels():
    network = tiny(dict(semseg=5, depth=1), head_levels=dict(semseg=(2, 0), depth=(3, 2, 1, 0)))
    predictions = network(torch.rand(2, 3, 64, 96))
    assert {task: list(levels) for task, levels in predictions.items()} == dict(semseg=[2, 0], depth=[3, 2, 1, 0])


def test_third_party_tasks():
    predictions = tiny(dict(saliency=2, depth=1), **{k: XTAM[k] for k in ('exchange', 'exchange_levels')})(
        torch.rand(2, 3, 64, 96)
    )
    assert list(predictions) == ['saliency', 'depth']


def test_heads_read_before_the_exchange_and_the_rest_goes_on_after_it():
    network, images = tiny(**XTAM).eval(), torch.rand(1, 3, 64, 96)
    before = network(images)
    with torch.no_grad():
        for fuse in network.exchanges['1'].fuse.values():
            fuse[1].bias += 1
    after = network(images)
    for task in SDN:
        assert torch.equal(before[task][1], after[task][1])
        assert not torch.equal(before[task][0], after[task][0])


def test_an_exchange_that_drops_a_task_is_rejected(monkeypatch):
    network = tiny(**XTAM)
    monkeypatch.setattr(network.exchanges['1'], 'forward', lambda states: {'depth': states['depth']})
    with pytest.raises(ConfigError, match='returned features of depth, expected those of semseg, depth, normals; '):
        network(torch.rand(2, 3, 64, 96))


def test_exchanges_at_several_levels():
    network = tiny(**{**XTAM, 'exchange_levels': (3, 2, 1), 'head_levels': (3, 2, 1, 0)})
    predictions = network(torch.rand(2, 3, 64, 96))
    assert list(predictions['depth']) == [3, 2, 1, 0]
    assert [exchange.channels for exchange in network.exchanges.values()] == [16, 8, 8]


def test_final_prediction_is_brought_to_the_image_size():
    network = tiny(decoder=dict(type='DeepLabDecoder', channels=16)).eval()
    images = torch.rand(1, 3, 64, 96)
    decoder, head = network.decoders['depth'], network.heads['depth']['0']
    small = head(decoder(0, network.encoder(images), None))
    assert small.shape[-2:] == (4, 6)
    expected = F.interpolate(small, size=(64, 96), mode='bilinear', align_corners=False)
    assert torch.equal(network(images)['depth'][0], expected)


def test_gradients_reach_every_parameter_but_the_start_of_cross_attention():
    network = tiny(**XTAM)
    predictions = network(torch.rand(2, 3, 64, 96))
    sum(p.square().mean() for levels in predictions.values() for p in levels.values()).backward()
    assert [name for name, value in network.named_parameters() if value.grad is None] == []


def test_channels_last_gives_the_same_values():
    network, images = tiny(**XTAM).double().eval(), torch.rand(1, 3, 64, 96, dtype=torch.float64)
    plain = network(images)
    last = network.to(memory_format=torch.channels_last)(images.contiguous(memory_format=torch.channels_last))
    for task in SDN:
        assert torch.allclose(plain[task][0], last[task][0], rtol=1e-9, atol=1e-9)


def test_size_multiple_and_its_error():
    network = tiny(**XTAM)
    assert network.size_multiple == 32
    with pytest.raises(ConfigError, match=r'multiples of 32, got \(64, 80\)'):
        network(torch.rand(2, 3, 64, 80))
    assert tiny().size_multiple == 16


@pytest.mark.parametrize(
    ('options', 'said'),
    [
        (dict(head_levels=(5, 0)), r'head_levels .*\(4, 3, 2, 1, 0\)'),
        (dict(head_levels=(1,)), 'head_levels .* including 0'),
        (dict(head_levels=dict(depth=(0,))), r"head_levels names the tasks \['depth'\]"),
        (dict(exchange=dict(type='PADNetExchange'), exchange_levels=(7,)), r'exchange_levels .*\(4, 3, 2, 1\)'),
        (
            dict(exchange=dict(type='PADNetExchange'), exchange_levels=(0,)),
            "exchange_levels .* before the decoder's last",
        ),
        (dict(exchange=dict(type='PADNetExchange')), 'belong together'),
        (dict(exchange_levels=(1,)), 'belong together'),
    ],
    ids=str,
)
def test_senseless_levels_are_named(options, said):
    with pytest.raises(ConfigError, match=said):
        tiny(**options)


def test_exchange_of_a_single_task_is_refused():
    with pytest.raises(ConfigError, match='at least two'):
        tiny(dict(depth=1), **{k: XTAM[k] for k in ('exchange', 'exchange_levels')})


def test_compiled_parts_give_the_same_values(monkeypatch):
    """No part breaks its graph, and none runs into torch's limit on variants."""
    eager = partialmethod(nn.Module.compile, backend='eager', fullgraph=True)
    monkeypatch.setattr(nn.Module, 'compile', eager)
    monkeypatch.setattr(torch._dynamo.config, 'fail_on_recompile_limit_hit', True)
    monkeypatch.setattr(torch._dynamo.config, 'recompile_limit', 8)
    network, images = tiny(**{**XTAM, 'head_levels': (3, 2, 1, 0)}).eval(), torch.rand(2, 3, 64, 96)
    names, expected = list(network.state_dict()), network(images)
    network.compile_parts()
    found = network(images)
    assert list(network.state_dict()) == names
    assert all(torch.allclose(found[task][0], expected[task][0], atol=1e-6) for task in SDN)
    network.train()(images)
