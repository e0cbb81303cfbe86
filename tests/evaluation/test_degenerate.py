"""Predictions and labels that say nothing: never a good score, never an infinity, NaN only where nothing was valid."""

import inspect
import math

import numpy as np
import pytest
import torch

import mtlbench.tasks  # noqa: F401  registers the tasks
from mtlbench.evaluation.multi_task import MultiTaskMetric
from mtlbench.registry import TASKS
from mtlbench.structures import FieldKind, MultiTaskSample, register_class_set
from mtlbench.tasks import DepthTask, DisparityDepthTask, EdgesTask, SemSegTask

register_class_set('degenerate_3', 'abc', [(i, i, i) for i in range(3)])
SIZE = (8, 12)
VARIANTS = [
    *((name, {}) for name in TASKS.names()),
    ('DepthTask', dict(median_scaling=True)),
    ('DepthTask', dict(accumulate='image_rmse')),
    ('DepthTask', dict(accumulate='pixel', decode='reference')),
    ('NormalsTask', dict(metric='reference')),
    ('SemSegTask', dict(count_absent=True, background=True)),
]
BROKEN = {'NaN': math.nan, 'infinity': math.inf, 'minus infinity': -math.inf}


def build(name, options):
    needed = {'class_set': 'degenerate_3'} if 'class_set' in inspect.signature(TASKS.get(name)).parameters else {}
    return TASKS.build(dict(type=name, **needed, **options))


def make_label(task, empty=False):
    draw = torch.Generator().manual_seed(0)
    if task.kind in (FieldKind.IDS, FieldKind.BOUNDARY):
        ids = torch.randint(2, (2, 1, *SIZE), generator=draw)
        return torch.full_like(ids, 255) if empty else ids
    if task.kind is FieldKind.DIRECTION:
        return torch.nn.functional.normalize(torch.randn(2, 3, *SIZE, generator=draw), dim=1) * (not empty)
    meters = 2 + 50 * torch.rand(2, 1, *SIZE, generator=draw)
    return torch.full_like(meters, -1.0 if task.kind is FieldKind.HEIGHT else 0.0) if empty else meters


every_variant = pytest.mark.parametrize(('name', 'options'), VARIANTS, ids=lambda value: str(value))


@every_variant
@pytest.mark.parametrize('value', BROKEN.values(), ids=BROKEN)
def test_a_broken_prediction_is_no_good_one(name, options, value):
    task = build(name, options)
    label = make_label(task)
    scores = task.scores(task.statistics(task.decode(torch.full((2, task.out_channels, *SIZE), value)), label))
    for metric, higher in task.higher_is_better.items():
        if name == 'SemSegTask' and metric == 'iou_c':
            continue  # a class that does not occur
        assert math.isfinite(scores[metric]), metric
        # An infinite logit is the largest, an infinite code a near depth, and of a sigmoid either end of its range.
        says_something = name == 'DisparityDepthTask' and math.isinf(value)
        says_something |= value == math.inf and name in ('EdgesTask', 'SemSegTask', 'DepthTask', 'InverseDepthTask')
        if higher and not says_something:
            assert scores[metric] < 0.2, metric


@every_variant
@pytest.mark.parametrize('value', BROKEN.values(), ids=BROKEN)
def test_no_infinity_and_no_nan_enters_a_score_by_one_pixel(name, options, value):
    task = build(name, options)
    label = make_label(task)
    draw = torch.Generator().manual_seed(1)
    prediction = torch.rand(2, task.out_channels, *SIZE, generator=draw)
    prediction[0, :, 2, 3] = value
    scores = task.scores(task.statistics(task.decode(prediction), label))
    assert [key for key, score in scores.items() if math.isinf(score)] == []
    assert [key for key, score in scores.items() if math.isnan(score) and key != 'iou_c'] == []
    assert task.draw(task.decode(prediction)[0]).dtype == np.uint8


@every_variant
def test_where_nothing_is_valid_no_score_is_a_number(name, options):
    task = build(name, options)
    label = make_label(task, empty=True)
    assert not task.valid(label).any() and task.valid(make_label(task)).all()
    scores = task.scores(task.statistics(task.decode(torch.rand(2, task.out_channels, *SIZE)), label))
    assert all(math.isnan(score) for key, score in scores.items() if key != 'reference_deg')
    loss = task.loss(torch.rand(2, task.out_channels, *SIZE, requires_grad=True), label)
    assert loss == 0


def scaled(decoded, label):
    task = DepthTask(median_scaling=True)
    return task.scores(task.statistics(decoded, label))


@pytest.mark.parametrize('factor', [-1.0, 0.0, math.nan, math.inf])
def test_what_has_no_positive_median_cannot_be_scaled(factor):
    """Times -1 it would be perfect: the labels' own values, all negative."""
    label = make_label(DepthTask())
    scores = scaled(label * factor, label)
    worst = scaled(torch.full_like(label, -1), label)
    assert scores == worst
    assert scores['delta3'] == 0 and scores['abs_rel'] > 0.99
    assert scaled(label * 3, label)['rmse_m'] == pytest.approx(0, abs=1e-4)


def test_each_image_is_scaled_or_wrong_by_itself():
    label = make_label(DepthTask())
    mixed = torch.stack([label[0] * 5, -label[1]])
    assert scaled(mixed, label)['delta1'] == pytest.approx(0.5)


def test_a_few_pixels_without_a_number_do_not_spoil_the_median():
    label = make_label(DepthTask())
    broken = label * 5
    broken[0, 0, 0, :3] = math.nan
    assert scaled(broken, label)['delta1'] == pytest.approx(1 - 3 / label.numel())


def test_far_and_near_labels_have_their_own_furthest_end():
    task = DepthTask(min_depth_m=1.0, max_depth_m=64.0)
    label = torch.tensor([2.0, 32.0]).reshape(1, 1, 1, 2)
    scores = task.scores(task.statistics(torch.full_like(label, math.nan), label))
    assert scores['abs_rel'] == pytest.approx(((64 - 2) / 2 + (32 - 1) / 32) / 2)


@pytest.mark.parametrize('task', [SemSegTask('degenerate_3'), EdgesTask()], ids=['semseg', 'edges'])
def test_an_id_that_is_no_class_is_wrong_and_taken_for_no_other_pixel(task):
    label = torch.tensor([0, 0, 1, 1]).reshape(1, 1, 2, 2)
    predicted = torch.tensor([0, 255, 255, 1]).reshape(1, 1, 2, 2)
    confusion = task.statistics(predicted, label)['confusion']
    assert confusion.sum() == 4 and confusion.diagonal().sum() == 2


# Labels of the camera's size: Cityscapes' are 1024 x 2048, images are half of it; others are no multiple.
@every_variant
@pytest.mark.parametrize(('size', 'of_label'), [((32, 64), (64, 128)), ((32, 64), (47, 155)), ((32, 64), (16, 20))])
def test_a_label_of_another_size_than_the_prediction(name, options, size, of_label):
    task = build(name, options)
    label = torch.nn.functional.interpolate(make_label(task).float(), of_label).to(make_label(task).dtype)
    metric = MultiTaskMetric({task.name: dict(type=name, **_arguments(task, options))})
    for one in label:
        sample = MultiTaskSample()
        sample.set_label(task.name, one)
        decoded = task.decode(torch.rand(1, task.out_channels, *size))[0]
        sample.set_prediction(task.name, decoded)
        metric.process(None, [sample.to_dict()])
        assert task.to_size(decoded[None], of_label).shape == (1, *decoded.shape[:1], *of_label)
        assert task.draw(one).shape == (*of_label, 3)
    scores = metric.evaluate(2)
    assert [key for key, value in scores.items() if not math.isfinite(value) and not key.endswith('iou_c')] == []


def _arguments(task, options):
    return {**options, **({'class_set': 'degenerate_3'} if isinstance(task, SemSegTask) else {})}


def test_depth_from_video_against_labels_of_genuine_cityscapes_size():
    task = DisparityDepthTask(window=(0.25, 0.75, 0.1, 0.9))
    label = 2 + 50 * torch.rand(1, 1024, 2048)
    sample = MultiTaskSample()
    sample.set_label('depth', label)
    sample.set_prediction('depth', task.decode(torch.rand(1, 1, 512, 1024))[0])
    metric = MultiTaskMetric(dict(depth=dict(type='DisparityDepthTask', window=(0.25, 0.75, 0.1, 0.9))))
    metric.process(None, [sample.to_dict()])
    assert all(math.isfinite(value) for value in metric.evaluate(1).values())
