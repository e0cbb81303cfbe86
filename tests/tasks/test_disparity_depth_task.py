import pytest
import torch

from mtlbench.errors import ConfigError
from mtlbench.tasks import DisparityDepthTask


def test_disparity_runs_from_far_to_near():
    task = DisparityDepthTask()
    # 1 / (0.01 + 9.99 sigma): the ends, and 1 m.
    found = task.decode(torch.tensor([0.0, 1.0, 0.99 / 9.99]))
    torch.testing.assert_close(found, torch.tensor([100.0, 0.1, 1.0]))


def test_code_and_decode_undo_each_other_within_the_range():
    task = DisparityDepthTask(near_m=0.5, far_m=50)
    label = torch.tensor([0.5, 3.0, 20.0, 50.0])
    torch.testing.assert_close(task.decode(task.encode(label)), label)
    assert task.decode(task.encode(torch.tensor([0.2, 70.0]))).tolist() == pytest.approx([0.5, 50])
    assert task.encode(torch.zeros(1)) == 0


def test_critics_see_the_disparity_of_predictions_and_labels():
    task, label = DisparityDepthTask(), torch.tensor([0.1, 100.0, 0.0]).reshape(1, 1, 1, 3)
    assert task.critic_input(torch.tensor([0.0, 0.3])).tolist() == pytest.approx([0.0, 0.3])
    maps, valid = task.critic_label(label)
    assert maps.flatten().tolist() == pytest.approx([1, 0, 0], abs=1e-6)
    assert valid.flatten().tolist() == [True, True, False]


def test_the_scale_of_the_prediction_does_not_count():
    task, label = DisparityDepthTask(), 2 + 30 * torch.rand(1, 1, 8, 8, generator=torch.Generator().manual_seed(0))
    scores = task.scores(task.statistics(0.2 * label, label))
    assert scores['abs_rel'] == pytest.approx(0, abs=1e-6) and scores['delta1'] == 1
    plain = DisparityDepthTask(median_scaling=False)
    assert plain.scores(plain.statistics(0.2 * label, label))['abs_rel'] == pytest.approx(0.8, abs=1e-6)


def test_head_gives_float32_under_autocast_with_as_many_parameters_as_a_3x3_convolution():
    head = DisparityDepthTask().build_head(64)
    assert sum(parameter.numel() for parameter in head.parameters()) == 64 * 9 + 1
    with torch.autocast('cpu', torch.bfloat16):
        disparity = head(torch.randn(1, 64, 5, 6, dtype=torch.bfloat16))
    assert disparity.dtype == torch.float32 and disparity.shape == (1, 1, 5, 6)
    assert (disparity > 0).all() and (disparity < 1).all()


def test_empty_range_is_refused():
    with pytest.raises(ConfigError, match='near_m=3'):
        DisparityDepthTask(near_m=3, far_m=2)


def test_in_the_size_of_a_label_the_disparity_runs_straight():
    """Twice as wide, half-pixel centers: a quarter and three quarters of the way from pixel to pixel (ManyDepth)."""
    task = DisparityDepthTask()
    disparity = torch.tensor([0.2, 0.6, 0.4], dtype=torch.float64)
    between = torch.tensor([0.2, 0.3, 0.5, 0.55, 0.45, 0.4], dtype=torch.float64)
    depth = 1 / (task.least + task.span * disparity.reshape(1, 1, 1, 3))
    found = task.to_size(depth, (2, 6))
    torch.testing.assert_close(found, (1 / (task.least + task.span * between)).expand(1, 1, 2, 6))
    assert task.to_size(depth, (1, 3)) is depth


def test_only_the_window_is_evaluated():
    """ManyDepth's: of 1024 x 2048, the rows 256 to 767 and the columns 192 to 1855."""
    generator = torch.Generator().manual_seed(0)
    label, guess = 1 + 50 * torch.rand(2, 1, 1, 32, 64, generator=generator)
    label[..., :8, :] = 70
    task = DisparityDepthTask(window=(0.25, 0.75, 0.09375, 0.90625))
    found, expected = (
        task.statistics(guess, label),
        DisparityDepthTask().statistics(guess[..., 8:24, 6:58], label[..., 8:24, 6:58]),
    )
    assert all(torch.equal(found[key], expected[key]) for key in expected)
    with pytest.raises(ConfigError, match='window'):
        DisparityDepthTask(window=(0.5, 0.25, 0, 1))
