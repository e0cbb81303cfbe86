"""Scores at the camera's size, from predictions at the network's (R22)."""

import numpy as np
import pytest
import torch

from mtlbench.datasets.transforms import PackSample, Resize
from mtlbench.errors import ConfigError
from mtlbench.evaluation.multi_task import MultiTaskMetric
from mtlbench.structures import FieldKind, MultiTaskSample, register_class_set
from mtlbench.structures.kinds.base import nearest

register_class_set('robust_3', 'abc', [(0, 0, 0), (100, 0, 0), (0, 100, 0)])


def test_labels_can_keep_the_size_of_the_camera():
    results = {
        'image': np.zeros((20, 40, 3), np.uint8),
        'gt_semseg': np.ones((20, 40), np.int64),
        'kinds': {'image': FieldKind.IMAGE, 'gt_semseg': FieldKind.IDS},
        'intrinsics': np.diag([40.0, 20.0, 1.0]),
    }
    out = Resize((10, 10), labels=False)(results)
    assert out['image'].shape == (10, 10, 3) and out['gt_semseg'].shape == (20, 40)
    assert out['intrinsics'][0, 0] == out['intrinsics'][1, 1] == 10


def test_nearest_takes_the_pixel_under_the_center():
    values = torch.arange(12).reshape(1, 3, 4)
    out = nearest(values, (5, 7))
    for y in range(5):
        for x in range(7):
            assert out[0, y, x] == values[0, int((y + 0.5) * 3 / 5), int((x + 0.5) * 4 / 7)]
    assert nearest(values, (3, 4)) is values


def test_metric_scores_at_the_size_of_the_label():
    draw = torch.Generator().manual_seed(0)
    label, prediction = (torch.randint(3, (1, *size), generator=draw) for size in ((30, 50), (12, 20)))
    config = dict(semseg=dict(type='SemSegTask', class_set='robust_3'))
    scores = []
    for guess in (prediction, nearest(prediction, (30, 50))):
        sample = MultiTaskSample()
        sample.set_label('semseg', label)
        sample.set_prediction('semseg', guess)
        metric = MultiTaskMetric(config)
        metric.process(None, [sample])
        scores.append(metric.evaluate(1))
    assert scores[0] == scores[1] and 0 < scores[0]['semseg/pixel_acc'] < 1


def test_labels_of_the_camera_are_packed_and_others_must_fit():
    results = {
        'image': np.zeros((20, 40, 3), np.uint8),
        'gt_semseg': np.ones((20, 40), np.int64),
        'kinds': {'image': FieldKind.IMAGE, 'gt_semseg': FieldKind.IDS},
        'intrinsics': np.eye(3),
        'tasks': ['semseg'],
        'img_path': 'x.png',
    }
    out = PackSample()(Resize((10, 10), labels=False)(results))
    assert out['inputs'].shape == (3, 10, 10) and out['data_samples'].label('semseg').shape == (1, 20, 40)
    results['gt_semseg'] = np.ones((5, 5), np.int64)
    with pytest.raises(ConfigError, match='add a Resize'):
        PackSample()({**results, 'labels_of_camera': False})
