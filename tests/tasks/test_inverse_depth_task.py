"""Inverse depth as regressed over several data sets (SemiMTL)."""

import math

import pytest
import torch

from mtlbench.errors import ConfigError
from mtlbench.tasks import InverseDepthTask

RIG = 473.575


def row(*values):
    return torch.tensor(values, dtype=torch.float32).reshape(1, 1, 1, -1)


@pytest.mark.parametrize(('unit', 'divisor'), [(RIG, 128.0), (RIG / 2, 64.0), (1.0, 0.27), (RIG / 128, 1.0)])
def test_units_of_the_sheet(unit, divisor):
    """Pixels at widths of 2048 and 1024, 1 / m, and shares of 128 pixels; what critics see differs little by them."""
    task, label = InverseDepthTask(unit=unit, critic_divisor=divisor), row(4.0, 40.0, math.inf, 0.0)
    assert task.encode(label).flatten().tolist() == pytest.approx([unit / 4, unit / 40, 0, 0])
    assert task.decode(task.encode(label))[..., :2].flatten().tolist() == pytest.approx([4, 40])
    maps, valid = task.critic_label(label)
    assert valid.flatten().tolist() == [True, True, True, False]
    assert maps.flatten().tolist() == pytest.approx([RIG / 128 / 4, RIG / 128 / 40, 0, 0], rel=1e-2)


def test_the_sky_is_infinitely_far_and_learnt():
    task, label = InverseDepthTask(), row(10.0, 8800.0, math.inf, 0.0)
    assert task.encode(label).flatten().tolist() == pytest.approx([RIG / 10, 0, 0, 0])
    prediction = task.encode(label) + row(0.0, 2.0, 2.0, 50.0)
    # All errors are above 0.2 * 2, so (e^2 + c^2) / 2c; three pixels are valid.
    expected = 2 * (4 + 0.16) / 0.8 / 3
    assert task.loss(prediction, label).item() == pytest.approx(expected)
    assert InverseDepthTask(infinite_m=math.inf).encode(label)[..., 1].item() == pytest.approx(RIG / 8800)


def test_metrics_by_a_plain_loop():
    task = InverseDepthTask()
    draw = torch.Generator().manual_seed(0)
    label = 2 + 100 * torch.rand(2, 1, 6, 8, generator=draw)
    label[0, 0, 0] = torch.tensor([0, 0, math.inf, math.inf, 5000, 8800, 0, 0])
    prediction = task.encode(label) + 6 * torch.randn(label.shape, generator=draw)
    sums = [task.statistics(task.decode(prediction[i : i + 1]), label[i : i + 1]) for i in range(2)]
    scores = task.scores({name: sums[0][name] + sums[1][name] for name in sums[0]})
    squares, relative, hits = [], [], [0, 0, 0]
    for d, guess in zip(label.double().flatten().tolist(), prediction.double().flatten().tolist(), strict=True):
        if 0 < d <= 1000:
            y = RIG / d
            squares.append((guess - y) ** 2)
            relative.append(abs(guess - y) / y)
            ratio = max(max(guess, 1e-3) / y, y / max(guess, 1e-3))
            hits = [count + (ratio < 1.25**power) for power, count in enumerate(hits, 1)]
    n = len(squares)
    # In float32 a prediction goes through meters and back.
    assert scores['rmse_inverse'] == pytest.approx(math.sqrt(sum(squares) / n), rel=1e-5)
    assert scores['abs_rel'] == pytest.approx(sum(relative) / n, rel=1e-5)
    assert [scores[f'delta{k}'] for k in (1, 2, 3)] == pytest.approx([count / n for count in hits])
    assert set(scores) == set(task.higher_is_better)


def test_meters_beside_it():
    task, label = InverseDepthTask(), row(10.0, 20.0, 90.0, math.inf)
    scores = task.scores(task.statistics(row(12.0, 17.0, 1.0, 1.0), label))
    # 90 m and infinity lie outside of the window of 80 m.
    assert scores['metric_rmse_m'] == pytest.approx(math.sqrt((4 + 9) / 2))
    assert scores['metric_abs_rel'] == pytest.approx((0.2 + 0.15) / 2)


def test_best_constant_is_the_mean_of_the_inverse():
    task, label = InverseDepthTask(), row(10.0, 20.0, 0.0, math.inf)[0]
    constant = task.best_constant(task.constant_statistics(label))
    assert constant.item() == pytest.approx(1 / ((1 / 10 + 1 / 20) / 2))


def test_a_unit_that_is_none():
    with pytest.raises(ConfigError, match='unit'):
        InverseDepthTask(unit=0.0)
