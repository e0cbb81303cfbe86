"""The numbers of parameters of the papers' configs, as composed (xTAM)."""

from __future__ import annotations

import pytest
import torch
from mmengine.registry import init_default_scope
from model_stubs import parameters

from mtlbench.config import load_config
from mtlbench.registry import MODELS

ENCODER, DECODER = 42_500_160, 22_061_440
WIDTHS = {4: 256, 3: 256, 2: 128, 1: 128, 0: 64}
OUTPUTS = dict(sd=14 + 1, sdn=14 + 1 + 3)
# What the exchange adds, in all; in millions as Table 3 prints it, where it does. The paper's S-D-N column has the
# figures of the levels 4 and 3 and those of 2 and 1 interchanged.
EXCHANGES = {
    ('sd', '_noexchange'): ((), 0, 0.00),
    ('sd', '_at4'): ((4,), 3_086_336, 3.09),
    ('sd', '_at3'): ((3,), 3_086_336, 3.09),
    ('sd', '_at2'): ((2,), 773_120, 0.77),
    ('sd', ''): ((1,), 773_120, 0.77),
    ('sd', '_at21'): ((2, 1), 1_546_240, None),
    ('sd', '_at321'): ((3, 2, 1), 4_632_576, None),
    ('sd', '_at4321'): ((4, 3, 2, 1), 7_718_912, 7.72),
    ('sdn', '_noexchange'): ((), 0, 0.00),
    ('sdn', '_at4'): ((4,), 9_257_472, 9.26),
    ('sdn', '_at3'): ((3,), 9_257_472, 9.26),
    ('sdn', '_at2'): ((2,), 2_318_592, 2.32),
    ('sdn', ''): ((1,), 2_318_592, 2.32),
    ('sdn', '_at21'): ((2, 1), 4_637_184, None),
    ('sdn', '_at321'): ((3, 2, 1), 13_894_656, None),
    ('sdn', '_at4321'): ((4, 3, 2, 1), 23_152_128, 23.15),
    ('sdn', '_prod'): ((1,), 2_318_592, None),
    ('sdn', '_concat'): ((1,), 2_367_744, None),
    # With concatenation a task's own 128 channels come in for each of three tasks: 3 * 128 ** 2 more than with 'add'.
    ('sdn', '_noself'): ((1,), 1_384_704 + 3 * 128**2, None),
    ('sdn', '_nocross'): ((1,), 1_920_000 + 3 * 128**2, None),
    # A scalar for each of the six directions; with both attentions, another 128 channels into each projection.
    ('sdn', '_channel'): ((1,), 1_920_000 + 3 * 128**2 + 6 * (1 + 128**2), None),
    ('sdn', '_both'): ((1,), 2_367_744 + 6 * (1 + 128**2), None),
}
MODELS_OF_3_8 = {
    'synthia': {
        **{'stl/s': 58_629_712, 'stl/d': 58_625_857, 'stl/n': 58_626_371},
        **{'mtl/sd': 74_755_409, 'padnet/sd': 46_710_370, 'three_ways/sd': 87_216_162, 'xtam/sd': 87_399_458},
        **{'mtl/sdn': 90_881_620, 'padnet/sdn': 52_351_592, 'three_ways/sdn': 110_457_832, 'xtam/sdn': 111_006_952},
    },
    'nyudv2': {
        **{'stl/s': 58_635_880, 'stl/d': 58_625_857, 'stl/n': 58_626_371, 'stl/e': 58_626_114},
        **{'mtl/sd': 74_761_577, 'padnet/sd': 46_722_706, 'three_ways/sd': 87_220_818, 'xtam/sd': 87_404_114},
        **{'mtl/sdn': 90_887_788, 'padnet/sdn': 52_363_928, 'three_ways/sdn': 110_462_488, 'xtam/sdn': 111_011_608},
        **{'mtl/sdne': 107_013_742, 'padnet/sdne': 60_363_932, 'three_ways/sdne': 134_293_788},
        'xtam/sdne': 135_391_516,
    },
}


def network(name, profile=None):
    init_default_scope('mtlbench')
    with torch.device('meta'):
        return MODELS.build(load_config(name, profile).model.to_dict()).network


@pytest.mark.parametrize(('task_set', 'variant'), EXCHANGES, ids=''.join)
def test_exchange_of_the_ablations(task_set, variant):
    levels, expected, printed = EXCHANGES[task_set, variant]
    found = network(f'xtam/{task_set}_vkitti2{variant}')
    exchanges = parameters(found.exchanges)
    assert exchanges == expected
    assert printed is None or f'{exchanges / 1e6:.2f}' == f'{printed:.2f}'
    # A head before each exchange and at full resolution; without exchange where the default module has them.
    heads = OUTPUTS[task_set] * sum(WIDTHS[level] + 1 for level in {*(levels or (1,)), 0})
    assert parameters(found) == ENCODER + len(task_set) * DECODER + heads + expected


@pytest.mark.parametrize('dataset', MODELS_OF_3_8)
def test_whole_models(dataset):
    expected = MODELS_OF_3_8[dataset]
    assert {name: parameters(network(f'{name}_{dataset}')) for name in expected} == expected


@pytest.mark.parametrize('variant', ['_at4', '_at4321'])
def test_mini_has_the_levels_that_a_variant_needs(variant):
    levels = load_config(f'xtam/sd_vkitti2{variant}').model.network.exchange_levels
    found = network(f'xtam/sd_vkitti2{variant}', 'mini')
    assert set(found.exchanges) == {str(level) for level in levels}
    assert found.levels[0] == 4
