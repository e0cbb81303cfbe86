"""Ranking of validations."""

from __future__ import annotations

import math

import pytest

from mtlbench.errors import ConfigError
from mtlbench.evaluation.criterion import build_criterion
from mtlbench.registry import TASKS

NODES = {'semseg': dict(type='SemSegTask', class_set='cityscapes_19'), 'depth': dict(type='DepthTask')}


@pytest.fixture(scope='module')
def tasks():
    return {name: TASKS.build(dict(node)) for name, node in NODES.items()}


def criterion(name, tasks, baselines=None, **config):
    return build_criterion(name, baselines, tasks, config)


def test_the_direction_is_that_of_the_metric(tasks):
    up, down = criterion('semseg/miou', tasks), criterion('depth/rmse_m', tasks)
    assert up.improves(0.5, 0.4)
    assert not up.improves(0.4, 0.5)
    assert down.improves(4.0, 5.0)
    assert not down.improves(5.0, 4.0)
    assert not up.improves(0.5, 0.5)


def test_an_improvement_must_exceed_the_least_one(tasks):
    down = criterion('depth/rmse_m', tasks)
    assert not down.improves(4.5, 5.0, least=0.5)
    assert down.improves(4.25, 5.0, least=0.5)


def test_nan_is_never_better_and_always_worse(tasks):
    up = criterion('semseg/miou', tasks)
    assert not up.improves(math.nan, 0.1)
    assert not up.improves(math.nan, math.nan)
    assert up.improves(0.0, math.nan, least=10)
    assert math.isnan(up.value({'depth/rmse_m': 1.0}))


def test_the_delta_is_that_of_the_paper(tasks):
    # xTAM, table 1: the values of delta() in mtlbench/evaluation/delta.py.
    found = criterion('delta', tasks, {'semseg': 67.43, 'depth': 5.379})
    value = found.value({'semseg/miou': 80.53, 'depth/rmse_m': 4.161, 'depth/abs_rel': 9.0})
    assert value == pytest.approx(100 * ((80.53 - 67.43) / 67.43 + (5.379 - 4.161) / 5.379) / 2, rel=1e-12)
    assert found.improves(21.0, 20.0)
    assert math.isnan(found.value({'semseg/miou': math.nan, 'depth/rmse_m': 4.161}))
    assert math.isnan(found.value({'semseg/miou': 0.5}))


def test_a_further_dataset_has_metrics_of_its_own(tasks):
    found = criterion('semseg/miou@night', tasks, further_dataloaders={'night': {}})
    assert found.value({'semseg/miou': 0.1, 'semseg/miou@night': 0.2}) == 0.2
    with pytest.raises(ConfigError, match=r"no metric 'semseg/miou@nite'; did you mean semseg/miou@night"):
        criterion('semseg/miou@nite', tasks, further_dataloaders={'night': {}})


@pytest.mark.parametrize(
    ('baselines', 'words'),
    [
        (None, r'no baseline for semseg; set baselines=\[RUN, ...\]'),
        ({'semseg': 0.5}, 'no baseline for depth'),
        ({'semseg': 0.5, 'depth': 0}, 'the baseline of depth is 0'),
        ({'semseg': 0.5, 'depth': math.nan}, 'the baseline of depth is nan'),
        ({'semseg': 0.5, 'depth': 1.0, 'dept': 1.0}, "name the task 'dept'; did you mean depth"),
    ],
)
def test_baselines_that_do_not_fit_are_rejected(baselines, words, tasks):
    with pytest.raises(ConfigError, match=words):
        criterion('delta', tasks, baselines)


def test_a_metric_needs_no_baselines(tasks):
    with pytest.raises(ConfigError, match="baselines are for the criterion 'delta'"):
        criterion('semseg/miou', tasks, {'semseg': 0.5})
