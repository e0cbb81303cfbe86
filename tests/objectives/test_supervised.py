"""Supervised learning: levels and missing labels."""

from __future__ import annotations

import pytest
import torch

from mtlbench.errors import ConfigError
from mtlbench.objectives import Batch, Step, SupervisedObjective
from mtlbench.structures import MultiTaskSample


class Difference:
    """A task whose loss is the mean difference; negative labels are invalid."""

    def loss(self, prediction, label):
        return (prediction.mean() - label.mean()).abs()

    def valid(self, label):
        return label >= 0


class Levels(torch.nn.Module):
    """Predicts a constant for each level, the level's number plus one."""

    def forward(self, images):
        shape = (len(images), 1, 4, 4)
        return {'height': {level: torch.full(shape, level + 1.0, requires_grad=True) for level in (2, 0)}}


def step_with(*labels):
    samples = []
    for label in labels:
        sample = MultiTaskSample()
        if label is not None:
            sample.set_label('height', torch.full((1, 4, 4), label))
        samples.append(sample)
    return Step(Levels(), {'height': Difference()}, {'labeled': Batch(torch.zeros(len(labels), 3, 4, 4), samples)})


@pytest.mark.parametrize(('level_reduce', 'expected'), [('mean', 2.0), ('sum', 4.0)])
def test_levels_are_averaged_or_added(level_reduce, expected):
    losses = SupervisedObjective(level_reduce=level_reduce).losses(step_with(0.0, None))
    assert losses['height'].item() == expected


@pytest.mark.parametrize('labels', [(None, None), (-1.0, None)])
def test_no_valid_label_gives_no_loss_but_keeps_the_network_connected(labels):
    step = step_with(*labels)
    assert SupervisedObjective().losses(step) == {}
    assert sum(step.idle) == 0
    sum(step.idle).backward()
    assert all((found.grad == 0).all() for found in step.predictions('labeled')['height'].values())


def test_another_reduction_is_refused():
    with pytest.raises(ConfigError, match="is 'max', expected 'mean' or 'sum'"):
        SupervisedObjective(level_reduce='max')
