"""The configs of SemiMTL's Tables 1 to 3."""

import pytest
import torch

from mtlbench.config import load_config
from mtlbench.registry import MODELS

SCENARIOS = dict(
    cityscapes_extra=(256, 80_000, ('CityscapesDataset', 'train'), ('CityscapesDataset', 'train_extra'), []),
    potsdam_vaihingen=(384, 40_000, ('PotsdamDataset', 'train'), ('VaihingenDataset', 'train'), ['vaihingen']),
    cityscapes_synscapes=(384, 80_000, ('CityscapesDataset', 'train'), ('SynscapesDataset', 'train'), ['synscapes']),
)
ENCODER, CLASSES, DISTANCES = 42_500_160, dict(street=23_083_539, aerial=23_076_870), 10_913_665


def numbers(module):
    return sum(parameter.numel() for parameter in module.parameters())


def build(name):
    with torch.device('meta'):
        return MODELS.build(load_config(name).model)


@pytest.mark.parametrize(
    ('name', 'network', 'critics'),
    [
        ('semimtl/sd_cityscapes_synscapes', ENCODER + CLASSES['street'] + DISTANCES, [2_797_507, 2_779_075]),
        ('semisd/sd_cityscapes_synscapes', ENCODER + CLASSES['street'] + DISTANCES, [2_789_314, 2_770_882]),
        ('semimtl/sd_potsdam_vaihingen', ENCODER + CLASSES['aerial'] + DISTANCES, [2_784_195, 2_779_075]),
        ('da/d_potsdam_vaihingen', ENCODER + DISTANCES, [2_770_882]),
        ('stl/s_cityscapes_extra', ENCODER + CLASSES['street'], []),
    ],
)
def test_numbers_of_parameters(name, network, critics):
    learner = build(name)
    assert numbers(learner.network) == network
    levels = [found for one in learner.objectives.values() for found in getattr(one, 'critics', {}).values()]
    assert list(map(numbers, levels)) == critics


@pytest.mark.parametrize('scenario', SCENARIOS)
def test_scenarios(scenario):
    crop, updates, first, second, further = SCENARIOS[scenario]
    cfg = load_config(f'semimtl/sd_{scenario}')
    semseg, distance = cfg.tasks
    streams = [cfg.train_dataloader[stream].dataset for stream in ('classes', 'distances')]
    assert [(one.type, one.split, list(one.tasks)) for one in streams] == [(*first, [semseg]), (*second, [distance])]
    for one in streams:
        assert [(step.type, step.get('size')) for step in one.pipeline][1:4] == [
            ('RandomScale', None),
            ('Pad', (crop, crop)),
            ('RandomCrop', (crop, crop)),
        ]
    assert list(cfg.get('further_dataloaders', {})) == further
    assert all(list(loader.dataset.tasks) == list(cfg.tasks) for loader in cfg.get('further_dataloaders', {}).values())
    assert cfg.balancer.weights == {semseg: 1, distance: 0.01}
    optimizer, critics = cfg.optim_wrapper.optimizer, cfg.optim_wrapper.critics.optimizer
    assert (optimizer.type, optimizer.lr, optimizer.momentum, optimizer.weight_decay) == ('SGD', 0.01, 0.9, 1e-4)
    assert (critics.type, critics.lr, critics.betas) == ('Adam', 1e-4, (0.9, 0.99))
    decays = [*cfg.param_scheduler.network, *cfg.param_scheduler.critics]
    assert [(one.power, one.eta_min, one.end) for one in decays] == [(0.9, 0.0, updates + 1)] * 2
    assert cfg.train_cfg.max_iters == updates


@pytest.mark.parametrize('scenario', SCENARIOS)
def test_single_tasks_see_the_stream_that_labels_them(scenario):
    for row, stream in (('s', 'classes'), ('d', 'distances')):
        cfg = load_config(f'stl/{row}_{scenario}')
        assert list(cfg.train_dataloader) == list(cfg.objectives) == [stream]
        assert list(cfg.train_dataloader[stream].dataset.tasks) == list(cfg.tasks)
        assert 'critics' not in cfg.optim_wrapper


def test_methods_are_options_of_one_objective():
    street = 'semimtl/sd_cityscapes_synscapes'
    rows = (street, f'{street}_m1', f'{street}_m3', 'semisd/sd_cityscapes_synscapes', 'da/s_potsdam_vaihingen')
    found = [dict(load_config(name).objectives.alignment) for name in rows]
    own = [{key: value for key, value in one.items() if key not in ('type', 'critic', 'streams')} for one in found]
    assert own == [
        {},
        dict(towards='labeled'),
        dict(towards='others'),
        dict(shared=True),
        dict(with_labels=False, towards='labeled'),
    ]
    assert list(load_config('jtl/sd_cityscapes_synscapes').objectives) == ['classes', 'distances']
