import numpy as np
import pytest
import torch

from mtlbench.errors import ConfigError, DataError
from mtlbench.structures import register_class_set
from mtlbench.tasks import SemSegTask

register_class_set('semseg_3', ['road', 'traffic light', 'sky'], [(128, 64, 128), (250, 170, 30), (70, 130, 180)])


@pytest.fixture
def task():
    return SemSegTask('semseg_3')


def test_scores_equal_a_plain_loop(task):
    rng = np.random.default_rng(0)
    predicted, label = rng.integers(0, 2, (4, 1, 9, 11)), rng.choice([0, 1, 2, 255], (4, 1, 9, 11))
    counted = [(p, g) for p, g in zip(predicted.ravel(), label.ravel(), strict=True) if g != 255]
    ious = []
    for c in range(3):
        both = sum(p == c and g == c for p, g in counted)
        either = sum(p == c or g == c for p, g in counted)
        ious.append(both / either)
    scores = task.scores(task.statistics(torch.from_numpy(predicted), torch.from_numpy(label)))
    assert scores == pytest.approx(
        {
            'miou': sum(ious) / 3,
            'pixel_acc': sum(p == g for p, g in counted) / len(counted),
            'iou_road': ious[0],
            'iou_traffic_light': ious[1],
            'iou_sky': ious[2],
        },
        rel=1e-12,
    )


def test_a_class_in_neither_labels_nor_predictions_is_left_out_of_the_mean(task):
    scores = task.scores(task.statistics(torch.tensor([[[[0, 0, 1]]]]), torch.tensor([[[[0, 1, 1]]]])))
    assert np.isnan(scores['iou_sky'])
    assert scores['miou'] == pytest.approx(0.5)  # road 1/2, traffic light 1/2


def test_a_class_in_neither_can_count_as_zero():
    task = SemSegTask('semseg_3', count_absent=True)
    scores = task.scores(task.statistics(torch.tensor([[[[0, 0, 1]]]]), torch.tensor([[[[0, 1, 1]]]])))
    assert scores['miou'] == pytest.approx((0.5 + 0.5 + 0) / 3)


@pytest.mark.parametrize('use', ['loss', 'statistics', 'constant_statistics'])
@pytest.mark.parametrize('wrong', [3, -1, 250])
def test_unknown_ids_are_named(task, use, wrong):
    label = torch.tensor([[[[0, wrong, 255]]]])
    calls = {
        'loss': lambda: task.loss(torch.zeros(1, 3, 1, 3), label),
        'statistics': lambda: task.statistics(torch.zeros_like(label), label),
        'constant_statistics': lambda: task.constant_statistics(label[0]),
    }
    with pytest.raises(DataError, match=rf"\[{wrong}\].*'semseg_3'.*0\.\.2"):
        calls[use]()


def test_unknown_class_set_is_answered_with_the_known_ones():
    with pytest.raises(ConfigError, match='semseg_3'):
        SemSegTask('semseg_4')


def test_drawn_in_the_palette_with_ignored_pixels_black(task):
    image = task.draw(torch.tensor([[[0, 1, 2, 255]]]))
    assert image.tolist() == [[[128, 64, 128], [250, 170, 30], [70, 130, 180], [0, 0, 0]]]


def test_best_constant_is_the_most_frequent_class(task):
    sums = task.constant_statistics(torch.tensor([[[1, 1, 0, 255, 255, 255]]]))
    assert task.best_constant(sums).item() == 1
