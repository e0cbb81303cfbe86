"""The configs of segmentation with self-supervised depth, and of its pretraining."""

import pytest
import torch

from mtlbench.config import load_config
from mtlbench.registry import MODELS


def count(module):
    return sum(parameter.numel() for parameter in module.parameters())


@pytest.mark.parametrize(
    ('config', 'parameters'),
    [
        ('xtam/sd_cityscapes_sde', 87_404_452),
        ('three_ways/sd_cityscapes_sde', 87_221_156),
        ('sde/d_cityscapes', 64_566_788),
    ],
)
def test_networks_are_as_large_as_the_published_ones(config, parameters):
    with torch.device('meta'):
        model = MODELS.build(load_config(config).model)
    assert count(model.network) == parameters
    assert count(model.objectives['photometric'].pose) == 11_185_920 + 1_314_572


@pytest.mark.parametrize('profile', ['full', 'mini'])
@pytest.mark.parametrize('config', ['xtam/sd_cityscapes_sde', 'three_ways/sd_cityscapes_sde'])
def test_training_knows_no_depth_and_starts_from_depth_of_video(config, profile):
    cfg = load_config(config, profile)
    assert cfg.train_dataloader.labeled.dataset.tasks == ['semseg']
    assert cfg.val_dataloader.dataset.tasks == ['semseg', 'depth']
    assert set(cfg.model.objectives) == {'supervised', 'photometric'}
    with torch.device('meta'):
        heir, source = (MODELS.build(node.model) for node in (cfg, load_config(cfg.starts_from.config, profile)))
    for own, other in cfg.starts_from.parts.items():
        shapes = [
            {name: value.shape for name, value in model.get_submodule(part).state_dict().items()}
            for model, part in ((heir, own), (source, other))
        ]
        assert shapes[0] == shapes[1]


@pytest.mark.parametrize('profile', ['full', 'mini'])
def test_pretraining_takes_three_runs(profile):
    chain = ['xtam/sd_cityscapes_sde']
    while start := load_config(chain[-1], profile).get('starts_from'):
        chain.append(start.config)
    assert chain[1:] == ['sde/d_cityscapes_features', 'sde/d_cityscapes_crops', 'sde/d_cityscapes_whole']


def test_the_reference_recipe_takes_the_camera_of_the_full_image():
    for recipe, which in (('paper', 'scaled'), ('reference', 'native')):
        pipeline = load_config('xtam/sd_cityscapes_sde', recipe=recipe).train_dataloader.labeled.dataset.pipeline
        assert [step.get('which', 'scaled') for step in pipeline if step.type == 'ChooseIntrinsics'] == [which]


@pytest.mark.parametrize('config', ['xtam/sd_cityscapes_sde', 'three_ways/sd_cityscapes_sde'])
def test_heads_mean_the_same_depth_as_those_they_start_from(config):
    for profile in ('full', 'mini'):
        names = (config, load_config(config).starts_from.config)
        heir, source = (load_config(name, profile).tasks.depth for name in names)
        assert [heir.get(key) for key in ('near_m', 'far_m')] == [source.get(key) for key in ('near_m', 'far_m')]
