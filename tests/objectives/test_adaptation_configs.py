"""The configs of xTAM's Table 6."""

import pytest
import torch

from mtlbench.config import load_config
from mtlbench.registry import MODELS

ROWS = ('stl/s', 'stl/d', 'mtl/sd')
SOURCES = dict(synthia=('SYNTHIADataset', 'cityscapes_16'), vkitti2=('VKITTI2Dataset', 'cityscapes_8'))


def numbers(module):
    return sum(parameter.numel() for parameter in module.parameters())


@pytest.mark.parametrize(
    ('source', 'network', 'critics'),
    [('synthia', 87_399_458, (2_778_049, 2_762_689)), ('vkitti2', 87_397_906, (2_769_857, 2_762_689))],
)
def test_numbers_of_parameters(source, network, critics):
    with torch.device('meta'):
        learner = MODELS.build(load_config(f'xtam/sd_cityscapes_{source}_uda').model)
    assert numbers(learner.network) == network
    found = learner.objectives['alignment'].critics
    assert {task: list(map(numbers, levels.values())) for task, levels in found.items()} == dict(
        semseg=[critics[0]] * 2, depth=[critics[1]] * 2
    )


@pytest.mark.parametrize('source', SOURCES)
@pytest.mark.parametrize('row', [*ROWS, 'xtam/sd'])
def test_adaptation_has_no_labels_of_the_target(row, source):
    cfg = load_config(f'{row}_cityscapes_{source}_uda')
    kind, classes = SOURCES[source]
    labeled, target = cfg.train_dataloader.labeled.dataset, cfg.train_dataloader.target.dataset
    assert (labeled.type, labeled.split, list(labeled.tasks)) == (kind, 'all', list(cfg.tasks))
    assert (target.type, target.split, target.tasks) == ('CityscapesDataset', 'train', [])
    assert cfg.val_dataloader.dataset.class_set == target.class_set == classes
    assert cfg.tasks.get('semseg', dict(class_set=classes))['class_set'] == classes
    assert cfg.tasks.get('depth', dict(median_scaling=True))['median_scaling']
    assert cfg.train_cfg.max_iters == 90_000
    assert cfg.optim_wrapper.clip_grad is None
    assert cfg.param_scheduler.network == []


@pytest.mark.parametrize('source', SOURCES)
@pytest.mark.parametrize('row', ROWS)
def test_other_rows_learn_from_one_domain(row, source):
    for domain, kind in (('target', 'CityscapesDataset'), ('source', SOURCES[source][0])):
        cfg = load_config(f'{row}_cityscapes_{source}_{domain}')
        assert [loader.dataset.type for loader in cfg.train_dataloader.values()] == [kind]
        assert cfg.val_dataloader.dataset.type == 'CityscapesDataset'
        assert list(cfg.model.objectives) == ['supervised']
        assert 'critics' not in cfg.optim_wrapper and cfg.param_scheduler == []
        assert cfg.train_cfg.max_iters == 90_000


def test_the_source_is_cropped_to_the_targets_size():
    steps = load_config('mtl/sd_cityscapes_vkitti2_uda').train_dataloader.labeled.dataset.pipeline
    sizes = [(step['type'], tuple(step['size'])) for step in steps if 'size' in step]
    assert sizes == [('Resize', (512, 1696)), ('RandomCrop', (512, 1024))]


def test_rates_of_xtam():
    wrapper = load_config('xtam/sd_cityscapes_synthia_uda').optim_wrapper
    assert (wrapper.optimizer.type, wrapper.optimizer.lr, wrapper.optimizer.betas) == ('Adam', 2.5e-4, (0.9, 0.98))
    assert wrapper.paramwise_cfg['network.encoder'].lr == 1.5e-5
    assert (wrapper.critics.optimizer.lr, wrapper.critics.optimizer.betas) == (1e-4, (0.9, 0.99))
