import math

import numpy as np
import pytest
import torch

from mtlbench.errors import ConfigError
from mtlbench.tasks import EdgesTask


def rows(values):
    return torch.tensor(values)[None, None, None]


def scores_of(predicted, label):
    task = EdgesTask()
    return task.scores(task.statistics(predicted, label))


def test_f1_of_the_published_example():
    assert scores_of(rows([0, 1, 1, 0]), rows([0, 0, 1, 1])) == {'f1': 0.5, 'f1_edge': 0.5}


def by_loop(predicted, label):
    """F1 from precision and recall of each class, by counting pixels."""
    f1 = []
    for positive in (0, 1):
        pairs = [(p == positive, g == positive) for p, g in zip(predicted, label, strict=True) if g != 255]
        hits = sum(p and g for p, g in pairs)
        precision = hits / sum(p for p, _ in pairs)
        recall = hits / sum(g for _, g in pairs)
        f1.append(2 * precision * recall / (precision + recall))
    return {'f1': (f1[0] + f1[1]) / 2, 'f1_edge': f1[1]}


def random_maps():
    draw = torch.Generator().manual_seed(4)
    label = (torch.rand(3, 1, 7, 9, generator=draw) < 0.2).long()
    label[torch.rand(label.shape, generator=draw) < 0.1] = 255
    return torch.randint(2, label.shape, generator=draw), label


def test_scores_equal_a_plain_loop():
    predicted, label = random_maps()
    expected = by_loop(predicted.flatten().tolist(), label.flatten().tolist())
    assert scores_of(predicted, label) == pytest.approx(expected, rel=1e-12)


def loss_by_loop(logits, label, edge_weight):
    total = weights = 0.0
    for (a, b), g in zip(logits, label, strict=True):
        if g != 255:
            weight = edge_weight if g else 1 - edge_weight
            total += weight * (math.log(math.exp(a) + math.exp(b)) - (b if g else a))
            weights += weight
    return total / weights


@pytest.mark.parametrize('edge_weight', [0.95, 0.5])
def test_loss_equals_a_plain_loop(edge_weight):
    """float32 sums of 189 terms of one sign: a relative error of 1e-6."""
    _, label = random_maps()
    logits = torch.randn(3, 2, 7, 9, generator=torch.Generator().manual_seed(1))
    pairs = logits.permute(0, 2, 3, 1).reshape(-1, 2).tolist()
    expected = loss_by_loop(pairs, label.flatten().tolist(), edge_weight)
    assert EdgesTask(edge_weight).loss(logits, label).item() == pytest.approx(expected, rel=1e-5)


def test_a_missed_edge_costs_as_much_as_nineteen_false_ones():
    """From logits of no opinion: the gradients of an edge pixel and of one beside it."""
    logits = torch.zeros(1, 2, 1, 2, requires_grad=True)
    EdgesTask().loss(logits, rows([0, 1])).backward()
    beside, on = logits.grad[0, 1, 0].abs().tolist()
    assert on / beside == pytest.approx(19, rel=1e-5)


def test_a_larger_prediction_counts_in_the_size_of_the_label():
    logits = torch.randn(1, 2, 4, 6)
    assert EdgesTask().loss(logits, torch.ones(1, 1, 9, 7, dtype=torch.long)).isfinite()


@pytest.mark.parametrize(('metric', 'best'), [('macro', 0), ('binary', 1)])
def test_best_constant_is_the_better_of_the_two(metric, best):
    task, (_, label) = EdgesTask(metric=metric), random_maps()
    constant = task.best_constant(task.constant_statistics(label))
    scores = [scores_of(torch.full_like(label, value), label)[task.metric_of_record] for value in (0, 1)]
    assert constant.item() == int(np.argmax(scores)) == best


def test_without_edges_the_other_class_counts_alone():
    empty = torch.zeros(1, 1, 2, 2, dtype=torch.long)
    scores = scores_of(empty, empty)
    assert scores['f1'] == 1 and math.isnan(scores['f1_edge'])


def test_critics_see_probabilities_and_labels_alike():
    logits, label = torch.tensor([[0.0, 0.0], [0.0, math.log(3)]]).T.reshape(1, 2, 1, 2), rows([0, 255])
    assert EdgesTask().critic_input(logits)[0, :, 0].T.flatten().tolist() == pytest.approx([0.5, 0.5, 0.25, 0.75])
    maps, valid = EdgesTask().critic_label(label)
    assert maps[0, :, 0].T.tolist() == [[1, 0], [0, 0]] and valid.flatten().tolist() == [True, False]


def test_another_metric_is_refused():
    with pytest.raises(ConfigError, match=r'tasks\.edges\.metric .*macro, binary'):
        EdgesTask(metric='odsf')


def test_drawn_white_on_black():
    image = EdgesTask().draw(torch.tensor([[[0, 1, 255]]]))
    assert image[0].tolist() == [[0] * 3, [255] * 3, [0] * 3]


@pytest.mark.parametrize('weight', [0, 1, -0.5])
def test_weights_that_make_no_sense_are_refused(weight):
    with pytest.raises(ConfigError, match=r'tasks\.edges\.edge_weight'):
        EdgesTask(weight)
