"""Photometric error and smoothness against plain loops in float64."""

import numpy as np
import pytest
import torch

from mtlbench.objectives.photometry import edge_aware_smoothness, photometric_error, ssim


def draw(*shape, seed=0):
    return torch.rand(*shape, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))


def loop_ssim(x, y):
    """Of one channel (H, W), window by window."""
    x, y = np.pad(x, 1, mode='reflect'), np.pad(y, 1, mode='reflect')
    found = np.empty((x.shape[0] - 2, x.shape[1] - 2))
    for row, column in np.ndindex(*found.shape):
        a, b = (image[row : row + 3, column : column + 3] for image in (x, y))
        covariance = ((a - a.mean()) * (b - b.mean())).mean()
        found[row, column] = ((2 * a.mean() * b.mean() + 1e-4) * (2 * covariance + 9e-4)) / (
            (a.mean() ** 2 + b.mean() ** 2 + 1e-4) * (a.var() + b.var() + 9e-4)
        )
    return found


def test_similarity_window_by_window():
    one, other = draw(2, 3, 6, 8), draw(2, 3, 6, 8, seed=1)
    found = ssim(one, other)
    for i, channel in np.ndindex(2, 3):
        expected = loop_ssim(one[i, channel].numpy(), other[i, channel].numpy())
        # E[x^2] - E[x]^2 loses a digit or two of double precision.
        np.testing.assert_allclose(found[i, channel].numpy(), expected, rtol=1e-10)


def test_error_weighs_structure_and_difference():
    target, images = draw(2, 3, 6, 8), draw(4, 2, 3, 6, 8, seed=1)
    found = photometric_error(target, images)
    assert found.shape == (4, 2, 6, 8)
    for k, i in np.ndindex(4, 2):
        one, other = target[i].numpy(), images[k, i].numpy()
        structure = np.stack([(1 - loop_ssim(*channels)) / 2 for channels in zip(one, other, strict=True)]).clip(0, 1)
        expected = (0.85 * structure + 0.15 * np.abs(one - other)).mean(0)
        np.testing.assert_allclose(found[k, i].numpy(), expected, rtol=1e-9)


def test_same_images_have_no_error_and_opposite_ones_the_largest():
    image = (draw(1, 3, 12, 12) > 0.5).double()
    assert photometric_error(image, image[None]).abs().max() < 1e-12
    error = photometric_error(image, 1 - image[None])
    assert 0.9 < error.max() <= 1


def test_error_has_the_gradients_of_finite_differences():
    target = draw(1, 3, 4, 5)
    assert torch.autograd.gradcheck(
        lambda images: photometric_error(target, images), draw(2, 1, 3, 4, 5, seed=1).requires_grad_()
    )


def test_float32_is_enough_where_nothing_varies():
    """Variances are differences of squares; of flat windows they must not become so negative that they matter."""
    flat = torch.full((1, 3, 8, 8), 0.9) + 1e-3 * draw(1, 3, 8, 8).float()
    other = flat + 1e-3
    found, exact = photometric_error(flat, other[None]), photometric_error(flat.double(), other[None].double())
    # An error of 1e-7 in a variance meets a constant of 9e-4.
    torch.testing.assert_close(found.double(), exact, rtol=0, atol=5e-4)


def test_smoothness_pixel_by_pixel():
    disparity, image = draw(2, 1, 5, 6) + 0.1, draw(2, 3, 5, 6, seed=1)
    total = [0.0, 0.0]
    for i in range(2):
        d, p = (disparity[i, 0] / disparity[i, 0].mean()).numpy(), image[i].numpy()
        for row, column in np.ndindex(5, 6):
            for axis, (down, right) in enumerate(((0, 1), (1, 0))):
                if row + down < 5 and column + right < 6:
                    edge = np.abs(p[:, row + down, column + right] - p[:, row, column]).mean()
                    total[axis] += abs(d[row + down, column + right] - d[row, column]) * np.exp(-edge)
    expected = total[0] / (2 * 5 * 5) + total[1] / (2 * 4 * 6)
    # The epsilon under the mean is 1e-7.
    assert float(edge_aware_smoothness(disparity, image)) == pytest.approx(expected, rel=1e-6)


def test_smoothness_does_not_see_the_scale_and_is_zero_for_a_constant():
    disparity, image = draw(1, 1, 5, 6) + 0.1, draw(1, 3, 5, 6, seed=1)
    one, other = edge_aware_smoothness(disparity, image), edge_aware_smoothness(50 * disparity, image)
    assert float(one) == pytest.approx(float(other), rel=1e-5) and one > 0
    assert edge_aware_smoothness(torch.full((1, 1, 5, 6), 0.3), image.float()) == 0
