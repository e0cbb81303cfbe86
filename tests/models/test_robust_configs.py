"""The configs of the robustness paper."""

from __future__ import annotations

import pytest
import torch
from mmengine.registry import init_default_scope
from model_stubs import parameters

from mtlbench.config import list_configs, load_config
from mtlbench.registry import MODELS, TASKS

SINGLE, MULTI = 'robust/s_cityscapes', 'robust/sd_cityscapes_l0p1'
ENCODER, TRUNK, DISPARITY, POSE_ENCODER = 11_176_512, 3_150_560, 2_164, 11_185_920


def learner(name, **options):
    init_default_scope('mtlbench')
    with torch.device('meta'):
        return MODELS.build(load_config(name, **options).model.to_dict())


def steps(loader):
    return [step['type'] for step in loader.dataset.pipeline]


@pytest.mark.parametrize(('recipe', 'logits'), [('paper', 2_755), ('sgdepth', 2_900)])
def test_numbers_of_parameters(recipe, logits):
    found = learner(MULTI, recipe=recipe)
    network = found.network
    assert parameters(network.encoder) == ENCODER
    assert {name: parameters(decoder) for name, decoder in network.decoders.items()} == dict.fromkeys(
        found.tasks, TRUNK
    )
    assert {name: parameters(heads) for name, heads in network.heads.items()} == dict(semseg=logits, depth=DISPARITY)
    assert parameters(network) == ENCODER + 2 * TRUNK + logits + DISPARITY
    pose = found.objectives['photometric'].pose
    assert (parameters(pose.encoder), parameters(pose.head)) == (POSE_ENCODER, 1_313_030)


def test_the_single_task_network_is_the_same_without_depth():
    assert parameters(learner(SINGLE).network) == ENCODER + TRUNK + 2_755
    two_motions = {'objectives.photometric.pose.motions': 2}
    assert parameters(learner(MULTI, options=two_motions).objectives['photometric'].pose.head) == 1_314_572


@torch.no_grad()
def test_shapes_at_the_papers_size():
    init_default_scope('mtlbench')
    network = MODELS.build(load_config(MULTI).model.to_dict()).network.eval()
    features = network.encode(torch.zeros(1, 3, 192, 640))
    sizes = [(64, 96, 320), (64, 48, 160), (128, 24, 80), (256, 12, 40), (512, 6, 20)]
    assert [tuple(maps.shape[1:]) for maps in features] == sizes
    found = network.decode(features, (192, 640))
    depth = {level: tuple(maps.shape[1:]) for level, maps in found['depth'].items()}
    assert depth == {level: (1, 192 >> level, 640 >> level) for level in (3, 2, 1, 0)}
    assert {level: tuple(maps.shape[1:]) for level, maps in found['semseg'].items()} == {0: (19, 192, 640)}


def test_each_config_scales_by_the_number_in_its_name():
    names = [name for name in list_configs() if name.startswith('robust/sd') and '_l' in name]
    assert len(names) == 14 + 2  # the lambdas, and two exchanges at one of them
    for name in names:
        share = float(name.split('_l')[1].split('_')[0].replace('p', '.'))
        scales = load_config(name).model.network.gradient_scales
        assert scales.semseg == share and scales.depth == pytest.approx(1 - share)


def test_streams_and_schedule():
    single, multi = load_config(SINGLE), load_config(MULTI)
    assert {stream: loader.batch_size for stream, loader in single.train_dataloader.items()} == dict(labeled=12)
    assert {stream: loader.batch_size for stream, loader in multi.train_dataloader.items()} == dict(labeled=6, video=6)
    labeled, video = multi.train_dataloader.labeled, multi.train_dataloader.video
    assert steps(labeled) == steps(single.train_dataloader.labeled)
    assert steps(labeled) == ['Resize', 'RandomFlip', 'RandomCrop', 'ColorJitter', 'PackSample']
    assert (labeled.dataset.tasks, video.dataset.tasks) == (['semseg'], [])
    assert labeled.dataset.class_set == multi.tasks.semseg.class_set == 'cityscapes_19'
    assert [loader.dataset.pipeline[-2].prob for loader in (labeled, video)] == [1.0, 0.5]
    assert multi.model.routes == dict(tasks=dict(labeled=['semseg'], video=['depth']), joint=True)
    for cfg in (single, multi):
        assert cfg.train_cfg.max_iters == 40 * (28_937 // 6)
        assert cfg.param_scheduler[0].milestones == [30 * (28_937 // 6)]
        assert (cfg.optim_wrapper.optimizer.type, cfg.optim_wrapper.optimizer.lr) == ('Adam', 1e-4)
        assert cfg.balancer.weights == dict.fromkeys(cfg.tasks, 1)


def test_class_weights_of_the_table():
    """Section 3.1, whose shares are rounded: that moves the weights of rare classes in their fifth digit."""
    paper, sgdepth = (weights(recipe)[[0, 1, 2, 12, 17]].tolist() for recipe in ('paper', 'sgdepth'))
    assert paper == pytest.approx([3.361, 14.022, 4.987, 47.676, 48.405], rel=5e-4)
    assert sgdepth == pytest.approx([2.8149, 6.9850, 3.7890, 10.3737, 10.4054], rel=5e-4)
    assert weights('paper').shape == (19,) and weights('sgdepth')[19:].tolist() == [0]


def weights(recipe):
    init_default_scope('mtlbench')
    return TASKS.build(load_config(SINGLE, recipe=recipe).tasks.semseg.to_dict()).weights


def test_the_recipe_of_sgdepth():
    cfg = load_config(MULTI, recipe='sgdepth')
    assert 'RandomScale' in steps(cfg.train_dataloader.labeled)
    assert list(cfg.train_dataloader.video.dataset.cameras) == ['image_02', 'image_03']
    semseg, photometric = cfg.tasks.semseg, cfg.model.objectives.photometric
    assert semseg.background and semseg.ce_norm == 'weight_sum' and not semseg.attack_weights
    assert photometric.automask and photometric.smooth_on == 'prediction' and photometric.pose.scale == 'init'
    assert cfg.tasks.depth.initial_bias == 5
    assert (cfg.train_cfg.max_iters, cfg.param_scheduler[0].milestones) == (20 * 9_645, [15 * 9_645])
    paper = load_config(MULTI).model.objectives.photometric
    assert not paper.automask and paper.smooth_on == 'inverse_depth' and paper.pose.motions == 1


@pytest.mark.parametrize('recipe', ['paper', 'sgdepth'])
@pytest.mark.parametrize('name', [SINGLE, MULTI, f'{MULTI}_xtam', f'{MULTI}_ccam'])
def test_mini_crops_both_streams_alike(name, recipe):
    loaders = load_config(name, 'mini', recipe).train_dataloader
    assert all('RandomScale' not in steps(loader) and 'cameras' not in loader.dataset for loader in loaders.values())
    crops = [
        step['size'] for loader in loaders.values() for step in loader.dataset.pipeline if step.type == 'RandomCrop'
    ]
    assert crops == [(64, 192)]  # of the images with labels; the video is loaded in that size
    assert [loaders.video.dataset.pipeline[0].size] == crops if 'video' in loaders else crops
    assert sum(loader.batch_size for loader in loaders.values()) == 6
