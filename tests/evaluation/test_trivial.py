import math

import pytest
import torch

from mtlbench.evaluation.trivial import trivial_scores
from mtlbench.structures import FieldKind, MultiTaskSample, register_class_set
from mtlbench.tasks import DepthTask, NormalsTask, SemSegTask
from mtlbench.tasks.base import Task

register_class_set('trivial_3', 'abc', [(0, 0, 0)] * 3)


def dataset(*labels):
    """A list of items as a dataset gives them, one a dict of labels."""
    items = []
    for label in labels:
        sample = MultiTaskSample()
        for name, value in label.items():
            sample.set_label(name, value)
        items.append(dict(inputs=torch.zeros(3, 1, 4, dtype=torch.uint8), data_samples=sample))
    return items


def tasks_of(*tasks):
    return {task.name: task for task in tasks}


def test_constants_are_fitted_on_training_and_scored_on_validation():
    train = dataset(
        dict(semseg=torch.tensor([[[0, 0, 1, 255]]]), depth=torch.tensor([[[10.0, 10, 0, 500]]])),
        dict(semseg=torch.tensor([[[0, 1, 1, 1]]]), depth=torch.tensor([[[20.0, 20, 20, 20]]])),
    )
    val = dataset(
        dict(semseg=torch.tensor([[[1, 1, 0, 255]]]), depth=torch.tensor([[[12.0, 18, 0, 0]]])),
        dict(semseg=torch.tensor([[[1, 2, 1, 255]]]), depth=torch.tensor([[[15.0, 15, 15, 15]]])),
    )
    scores = trivial_scores(tasks_of(SemSegTask('trivial_3'), DepthTask()), train, val)
    # Class 1 everywhere: 4 of 6 pixels; depth 15 m: the mean of the images' means 10 and 20.
    assert scores['semseg/pixel_acc'] == pytest.approx(4 / 6)
    assert scores['semseg/miou'] == pytest.approx((4 / 6) / 3)
    assert scores['depth/rmse_m'] == pytest.approx(math.sqrt((9 + 0) / 2))


def test_normals_get_one_direction():
    up, side = (torch.tensor(v).view(3, 1, 1).expand(3, 1, 4) for v in ([0.0, -1, 0], [1.0, 0, 0]))
    scores = trivial_scores(
        tasks_of(NormalsTask()), dataset(dict(normals=up)), dataset(dict(normals=up), dict(normals=side))
    )
    assert scores['normals/mean_deg'] == pytest.approx(45)
    assert scores['normals/within_11.25'] == 0.5


def test_tasks_without_labels_are_left_out():
    depth = dataset(dict(depth=torch.ones(1, 1, 4)))
    scores = trivial_scores(tasks_of(DepthTask(), NormalsTask()), depth, depth)
    assert {name.split('/')[0] for name in scores} == {'depth'}


class Height(Task):
    """A third party's task: no best constant until it says so."""

    name = 'height'
    kind = FieldKind.DEPTH
    metric_of_record = 'mae_m'
    higher_is_better = {'mae_m': False}
    out_channels = 1

    def decode(self, prediction):
        return prediction

    def loss(self, prediction, label):
        return (prediction - label).abs().mean()

    def statistics(self, decoded, label):
        return {
            'error': (decoded - label).abs().mean((1, 2, 3)).double().sum(),
            'count': torch.tensor(float(len(label))),
        }

    def scores(self, sums):
        return {'mae_m': (sums['error'] / sums['count']).item()}

    def draw(self, values):
        raise NotImplementedError


class HeightWithConstant(Height):
    def constant_statistics(self, label):
        return {'sum': label.double().mean(), 'count': torch.tensor(1.0)}

    def best_constant(self, sums):
        return (sums['sum'] / sums['count']).reshape(1, 1, 1)


def test_a_third_partys_task_takes_part_when_it_offers_a_constant():
    heights = dataset(dict(height=torch.full((1, 1, 4), 2.0)), dict(height=torch.full((1, 1, 4), 4.0)))
    assert trivial_scores(tasks_of(Height()), heights, heights) == {}
    assert trivial_scores(tasks_of(HeightWithConstant()), heights, heights) == {'height/mae_m': 1.0}
