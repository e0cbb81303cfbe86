"""The cross-task exchange of xTAM: its options and its sizes (xTAM)."""

import numpy as np
import pytest
import torch
from exchange_references import cross_task
from model_stubs import parameters
from torch.nn import functional as F

from mtlbench.errors import ConfigError
from mtlbench.models.exchanges import CrossTaskExchange, PADNetExchange
from mtlbench.models.exchanges.correlation import SpatialAttention
from mtlbench.testing.modules import randomize

TASKS = ('semseg', 'depth', 'normals', 'edges')
WIDTHS = {4: 256, 3: 256, 2: 128, 1: 128, 0: 64}
OPTIONS = [
    dict(source_reduce='s'),
    dict(softmax_over='target'),
    dict(proj_norm_act=False),
    dict(extractor=False),
    dict(self_ratio=1.0),
    dict(self_ratio=0),
    dict(pair_proj=False),
    dict(concat_order='cross_first'),
    dict(source_order=('normals', 'semseg', 'depth')),
    dict(with_alpha=False),
    dict(attention='channel'),
    dict(attention='channel', channel_scale=True),
    dict(attention='both', channel_scale=True),
    dict(attention='none'),
    dict(fusion='prod'),
    dict(fusion='concat'),
    dict(fusion='concat', pair_proj=False, source_order=('normals', 'depth', 'semseg')),
]


def made(tasks=3, level=1, **options):
    with torch.device('meta'):
        return CrossTaskExchange(TASKS[:tasks], WIDTHS[level], level, **options)


@pytest.mark.parametrize('options', OPTIONS, ids=str)
def test_options_equal_the_formulas_written_as_loops(options):
    exchange = CrossTaskExchange(TASKS[:3], 6, level=2, **options)
    randomize(exchange, torch.Generator().manual_seed(3)).double().eval()
    features = {task: torch.randn(1, 6, 8, 4, dtype=torch.float64) for task in TASKS[:3]}
    expected = cross_task(exchange, {task: value[0].numpy() for task, value in features.items()})
    found = exchange(features)
    for task, value in expected.items():
        np.testing.assert_allclose(found[task][0].detach().numpy(), value, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize('level', WIDTHS)
def test_stage_constants(level):
    exchange = CrossTaskExchange(TASKS[:2], 4, level)
    attention = exchange.pairs['semseg']['depth'].cross['spatial']
    factor = {4: 1, 3: 1, 2: 2, 1: 4, 0: 8}[level]
    assert (attention.target_factor, attention.source_factor, exchange.size_multiple) == (factor, factor**2, factor**2)
    assert CrossTaskExchange(TASKS[:2], 4, level, source_reduce='s').size_multiple == factor


def test_factors_can_be_overridden():
    assert CrossTaskExchange(TASKS[:2], 4, level=1, factors={1: 2}).size_multiple == 4
    assert CrossTaskExchange(TASKS[:2], 4, level=5, factors={5: 1}).size_multiple == 1


def test_numbers_of_parameters_by_level():
    expected = {(2, 'add'): 773_120, (2, 'concat'): 805_888, (3, 'add'): 2_318_592, (3, 'concat'): 2_367_744}
    for (tasks, fusion), number in expected.items():
        assert parameters(made(tasks, 1, fusion=fusion)) == parameters(made(tasks, 2, fusion=fusion)) == number
    assert parameters(made(3, 1, fusion='prod')) == 2_318_592
    assert parameters(made(4, 1)) == 4_636_672
    wide = {(2, 'add'): 3_086_336, (2, 'concat'): 3_217_408, (3, 'add'): 9_257_472, (3, 'concat'): 9_454_080}
    for (tasks, fusion), number in wide.items():
        assert parameters(made(tasks, 4, fusion=fusion)) == parameters(made(tasks, 3, fusion=fusion)) == number
    narrow = {(2, 'add'): 194_048, (2, 'concat'): 202_240, (3, 'add'): 581_760, (3, 'concat'): 594_048}
    for (tasks, fusion), number in narrow.items():
        assert parameters(made(tasks, 0, fusion=fusion)) == number
    assert [parameters(made(4, level)) for level in (4, 0)] == [18_513_920, 1_163_264]
    assert [sum(parameters(made(tasks, level)) for level in (4, 3, 2, 1)) for tasks in (2, 3)] == [
        7_718_912,
        23_152_128,
    ]


@pytest.mark.parametrize(
    ('options', 'two', 'three'),
    [
        (dict(self_ratio=0), 461_824, 1_384_704),
        (dict(attention='none'), 640_256, 1_920_000),
        (dict(self_ratio=1.0), 1_084_416, 3_252_480),
        (dict(with_alpha=False), 772_864, 2_317_824),
    ],
    ids=str,
)
def test_numbers_of_parameters_of_the_ablations(options, two, three):
    assert [parameters(made(tasks, 1, **options)) for tasks in (2, 3)] == [two, three]


def test_parameters_of_one_direction():
    pair = made(2, 1).pairs['semseg']['depth']
    parts = (pair.extractor, pair.self_attention, pair.cross, pair.project)
    assert [parameters(part) for part in parts] == [147_584, 147_456, 50_048, 24_832]


def test_numbers_of_parameters_of_padnets_distillation():
    with torch.device('meta'):
        numbers = [parameters(PADNetExchange(TASKS[:tasks], 128, 2)) for tasks in (2, 3, 4)]
    assert numbers == [589_824, 1_769_472, 3_538_944]


def test_padnets_gates_can_start_half_open():
    exchange = PADNetExchange(TASKS[:2], 4, 2, zero_init_attention=True)
    features = {task: torch.randn(1, 4, 5, 6) for task in TASKS[:2]}
    conv = exchange.attention['semseg']['depth'].conv
    ungated = F.conv2d(features['depth'], conv.weight[:4], padding=1)
    assert torch.allclose(exchange(features)['semseg'], features['semseg'] + ungated / 2, atol=1e-6)


def test_fused_attention_equals_the_written_out_softmax():
    attention = SpatialAttention(16, 1, 1)
    query, key, value = (torch.randn(2, 35, 16, dtype=torch.float64, requires_grad=True) for _ in range(3))
    written_out = (query @ key.transpose(1, 2) / 16**0.5).softmax(-1) @ value
    found = attention._attend(query, key, value)
    assert torch.allclose(found, written_out, rtol=1e-12, atol=1e-12)
    for one, other in zip(
        torch.autograd.grad(found.square().sum(), (query, key, value)),
        torch.autograd.grad(written_out.square().sum(), (query, key, value)),
        strict=True,
    ):
        assert torch.allclose(one, other, rtol=1e-10, atol=1e-12)


def test_starts_with_self_attention_alone():
    pair = CrossTaskExchange(TASKS[:2], 4, 2).pairs['semseg']['depth'].eval()
    source, target, other = (torch.randn(1, 4, 8, 8) for _ in range(3))
    assert torch.equal(pair(target, source), pair(other, source))


def test_gradients_by_finite_differences():
    exchange = CrossTaskExchange(TASKS[:2], 4, 2, source_reduce='s', attention='both', channel_scale=True)
    randomize(exchange, torch.Generator().manual_seed(0)).double().eval()
    inputs = [torch.randn(1, 4, 4, 4, dtype=torch.float64, requires_grad=True) for _ in range(2)]

    def run(*values):
        return tuple(exchange(dict(zip(TASKS[:2], values, strict=True))).values())

    assert torch.autograd.gradcheck(run, inputs)


@pytest.mark.parametrize(
    ('options', 'said'),
    [
        (dict(fusion='sum'), 'add, prod, concat'),
        (dict(attention='spacial'), 'spatial'),
        (dict(source_reduce='s3'), 's2'),
        (dict(alpha=False), 'with_alpha'),
        (dict(attention='none', self_ratio=0), 'exchange=None'),
        (dict(source_order=('semseg', 'semseg')), 'source_order'),
    ],
    ids=str,
)
def test_senseless_options_are_named(options, said):
    with pytest.raises(ConfigError, match=said):
        CrossTaskExchange(TASKS[:2], 4, 1, **options)


def test_level_without_a_factor():
    with pytest.raises(ConfigError, match='factors'):
        CrossTaskExchange(TASKS[:2], 4, 7)
