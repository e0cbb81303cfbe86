"""After a few updates every parameter has moved, whatever the options: nothing starts dead."""

from itertools import product

import pytest
import torch
from model_stubs import parameters

from mtlbench.registry import DECODERS, DISCRIMINATORS, EXCHANGES

CHANNELS, SIZE, UPDATES = 8, (8, 16), 4
CROSS_TASK = [
    dict(zip(('fusion', 'attention', 'self_ratio', 'pair_proj', 'with_alpha'), values, strict=True))
    for values in product(
        ('add', 'prod', 'concat'), ('spatial', 'channel', 'both', 'none'), (0.5, 0), (True, False), (True, False)
    )
    if values[1:3] != ('none', 0)
] + [
    dict(softmax_over='target', self_ratio=0),
    dict(proj_norm_act=False, self_ratio=0),
    dict(extractor=False, self_ratio=0, source_reduce='s'),
    dict(channel_scale=True, attention='channel', self_ratio=0),
    dict(concat_order='cross_first'),
    dict(self_ratio=0.01),
    dict(self_ratio=1.0),
]
CCAM = [
    dict(zip(('relation', 'mix_norm', 'zero_init_attention', 'reduction'), values, strict=True))
    for values in product(('gram', 'colmean'), ('none', 'mean', 'row_softmax'), (True, False), (1, 8, 16))
] + [dict(spatial_depth=1), dict(spatial_depth=3), dict(initial_bias=0.0)]
OPTIONS = {
    'CrossTaskExchange': CROSS_TASK,
    'CCAMExchange': CCAM,
    'PADNetExchange': [{}, dict(zero_init_attention=True)],
}
EXCHANGE_CASES = [(name, options) for name in EXCHANGES.names() for options in OPTIONS.get(name, [{}])]


def label(value):
    return '-'.join(f'{key}={one}' for key, one in value.items()) if isinstance(value, dict) else value


def unmoved(module, run, updates=UPDATES):
    """Names of the parameters that these updates leave as they were, to the last bit. Adam sees no small gradients."""
    before = {name: value.detach().clone() for name, value in module.named_parameters()}
    optimizer = torch.optim.Adam(module.parameters(), lr=1e-3, eps=1e-12)
    for number in range(updates):
        optimizer.zero_grad()
        run(module, torch.Generator().manual_seed(number)).backward()
        optimizer.step()
    return [name for name, value in module.named_parameters() if torch.equal(value, before[name])]


@pytest.mark.parametrize(('name', 'options'), EXCHANGE_CASES, ids=label)
@pytest.mark.parametrize('seed', range(2))
def test_exchanges(name, options, seed):
    torch.manual_seed(seed)
    tasks = ('semseg', 'depth', 'normals')
    exchange = EXCHANGES.build(dict(type=name, tasks=tasks, channels=CHANNELS, level=2, **options)).train()

    def run(module, draw):
        maps = {task: torch.randn(2, CHANNELS, *SIZE, generator=draw).relu() for task in tasks}
        wanted = {task: torch.randn(2, CHANNELS, *SIZE, generator=draw) for task in tasks}
        return sum((one - wanted[task]).square().mean() for task, one in module(maps).items())

    assert unmoved(exchange, run) == []


def test_without_self_attention_tasks_hear_each_other_from_the_start():
    torch.manual_seed(0)
    tasks = ('semseg', 'depth')
    for fusion in ('add', 'prod', 'concat'):
        exchange = EXCHANGES.build(
            dict(type='CrossTaskExchange', tasks=tasks, channels=CHANNELS, level=2, fusion=fusion, self_ratio=0)
        )
        maps = {task: torch.randn(2, CHANNELS, *SIZE, requires_grad=True) for task in tasks}
        exchange(maps)['semseg'].square().sum().backward()
        assert maps['depth'].grad.abs().max() > 0


def test_with_self_attention_the_scales_start_at_zero_as_in_the_paper():
    tasks = ('semseg', 'depth')
    exchange = EXCHANGES.build(
        dict(type='CrossTaskExchange', tasks=tasks, channels=CHANNELS, level=2, attention='both', fusion='concat')
    )
    scales = {name: value for name, value in exchange.named_parameters() if name.endswith(('alpha', 'beta'))}
    assert len(scales) == 4 and not any(value.any() for value in scales.values())


def test_channel_affinity_never_starts_with_all_hidden_units_off():
    for seed in range(40):
        torch.manual_seed(seed)
        exchange = EXCHANGES.build(dict(type='CCAMExchange', tasks=('a', 'b'), channels=CHANNELS, level=1))
        first = exchange.pairs['a']['b'].affinity.score[0]
        assert first.out_features == 1 and (0.25 * first.weight.sum(1) + first.bias > 0).any()


DECODER_OPTIONS = {
    'SkipDecoder': [
        dict(zip(('aspp_channels', 'skip_channels', 'norm'), values, strict=True), channels=(8, 8, 4, 4, 4))
        for values in product((8, None), (4, None), (True, False))
    ],
    'DeepLabDecoder': [dict(channels=8, rates=(1, 2))],
    'PADNetDecoder': [dict(channels=8)],
    'PSPDecoder': [dict(channels=8), dict(channels=8, bins=(1,))],
    'ConvUpDecoder': [dict(channels=(8, 4)), dict(channels=(8,))],
}
DECODER_CASES = [(name, options) for name in DECODERS.names() for options in DECODER_OPTIONS.get(name, [{}])]


@pytest.mark.parametrize(('name', 'options'), DECODER_CASES, ids=label)
@pytest.mark.parametrize('strides', [(2, 4, 8, 16, 16), (2, 4, 8, 16, 32), (4, 8, 16)], ids=str)
def test_decoders(name, options, strides):
    torch.manual_seed(0)
    widths = (4, 4, 8, 8, 16)[-len(strides) :]
    decoder = DECODERS.build(dict(type=name, encoder_channels=widths, encoder_strides=strides, **options)).train()

    def run(module, draw):
        maps = [torch.randn(2, c, 64 // s, 96 // s, generator=draw) for c, s in zip(widths, strides, strict=True)]
        state = None
        for level in module.levels:
            state = module(level, maps, state)
        return (state - torch.randn(state.shape, generator=draw)).square().mean()

    assert parameters(decoder) and unmoved(decoder, run) == []


@pytest.mark.parametrize('name', DISCRIMINATORS.names())
@pytest.mark.parametrize('classes', [1, 3])
def test_critics(name, classes):
    torch.manual_seed(0)
    critic = DISCRIMINATORS.build(dict(type=name, in_channels=3, out_channels=classes, channels=(4, 8, 8, 8))).train()

    def run(module, draw):
        logits = module(torch.randn(2, 3, 64, 64, generator=draw))
        return (logits - torch.randn(logits.shape, generator=draw)).square().mean()

    assert unmoved(critic, run) == []
