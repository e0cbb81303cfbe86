import math

import numpy as np
import pytest
import torch

from mtlbench.errors import ConfigError
from mtlbench.tasks import DepthTask

ACCUMULATIONS = ['image_mse', 'pixel', 'image_rmse']


def depth(rows):
    return torch.tensor(rows, dtype=torch.float64)[:, None, None]


GOLDEN_PREDICTION = depth([[1, 2, 3, 4], [5, 5, 5, 5]])
GOLDEN_LABEL = depth([[2, 2, 2, 2], [4, 4, 4, 0]])


def scores_of(task, predicted, label):
    return task.scores(task.statistics(predicted, label))


@pytest.mark.parametrize(
    ('meters', 'encoded', 'by_reference'),
    [(0.5, 1285.020, -0.49), (1, 648.871, 0.01), (10, 65.4705, 9.01), (80, 8.19098, 79.01), (655.35, 1.0, 654.36)],
)
def test_codec_gives_the_published_values(meters, encoded, by_reference):
    label = torch.tensor([meters]).view(1, 1, 1, 1)
    v = DepthTask().encode(label)
    assert v.item() == pytest.approx(encoded, rel=1e-5)
    # float32 near 655 has a spacing of 6e-5
    assert DepthTask().decode(v).item() == pytest.approx(meters, abs=2e-4)
    assert DepthTask(decode='reference').decode(v).item() == pytest.approx(by_reference, abs=2e-4)


def test_without_the_regularizer_the_encoding_is_the_papers():
    assert DepthTask(eps_m=0).encode(depth([[10.0]])).item() == pytest.approx(65.536)


def test_any_prediction_decodes_to_something_finite_and_a_negative_one_counts_as_nearest():
    decoded = DepthTask().decode(torch.tensor([0.0, -0.0, 1e-30, -1e-30, -5.0]).view(1, 1, 1, 5))
    assert decoded.isfinite().all()
    assert (decoded.flatten() > 80).tolist() == [True, True, True, False, False]
    error = scores_of(DepthTask(), decoded[..., -1:], torch.full((1, 1, 1, 1), 10.0))
    assert error['rmse_m'] == pytest.approx(10 - 0.001, rel=1e-6)


def test_scores_of_the_published_example():
    scores = scores_of(DepthTask(), GOLDEN_PREDICTION, GOLDEN_LABEL)
    expected = dict(rmse_m=1.1180340, abs_rel=0.375, sq_rel=0.5, delta1=0.125, delta2=0.75, delta3=0.75)
    assert {name: scores[name] for name in expected} == pytest.approx(expected, abs=1e-7)


def test_scores_of_the_published_example_with_median_scaling():
    scores = scores_of(DepthTask(median_scaling=True), GOLDEN_PREDICTION, GOLDEN_LABEL)
    expected = dict(rmse_m=0.8660254, abs_rel=0.25, sq_rel=0.375, delta1=0.625, delta2=0.75)
    assert {name: scores[name] for name in expected} == pytest.approx(expected, abs=1e-7)


def by_loop(predicted, label, accumulate):
    """All metrics from first principles: a list of per-pixel tuples for each image."""
    images = []
    for p_map, g_map in zip(predicted, label, strict=True):
        pixels = []
        for p, g in zip(p_map.ravel(), g_map.ravel(), strict=True):
            if 0.001 < g < 80:
                p = min(max(p, 0.001), 80.0)
                r = max(p / g, g / p)
                within = [r < 1.25, r < 1.25**2, r < 1.25**3]
                pixels.append([(p - g) ** 2, math.log(p / g) ** 2, abs(p - g) / g, (p - g) ** 2 / g, *within])
        if pixels:
            images.append(np.array(pixels, dtype=np.float64))
    if accumulate == 'pixel':
        images = [np.concatenate(images)]
    means = np.array([image.mean(0) for image in images])
    if accumulate == 'image_rmse':
        means[:, :2] = np.sqrt(means[:, :2])
    mean = means.mean(0)
    if accumulate != 'image_rmse':
        mean[:2] = np.sqrt(mean[:2])
    names = ['rmse_m', 'rmse_log', 'abs_rel', 'sq_rel', 'delta1', 'delta2', 'delta3']
    return dict(zip(names, mean.tolist(), strict=True))


def random_maps(seed=0):
    """Labels with holes, sky, one image without a valid pixel; predictions that leave the window on both sides."""
    rng = np.random.default_rng(seed)
    label = rng.uniform(0.5, 100, (5, 1, 7, 9))
    label[rng.random(label.shape) < 0.2] = 0
    label[3] = 655.35
    predicted = label * rng.lognormal(0, 0.4, label.shape) + rng.normal(0, 1, label.shape)
    return predicted, label


@pytest.mark.parametrize('accumulate', ACCUMULATIONS)
def test_scores_equal_a_plain_loop(accumulate):
    predicted, label = random_maps()
    scores = scores_of(DepthTask(accumulate=accumulate), torch.from_numpy(predicted), torch.from_numpy(label))
    assert scores == pytest.approx(by_loop(predicted, label, accumulate), rel=1e-12)


def test_the_window_is_open_on_both_sides_of_the_label():
    label = depth([[0.001, 80, 40, 655.35]])
    assert scores_of(DepthTask(), depth([[7, 7, 40, 7]]), label)['rmse_m'] == 0


def test_the_reference_decode_shifts_label_and_prediction_alike():
    """The error in meters stays, the window becomes 0.991..80.99 m, and the relative errors grow."""
    label = torch.tensor([0.99, 5.0, 80.5]).view(1, 1, 1, 3)
    exact, shifted = DepthTask(), DepthTask(decode='reference')
    v = exact.encode(label + torch.tensor([9.0, 0.5, 0.2]))
    scores = scores_of(shifted, shifted.decode(v), label)
    # Prediction 80.7 m becomes 79.71 m, inside the window.
    assert scores['rmse_m'] == pytest.approx(math.sqrt((0.5**2 + 0.2**2) / 2), rel=1e-4)
    assert scores['abs_rel'] == pytest.approx((0.5 / 4.01 + 0.2 / 79.51) / 2, rel=1e-3)


def test_invalid_pixels_bring_no_loss_and_weigh_in_the_mean():
    task, label = DepthTask(), torch.full((1, 1, 2, 2), 10.0)
    prediction = task.encode(label) + 1
    whole = task.loss(prediction, label)
    label[..., 1] = 0
    assert task.loss(prediction, label).item() == pytest.approx(whole.item() / 2, rel=1e-6)


@pytest.mark.parametrize('accumulate', ['image_mse', 'pixel'])
def test_best_constant_minimizes_the_metric_of_record(accumulate):
    """Against a grid of 1 cm: the metric's curvature there makes 1e-3 a bound far above rounding."""
    task = DepthTask(accumulate=accumulate)
    label = torch.from_numpy(random_maps(seed=2)[1])
    label[0, :, :, 2:] = 0  # images of different numbers of valid pixels, so that the two rules differ
    sums = [task.constant_statistics(image) for image in label]
    constant = task.best_constant({name: sum(s[name] for s in sums) for name in sums[0]})
    grid = {c: scores_of(task, torch.full_like(label, c), label)['rmse_m'] for c in np.arange(20, 60, 0.01)}
    assert scores_of(task, constant.expand_as(label), label)['rmse_m'] <= min(grid.values()) + 1e-6
    assert constant.item() == pytest.approx(min(grid, key=grid.get), abs=0.006)


def test_drawn_with_a_fixed_range_and_invalid_pixels_black():
    image = DepthTask().draw(torch.tensor([[[0.0, 1.0, 10.0, 80.0, 655.0]]]))[0].astype(int)
    assert image[0].tolist() == [0, 0, 0]
    brightness = image[1:4].sum(1)
    assert (np.diff(brightness) < 0).all()
    assert (image[3] == image[4]).all()
    alone = DepthTask().draw(torch.tensor([[[10.0]]]))[0, 0]
    assert (alone == image[2]).all()


def test_depth_up_to_scale_is_drawn_up_to_scale():
    depth = torch.tensor([[[0.0, 1.0, 10.0, 40.0]]])
    task = DepthTask(median_scaling=True)
    np.testing.assert_array_equal(task.draw(depth), task.draw(0.03 * depth))
    np.testing.assert_array_equal(task.draw(depth), DepthTask().draw(depth))  # their median is the one that is drawn
    assert (task.draw(torch.zeros(1, 2, 3)) == 0).all()


@pytest.mark.parametrize(
    'wrong', [dict(decode='inverse'), dict(accumulate='mean'), dict(min_depth_m=80, max_depth_m=1), dict(min_depth_m=0)]
)
def test_settings_that_make_no_sense_are_refused(wrong):
    with pytest.raises(ConfigError, match=r'tasks\.depth'):
        DepthTask(**wrong)
