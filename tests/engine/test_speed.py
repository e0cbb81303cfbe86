"""What the speed report counts."""

import math

import pytest
import torch
from torch import nn

from mtlbench.config import load_config
from mtlbench.engine.allocator import keep_freed_memory
from mtlbench.engine.speed import SpeedReport, count_gflop, measure_loading, random_batch
from mtlbench.registry import TASKS


def test_operations_of_a_convolution_are_counted_and_its_mode_is_kept():
    network = nn.Conv2d(3, 4, 3, padding=1).train()
    # A multiply and an add for each of 3 * 3 * 3 taps, 4 channels and 8 * 16 places.
    assert count_gflop(network, (8, 16)) == pytest.approx(2 * 27 * 4 * 128 / 1e9)
    assert network.training


def test_share_of_peak():
    report = SpeedReport(math.nan, 1.0, 2.0, 1.0, gflop=800.0, memory_mb=1.0, peak_gflops=250.0)
    assert report.step_s == 4.0
    assert report.share_of_peak == pytest.approx(0.8)


def test_random_batches_hold_valid_labels_and_are_repeatable():
    cfg = load_config('xtam/sdn_vkitti2', 'mini')
    tasks = {name: TASKS.build(node) for name, node in cfg.tasks.items()}
    batch = random_batch(tasks, 2, (16, 24))
    assert [tuple(picture.shape) for picture in batch['inputs']] == [(3, 16, 24)] * 2
    for sample in batch['data_samples']:
        for name, task in tasks.items():
            task.loss(torch.zeros(1, task.out_channels, 16, 24), sample.label(name)[None])
    again = random_batch(tasks, 2, (16, 24))
    assert all(torch.equal(a, b) for a, b in zip(batch['inputs'], again['inputs'], strict=True))


def test_loading_is_not_measured_where_there_is_no_data(tmp_path):
    assert math.isnan(measure_loading(load_config('stl/d_vkitti2', 'mini', data_root=tmp_path / 'nowhere'), 1))


def test_memory_settings_do_no_harm():
    keep_freed_memory()
    assert torch.ones(10**6).sum() == 10**6
