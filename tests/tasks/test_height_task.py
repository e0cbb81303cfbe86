import math

import numpy as np
import pytest
import torch

from mtlbench.errors import ConfigError
from mtlbench.tasks import HeightTask


def scores_of(predicted, label):
    task = HeightTask()
    return task.scores(task.statistics(predicted, label))


def meters(*values):
    return torch.tensor(values, dtype=torch.float64)[None, None, None]


def random_maps(seed=0):
    """Labels with ground and holes, one of nothing else; predictions of which some are below ground."""
    rng = np.random.default_rng(seed)
    label = rng.uniform(0.1, 25.5, (4, 1, 7, 9)) * (rng.random((4, 1, 7, 9)) < 0.7)
    label[rng.random(label.shape) < 0.1] = -1
    label[2] = -1
    return label * rng.lognormal(0, 0.4, label.shape) + rng.normal(0, 1, label.shape), label


def by_loop(predicted, label):
    """All pixels of the set at once."""
    pixels = []
    for p, g in zip(predicted.ravel(), label.ravel(), strict=True):
        if g > 0:
            ratio = max(max(p, 1e-3) / g, g / max(p, 1e-3))
            pixels.append([(p - g) ** 2, abs(p - g) / g, *(ratio < 1.25**power for power in (1, 2, 3))])
    mean = np.array(pixels, dtype=np.float64).mean(0)
    return dict(zip(['rmse_m', 'abs_rel', 'delta1', 'delta2', 'delta3'], [math.sqrt(mean[0]), *mean[1:]], strict=True))


def test_scores_equal_a_plain_loop():
    predicted, label = random_maps()
    scores = scores_of(torch.from_numpy(predicted), torch.from_numpy(label))
    assert scores == pytest.approx(by_loop(predicted, label), rel=1e-12)


def test_scores_by_hand():
    scores = scores_of(meters(1.0, 3.0, 9.0, 9.0), meters(2.0, 2.0, 0.0, -1.0))
    assert scores == {'rmse_m': 1.0, 'abs_rel': 0.5, 'delta1': 0.0, 'delta2': 0.5, 'delta3': 0.5}


def test_below_ground_the_prediction_counts_in_full():
    scores = scores_of(meters(-3.0), meters(1.0))
    assert scores['rmse_m'] == 4 and scores['abs_rel'] == 4 and scores['delta3'] == 0


def test_gray_values_of_8_bits_become_0_to_1():
    task = HeightTask()
    assert task.decode(torch.tensor([0.0, 1.0, -0.1])).tolist() == pytest.approx([0, 25.5, -2.55])
    label = torch.tensor([0.0, 25.5]).view(1, 1, 1, 2)
    assert task.loss(torch.tensor([0.0, 1.0]).view(1, 1, 1, 2), label) == 0


def loss_by_loop(prediction, label, unit):
    errors = [abs(p - g / unit) for p, g in zip(prediction, label, strict=True) if g >= 0]
    bound = 0.2 * max(errors)
    return sum(e if e <= bound else (e * e + bound * bound) / (2 * bound) for e in errors) / len(errors)


@pytest.mark.parametrize('unit', [25.5, 1.0])
def test_loss_equals_a_plain_loop(unit):
    """float32 in a loss of a few hundred terms of one sign: a relative error of 1e-6."""
    _, label = random_maps(seed=1)
    prediction = np.random.default_rng(2).normal(0.3, 0.3, label.shape)
    loss = HeightTask(unit).loss(torch.from_numpy(prediction), torch.from_numpy(label))
    assert loss.item() == pytest.approx(loss_by_loop(prediction.ravel(), label.ravel(), unit), rel=1e-5)


def test_invalid_pixels_do_not_change_the_loss():
    task, label = HeightTask(), torch.full((1, 1, 2, 2), 5.0)
    prediction = torch.rand(1, 1, 2, 2)
    more = torch.cat([label, torch.full_like(label, -1)], dim=3)
    whole = task.loss(torch.cat([prediction, 100 * prediction], dim=3), more)
    assert whole.item() == pytest.approx(task.loss(prediction, label).item(), rel=1e-6)


def test_best_constant_minimizes_the_metric_of_record():
    task, label = HeightTask(), torch.from_numpy(random_maps(seed=3)[1])
    sums = [task.constant_statistics(image) for image in label]
    constant = task.best_constant({name: sum(s[name] for s in sums) for name in sums[0]})
    grid = {c: scores_of(torch.full_like(label, c), label)['rmse_m'] for c in np.arange(5, 20, 0.01)}
    assert constant.item() == pytest.approx(min(grid, key=grid.get), abs=0.006)


def test_drawn_with_a_fixed_range_and_invalid_pixels_black():
    image = HeightTask().draw(torch.tensor([[[-1.0, 0.0, 10.0, 25.5, 40.0]]]))[0].astype(int)
    assert image[0].tolist() == [0, 0, 0]
    assert (np.diff(image[1:4].sum(1)) > 0).all() and (image[3] == image[4]).all()


@pytest.mark.parametrize('unit', [0, -1.0, math.nan])
def test_units_that_make_no_sense_are_refused(unit):
    with pytest.raises(ConfigError, match=r'tasks\.height\.unit_m'):
        HeightTask(unit)
