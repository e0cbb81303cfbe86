"""Changes of color against the library's color spaces and plain formulas."""

import colorsys

import pytest
import torch

from mtlbench.errors import ConfigError
from mtlbench.mixers.colors import blend_colors, blur, jitter, scale_saturation, strong_augment, turn_hue
from mtlbench.mixers.regions import RegionColors

CLASSES = ('road', 'person', 'sky')


def random_images(count=2, size=(12, 16), seed=0):
    return torch.rand(count, 3, *size, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def through_hsv(image, change):
    """An image (3, H, W), each pixel changed in hue, saturation and value."""
    flat = [colorsys.hsv_to_rgb(*change(*colorsys.rgb_to_hsv(*pixel))) for pixel in image.flatten(1).T.tolist()]
    return torch.tensor(flat, dtype=image.dtype).T.view_as(image)


@pytest.mark.parametrize('turn', [-0.25, 0.0, 0.1, 0.25])
def test_hue(turn):
    images = random_images()
    images[0, :, 0] = images[0, :1, 0]  # gray
    images[0, :, 1, :3] = torch.eye(3, dtype=images.dtype)
    found = turn_hue(images, torch.full((2, 1, 1, 1), turn, dtype=images.dtype))
    for image, expected in zip(found, images, strict=True):
        changed = through_hsv(expected, lambda hue, saturation, value: ((hue + turn) % 1, saturation, value))
        torch.testing.assert_close(image, changed, rtol=0, atol=1e-5)


@pytest.mark.parametrize('factor', [0.75, 1.25])
def test_saturation(factor):
    images = random_images()
    found = scale_saturation(images, torch.full((2, 1, 1, 1), factor, dtype=images.dtype))
    for image, expected in zip(found, images, strict=True):
        changed = through_hsv(expected, lambda hue, saturation, value: (hue, min(1, factor * saturation), value))
        torch.testing.assert_close(image, changed, rtol=0, atol=1e-9)


@pytest.mark.parametrize('sigma', [0.15, 0.6, 1.15])
def test_blur_equals_that_of_a_kernel_of_51(sigma):
    images = random_images(size=(60, 64)).float()
    places = torch.arange(-25.0, 26)
    kernel = torch.exp(-(places**2) / (2 * sigma**2))
    kernel = torch.outer(kernel, kernel) / kernel.sum() ** 2
    padded = torch.nn.functional.pad(images, [25] * 4, mode='reflect').flatten(0, 1)[:, None]
    expected = torch.nn.functional.conv2d(padded, kernel[None, None]).view_as(images)
    torch.testing.assert_close(blur(images, sigma), expected, rtol=0, atol=1e-5)


def test_strong_augmentation_jitters_four_in_five_and_blurs_every_other():
    images, draw = random_images(1, (16, 16)).float(), torch.Generator().manual_seed(0)
    found = [strong_augment(images, draw) for _ in range(400)]
    unchanged = sum(torch.equal(one, images) for one in found) / 400
    # A tenth is left alone; four standard errors of sqrt(0.09 / 400).
    assert unchanged == pytest.approx(0.1, abs=0.06)
    assert all(one.min() >= 0 and one.max() <= 1 + 1e-6 for one in found)


def test_each_image_has_its_own_jitter():
    images = random_images(1).float().repeat(2, 1, 1, 1)
    changed = jitter(images, torch.Generator().manual_seed(0))
    assert not torch.equal(changed[0], changed[1])


def test_colors_of_a_uniform_gray_region_change_by_brightness_alone():
    image, region = torch.full((3, 4, 4), 0.5), torch.ones(4, 4, dtype=torch.bool)
    changed = blend_colors(image, region, 0.2, torch.Generator().manual_seed(0))
    assert changed.unique().numel() <= 3
    assert 0.4 <= changed.min() <= changed.max() <= 0.6


def test_movable_things_and_the_rest_get_colors_of_their_own():
    images = torch.full((1, 3, 8, 8), 0.5)
    labels = torch.zeros(1, 1, 8, 8, dtype=torch.long)
    labels[..., :3] = 1
    changed = RegionColors(prob=1.0)(images, labels, CLASSES, torch.Generator().manual_seed(0))
    inside, outside = changed[..., :3], changed[..., 3:]
    assert inside.std() < 1e-6 and outside.std() < 1e-6
    assert (inside.mean() - outside.mean()).abs() > 1e-3


def test_probability_and_images_without_movable_things():
    images, labels = random_images(4).float(), torch.zeros(4, 1, 12, 16, dtype=torch.long)
    assert torch.equal(RegionColors(prob=0.0)(images, labels, CLASSES, torch.Generator()), images)
    assert not torch.equal(RegionColors(prob=1.0)(images, labels, CLASSES, torch.Generator()), images)
    with pytest.raises(ConfigError, match='none of the movable classes'):
        RegionColors(movable=('boat',))(images, labels, CLASSES, torch.Generator())
    with pytest.raises(ConfigError, match='strength'):
        RegionColors(strength=2)
