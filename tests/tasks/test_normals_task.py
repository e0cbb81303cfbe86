import math

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from mtlbench.errors import ConfigError
from mtlbench.tasks import NormalsTask


def scores_of(task, predicted, label):
    return task.scores(task.statistics(predicted, label))


def facing(length=1.0):
    return torch.tensor([0.0, 0.0, length]).view(1, 3, 1, 1).expand(1, 3, 6, 5)


def tilted(degrees):
    """Unit vectors turned from (0, 0, 1) about the y axis, one row of pixels."""
    angle = torch.deg2rad(torch.tensor(degrees, dtype=torch.float64))
    return torch.stack([angle.sin(), torch.zeros_like(angle), angle.cos()]).view(1, 3, 1, -1)


def test_the_length_of_a_prediction_does_not_matter():
    task = NormalsTask()
    assert scores_of(task, task.decode(facing(2.0)), facing())['mean_deg'] == 0


def test_reference_metric_gives_its_published_value():
    task = NormalsTask(metric='reference')
    scores = scores_of(task, task.decode(facing(2.0)), facing())
    assert scores['reference_deg'] == pytest.approx(12.29, abs=0.005)
    assert scores['mean_deg'] == 0
    assert list(scores) == list(task.higher_is_better)


def test_reference_metric_takes_its_norms_along_columns():
    """Column z of prediction (1, 3) and label (1, 1): 2 atan2(2, sqrt(20)); the x and y columns are zero."""
    predicted, label = torch.zeros(2, 1, 3, 2, 1).unbind()
    predicted[0, 2, :, 0], label[0, 2] = torch.tensor([1.0, 3.0]), 1
    scores = scores_of(NormalsTask(metric='reference'), predicted, label)
    assert scores['reference_deg'] == pytest.approx(math.degrees(2 * math.atan2(2, math.sqrt(20))) / 3)


def test_reference_metric_averages_over_all_images_valid_or_not():
    task = NormalsTask(metric='reference')
    label = torch.cat([facing(), torch.zeros(1, 3, 6, 5)])
    scores = scores_of(task, torch.cat([facing(), facing()]), label)
    # Where the label is zero |p - n| = |p + n| for the third channel, an angle of 90 degrees, and 0 for the others.
    assert scores['reference_deg'] == pytest.approx(90 / 3 / 2)
    assert scores['mean_deg'] == 0


@pytest.mark.parametrize('degrees', [0.0, 1e-4, 11.0, 90.0, 179.9999, 180.0])
def test_angles_are_exact_from_0_to_180_degrees(degrees):
    label = tilted([0.0])
    # Unit vectors in float64 are off by 1e-16, which 2 atan2 turns into 1e-14 degrees.
    assert scores_of(NormalsTask(), tilted([degrees]), label)['mean_deg'] == pytest.approx(degrees, abs=1e-12)


def test_scores_equal_a_plain_loop():
    rng = np.random.default_rng(1)
    label = rng.normal(size=(4, 3, 6, 7))
    label /= np.linalg.norm(label, axis=1, keepdims=True)
    label[np.repeat(rng.random((4, 1, 6, 7)) < 0.3, 3, axis=1)] = 0
    label[2] = 0
    predicted = label + rng.normal(0, 0.4, label.shape)
    predicted /= np.linalg.norm(predicted, axis=1, keepdims=True)
    rows = []
    for p, g in zip(predicted, label, strict=True):
        angles = []
        for y in range(6):
            for x in range(7):
                if g[:, y, x].any():
                    angles.append(math.degrees(math.acos(max(-1.0, min(1.0, float(p[:, y, x] @ g[:, y, x]))))))
        if angles:
            a = np.sort(angles)
            rows.append([a.mean(), a[(len(a) - 1) // 2], (a**2).mean(), *[(a < t).mean() for t in (11.25, 22.5, 30)]])
    mean = np.mean(rows, axis=0)
    mean[2] = math.sqrt(mean[2])
    names = ['mean_deg', 'median_deg', 'rmse_deg', 'within_11.25', 'within_22.5', 'within_30']
    scores = scores_of(NormalsTask(), torch.from_numpy(predicted), torch.from_numpy(label))
    # The arc cosine of the loop loses half the digits for small angles.
    assert scores == pytest.approx(dict(zip(names, mean.tolist(), strict=True)), rel=1e-7)


def test_images_count_alike_whatever_their_valid_pixels():
    label = tilted([0.0, 0.0, 0.0, 0.0]).repeat(2, 1, 1, 1)
    label[1, :, :, 1:] = 0
    predicted = torch.cat([tilted([10.0] * 4), tilted([40.0] * 4)])
    scores = scores_of(NormalsTask(), predicted, label)
    assert scores['mean_deg'] == pytest.approx(25.0)
    assert scores['rmse_deg'] == pytest.approx(math.sqrt((10**2 + 40**2) / 2))


@pytest.mark.parametrize('sign', [-1, 1])
def test_best_constant_minimizes_the_mean_angle(sign):
    """Three fifths of one normal, two fifths of another: the first (36 deg) beats the mean direction (42.7 deg)."""
    task = NormalsTask()
    label = torch.zeros(3, 1, 10)
    label[1, :, :6], label[2, :, 6:] = sign, 1
    constant = task.best_constant(task.constant_statistics(label))
    assert (constant == label[:, :, :1]).all()
    scores = scores_of(task, constant.expand_as(label)[None], label[None])
    assert scores['mean_deg'] == pytest.approx(36, abs=1e-4)


def test_best_constant_counts_images_alike_whatever_their_valid_pixels():
    task = NormalsTask()
    wall, ground = torch.zeros(2, 3, 1, 10).unbind()
    wall[0], ground[1, :, 0] = 1, -1
    sums = [task.constant_statistics(label) for label in (wall, ground, ground)]
    constant = task.best_constant({'grid': sum(s['grid'] for s in sums)})
    assert constant.flatten().tolist() == [0, -1, 0]


def test_best_constant_is_as_good_as_a_search_of_the_sphere():
    """On smooth labels a choice among cells of 4 degrees is within half a degree of the best of 4000 directions."""
    draw = torch.Generator().manual_seed(0)
    task = NormalsTask()
    label = F.normalize(
        torch.tensor([0.3, -0.5, 1.0]).view(3, 1, 1) + 0.6 * torch.randn(3, 30, 30, generator=draw), dim=0
    )
    constant = task.best_constant(task.constant_statistics(label))
    candidates = F.normalize(torch.randn(4000, 3, generator=draw), dim=1)
    angles = torch.rad2deg(torch.acos((candidates @ label.flatten(1)).clamp(-1, 1))).mean(1)
    reached = scores_of(task, constant.expand_as(label)[None], label[None])['mean_deg']
    assert reached <= angles.min().item() + 0.5


def test_no_valid_label_gives_no_direction():
    task = NormalsTask()
    assert task.best_constant(task.constant_statistics(torch.zeros(3, 2, 2))).isnan().all()


def test_drawn_as_rgb_with_invalid_pixels_black():
    values = torch.tensor([[0.0, 0.0, 0.0], [0.0, 0.0, 1.0], [1.0, 0.0, 0.0], [0.0, -1.0, 0.0]]).T.view(3, 1, 4)
    assert NormalsTask().draw(values)[0].tolist() == [[0, 0, 0], [128, 128, 255], [255, 128, 128], [128, 0, 128]]


def test_unknown_metric_is_refused():
    with pytest.raises(ConfigError, match=r'tasks\.normals\.metric'):
        NormalsTask(metric='cosine')
