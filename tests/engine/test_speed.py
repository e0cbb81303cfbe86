"""What the speed report counts."""

import math

import pytest
import torch
from torch import nn

from mtlbench.analysis.bench import random_streams
from mtlbench.analysis.speed import SpeedReport, measure_loading, measure_step
from mtlbench.config import load_config
from mtlbench.engine.allocator import keep_freed_memory
from mtlbench.engine.cost import count_gflop
from mtlbench.registry import MODELS, TASKS


def test_operations_of_a_convolution_are_counted_and_its_mode_is_kept():
    network = nn.Conv2d(3, 4, 3, padding=1).train()
    # A multiply and an add for each of 3 * 3 * 3 taps, 4 channels and 8 * 16 places.
    assert count_gflop(network, (8, 16)) == pytest.approx(2 * 27 * 4 * 128 / 1e9)
    assert network.training


def test_share_of_peak():
    report = SpeedReport(math.nan, 1.0, 2.0, 1.0, gflop=800.0, memory_mb=1.0, peak_gflops=250.0)
    assert report.step_s == 4.0
    assert report.share_of_peak == pytest.approx(0.8)


@pytest.mark.parametrize('config', ['xtam/sdn_vkitti2', 'semimtl/sd_potsdam_vaihingen', 'robust/sd_cityscapes_l0p1'])
def test_noise_is_labeled_as_the_streams_are_and_repeatable(config):
    cfg = load_config(config, 'mini', 'sgdepth' if 'robust' in config else 'paper')
    tasks = {name: TASKS.build(node) for name, node in cfg.tasks.items()}
    streams, again = (random_streams(cfg, tasks, 2, (16, 24)) for _ in range(2))
    assert list(streams) == list(cfg.train_dataloader)
    for name, batch in streams.items():
        node = cfg.train_dataloader[name].dataset
        assert [tuple(image.shape) for image in batch['inputs']] == [(3, 16, 24)] * 2
        assert all(torch.equal(a, b) for a, b in zip(batch['inputs'], again[name]['inputs'], strict=True))
        for sample in batch['data_samples']:
            assert [task for task in tasks if sample.has_label(task)] == node.tasks
            for task in node.tasks:  # a task refuses ids that it does not know
                prediction = torch.zeros(1, tasks[task].out_channels, 16, 24)
                assert tasks[task].loss(prediction, sample.label(task)[None]).isfinite()
            offsets = tuple(node.get('neighbor_offsets', ()))
            assert sample.neighbor_offsets == offsets
            assert ('neighbors' in sample) == bool(offsets)


def test_depth_from_video_learns_from_noise():
    """Its objective refuses labels of depth and asks for neighbors."""
    cfg = load_config('sde/d_cityscapes', 'mini')
    learner = MODELS.build(cfg.model)
    data = learner.data_preprocessor(random_streams(cfg, learner.tasks, 2, (32, 64)), True)
    assert learner(**data, mode='loss')['loss'].isfinite()


def test_loading_is_not_measured_where_there_is_no_data(tmp_path):
    assert math.isnan(measure_loading(load_config('stl/d_vkitti2', 'mini', data_root=tmp_path / 'nowhere'), 1))


def test_memory_settings_do_no_harm():
    keep_freed_memory()
    assert torch.ones(10**6).sum() == 10**6


def test_a_step_is_measured():
    cfg = load_config('xtam/sd_vkitti2', 'mini')
    # torch counts the backward pass of grouped convolutions, of which the encoder of mini is made, as if of one group.
    cfg.model.network.encoder = dict(type='ResNetEncoder', depth=18, weights=None)
    report = measure_step(cfg, (64, 64), 2, steps=1, dtype=torch.float32)
    forward = 2 * count_gflop(MODELS.build(cfg.model).network, (64, 64))
    # The backward pass is two products for each of the forward pass, but for images, which need no gradient.
    assert 2 * forward < report.gflop < 3 * forward
    assert min(report.forward_s, report.backward_s, report.optimizer_s) > 0
