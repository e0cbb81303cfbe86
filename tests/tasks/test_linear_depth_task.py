"""Depth and inverse depth as MTAN learns and scores them."""

import pytest
import torch

from mtlbench.errors import ConfigError
from mtlbench.tasks import LinearDepthTask, LinearInverseDepthTask, NormalsTask, SemSegTask

LABELS = torch.tensor([[1.0, 2, 0, 4], [2, 2, 10, 3]]).reshape(2, 1, 1, 4)
PREDICTIONS = torch.tensor([[1.5, 2, 3, 3], [1, 2, 7, -1]]).reshape(2, 1, 1, 4)


def scores_of(task, decoded, label):
    """Scores of one batch, which are those of its images one by one."""
    sums = task.statistics(decoded, label)
    parts = [task.statistics(decoded[[number]], label[[number]]) for number in range(len(label))]
    for name, value in sums.items():
        torch.testing.assert_close(sum(part[name] for part in parts), value)
    return task.scores(sums)


@pytest.mark.parametrize(
    ('accumulate', 'absolute', 'relative'), [('pixel', 1.357143, 0.411905), ('image', 1.25, 0.391667)]
)
def test_published_errors_of_depth(accumulate, absolute, relative):
    """Over pixels as LibMTL, over images as MTAN with one image a batch; what is negative stays so."""
    task = LinearDepthTask(accumulate)
    found = scores_of(task, task.decode(PREDICTIONS), LABELS)
    assert found == {'abs_err_m': pytest.approx(absolute, abs=1e-6), 'rel_err': pytest.approx(relative, abs=1e-6)}


def test_published_loss_of_depth():
    assert LinearDepthTask().loss(PREDICTIONS, LABELS).item() == pytest.approx(1.357143, abs=1e-6)


def test_inverse_depth_is_that_of_the_files():
    """Stored v = p / 65535 gives a disparity of (p - 1) / 256 pixels; p = 1 is infinitely far and counts."""
    stored = torch.tensor([5000.0, 300, 2, 1], dtype=torch.float64).reshape(1, 1, 1, 4)
    depth = 473.575 / ((stored - 1) / 256)
    task = LinearInverseDepthTask()
    torch.testing.assert_close(task.encode(depth), stored / 65535, rtol=1e-9, atol=0)
    assert torch.equal(task.encode(torch.zeros(1, 1, 1, 1)), torch.zeros(1, 1, 1, 1))


def test_errors_of_inverse_depth_are_those_of_the_output():
    """Meters lie between output and metric; the errors are those of the outputs, negative ones too, but for 1e-6."""
    task = LinearInverseDepthTask()
    stored = torch.tensor([5000.0, 300, 2, 1, 0]).reshape(1, 1, 1, 5)
    label = (473.575 / ((stored - 1) / 256)).where(stored > 0, 0.0)
    output = torch.tensor([0.07, 0.01, -0.02, 1 / 65535, 0.5]).reshape(1, 1, 1, 5)
    truth, guess = (stored / 65535)[..., :4].double(), output[..., :4].double()
    found = scores_of(task, task.decode(output), label)
    error = (guess - truth).abs()
    assert found['abs_err_inverse'] == pytest.approx(error.mean().item(), abs=1e-6)
    assert found['rel_err'] == pytest.approx((error / truth).mean().item(), rel=1e-3)
    assert task.loss(output, label).item() == pytest.approx(error.mean().item(), rel=1e-5)


def test_a_prediction_that_is_not_a_number_is_far_off():
    label = torch.full((1, 1, 1, 2), 2.0)
    for value in (torch.nan, torch.inf):
        scores = LinearDepthTask().scores(LinearDepthTask().statistics(torch.full_like(label, value), label))
        assert scores['abs_err_m'] == 98


def test_wrong_settings():
    for task, words in ((LinearDepthTask, 'accumulate'), (LinearInverseDepthTask, 'accumulate')):
        with pytest.raises(ConfigError, match=words):
            task(accumulate='batch')
    with pytest.raises(ConfigError, match=r'unit is 0, expected'):
        LinearInverseDepthTask(unit=0)


NORMALS = torch.tensor([[0.1, 0, 1], [0, 0.5, 0.5], [-1, 0, 0.2], [0, 0, -1]]).T.reshape(1, 3, 1, 4)
TRUE_NORMALS = torch.tensor([[0.0, 0, 1], [0, 0, 0.98], [0, 0.6, 0.8], [0, 0, 0]]).T.reshape(1, 3, 1, 4)


@pytest.mark.parametrize('accumulate', ['image', 'pixel'])
def test_published_angles(accumulate):
    """Over pixels, the median is exact to half of a hundredth of a degree."""
    task = NormalsTask(accumulate=accumulate)
    found = scores_of(task, task.decode(NORMALS), TRUE_NORMALS)
    expected = {'mean_deg': 43.894666, 'rmse_deg': 53.585767, 'within_11.25': 1 / 3, 'within_22.5': 1 / 3}
    assert {name: found[name] for name in expected} == pytest.approx(expected, abs=1e-5)
    assert found['median_deg'] == pytest.approx(45, abs=0.0051 if accumulate == 'pixel' else 1e-5)


def test_angles_over_pixels_of_several_images():
    """One image of few and one of many valid pixels: as of all angles at once."""
    draw = torch.Generator().manual_seed(0)
    guess, truth = (torch.nn.functional.normalize(torch.randn(2, 3, 9, 11, generator=draw), dim=1) for _ in range(2))
    truth[0, :, 1:] = 0
    task = NormalsTask(accumulate='pixel')
    found = scores_of(task, guess, truth)
    angles = torch.rad2deg(torch.acos((guess * truth).sum(1)[truth.any(1)].double().clamp(-1, 1)))
    assert found['mean_deg'] == pytest.approx(angles.mean().item(), abs=1e-4)
    assert found['median_deg'] == pytest.approx(angles.median().item(), abs=0.006)
    assert found['within_30'] == pytest.approx((angles < 30).double().mean().item())
    by_image = scores_of(NormalsTask(), guess, truth)
    assert abs(by_image['mean_deg'] - found['mean_deg']) > 1


def test_no_valid_pixel_gives_no_number():
    task = NormalsTask(accumulate='pixel')
    scores = task.scores(task.statistics(NORMALS, torch.zeros_like(NORMALS)))
    assert all(value != value for value in scores.values())


def test_published_loss_of_normals():
    """Of 1 - cosine over the valid pixels, with labels of length 1."""
    unit = torch.nn.functional.normalize(TRUE_NORMALS, dim=1)
    cosines = torch.cos(torch.deg2rad(torch.tensor([5.710593, 45, 80.973405])))
    assert NormalsTask().loss(NORMALS, unit).item() == pytest.approx((1 - cosines).mean().item(), abs=1e-6)


def test_published_miou():
    """Pooled over the set; 255 is ignored; predictions of a class that does not occur count against the label's."""
    label = torch.tensor([[0, 0, 1, 255], [0, 1, 1, 255], [2, 2, 1, 0]])[None, None]
    guess = torch.tensor([[0, 1, 1, 0], [0, 1, 0, 1], [2, 0, 1, 3]])[None, None]
    from mtlbench.structures import register_class_set

    register_class_set('sheet_4', 'abcd', [(number, 0, 0) for number in range(4)])
    found = scores_of(SemSegTask('sheet_4'), guess, label)
    assert found['miou'] == pytest.approx(0.358333, abs=1e-6) and found['pixel_acc'] == pytest.approx(0.6)


def test_losses_are_those_of_the_shared_tables():
    """Pixel by pixel in float64: negative log-likelihood, L1 and 1 - dot product over the labeled pixels of a batch."""
    draw = torch.Generator().manual_seed(3)
    shape = (2, 5, 6)
    logits, ids = torch.randn(2, 13, 5, 6, generator=draw), torch.randint(-1, 13, shape, generator=draw)
    guess, depth = (torch.randn(2, 1, 5, 6, generator=draw) for _ in range(2))
    depth = depth.clamp(min=0)
    normals, truth = (torch.randn(2, 3, 5, 6, generator=draw) for _ in range(2))
    truth = torch.nn.functional.normalize(truth, dim=1) * (torch.rand(2, 1, 5, 6, generator=draw) > 0.3)
    found = {'semseg': [], 'depth': [], 'normals': []}
    for n, i, j in torch.cartesian_prod(*map(torch.arange, shape)).tolist():
        if ids[n, i, j] >= 0:
            found['semseg'].append(-logits[n, :, i, j].double().log_softmax(0)[ids[n, i, j]])
        if depth[n, 0, i, j] != 0:
            found['depth'].append((guess[n, 0, i, j].double() - depth[n, 0, i, j]).abs())
        if truth[n, :, i, j].any():
            vector = normals[n, :, i, j].double()
            found['normals'].append(1 - vector @ truth[n, :, i, j].double() / vector.norm())
    labels = ids.where(ids >= 0, 255)[:, None]
    computed = {
        'semseg': SemSegTask('nyudv2_13').loss(logits, labels),
        'depth': LinearDepthTask().loss(guess, depth),
        'normals': NormalsTask(accumulate='pixel').loss(normals, truth),
    }
    for name, terms in found.items():
        assert computed[name].item() == pytest.approx(torch.stack(terms).mean().item(), abs=1e-6), name


def test_labels_as_stored():
    """The published loss with a label of length 0.98; components that cancel make a label invalid."""
    task = NormalsTask(accumulate='pixel', labels='stored')
    assert task.loss(NORMALS, TRUE_NORMALS).item() == pytest.approx(0.385035, abs=1e-6)
    cancelled = torch.tensor([0, 0.6, -0.6]).reshape(1, 3, 1, 1)
    assert not task.valid(cancelled).any()
    assert NormalsTask().valid(cancelled).all()
    short = 0.3 * TRUE_NORMALS
    assert task.valid(short).sum() == 3
    assert not NormalsTask().valid(short).any()


def test_printed_columns_are_metrics_of_the_tasks():
    """Nine columns of NYUv2 and four of Cityscapes."""
    semseg = {'miou', 'pixel_acc'}
    normals = {'mean_deg', 'median_deg', 'within_11.25', 'within_22.5', 'within_30'}
    assert semseg <= SemSegTask('nyudv2_13').higher_is_better.keys()
    assert set(LinearDepthTask.higher_is_better) == {'abs_err_m', 'rel_err'}
    assert set(LinearInverseDepthTask.higher_is_better) == {'abs_err_inverse', 'rel_err'}
    assert normals <= NormalsTask(accumulate='pixel').higher_is_better.keys()
