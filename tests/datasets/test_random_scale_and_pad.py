"""The transforms of the semi-supervised street and aerial pipelines, proved by the points that the pixels show."""

import numpy as np
import pytest
from plain_sample import HEIGHT, WIDTH, K, sample

from mtlbench.datasets.transforms import CenterCrop, NormalsFromDepth, Pad, RandomCrop, RandomScale
from mtlbench.errors import ConfigError
from mtlbench.geometry import normals_from_depth, unproject


def points_of(results):
    return unproject(results['gt_depth'].astype(np.float64), results['intrinsics'])


def twice(**options):
    """Exactly twice as large."""
    return RandomScale(scale=(2, 2), **options).transform(sample())


def test_scaling_shrinks_the_world_and_keeps_its_shape():
    """Every second pixel of the larger image starts where one of the smaller did: same ray, half as far."""
    results = twice()
    assert results['image'].shape == (2 * HEIGHT, 2 * WIDTH, 3)
    np.testing.assert_allclose(points_of(results)[:, ::2, ::2], points_of(sample()) / 2, rtol=1e-6)


def test_scaling_without_depth_keeps_the_points():
    np.testing.assert_allclose(points_of(twice(scale_depth=False))[:, ::2, ::2], points_of(sample()), rtol=1e-6)


def test_scaling_leaves_heights_and_directions():
    results, before = twice(), sample()
    for name in ('gt_height', 'gt_normals', 'gt_semseg'):
        np.testing.assert_array_equal(results[name][::2, ::2], before[name])
    assert all(image.shape == results['image'].shape for image in results['neighbors'])


def test_invalid_depth_stays_invalid():
    depth = sample()['gt_depth']
    depth[3, 5] = 0
    results = RandomScale(scale=(2, 2)).transform(sample(gt_depth=depth))
    assert (results['gt_depth'][6:8, 10:12] == 0).all()
    assert (results['gt_depth'] == 0).sum() == 4


def test_normals_made_after_scaling_are_those_of_the_plane():
    """A tilted plane has the same normal in the shrunk world."""
    normal = np.array([0.1, -0.6, 0.79])
    rays = unproject(np.ones((HEIGHT, WIDTH)), K)
    depth = (8 / np.einsum('c,chw->hw', normal, rays)).astype(np.float32)
    truth = normals_from_depth(depth, K, depth > 0)[10, 10]
    scaled = RandomScale(scale=(1.5, 1.5)).transform(sample(gt_depth=depth))
    del scaled['gt_normals']  # or they would be kept
    results = NormalsFromDepth().transform(scaled)
    found = results['gt_normals'][5:-5, 5:-5].reshape(-1, 3).mean(0)
    # The nearest pixel makes steps of the plane; they level out on average.
    assert found @ truth / np.linalg.norm(found) > np.cos(np.deg2rad(2))


def test_long_side_is_drawn_uniformly():
    sizes = [
        RandomScale().transform(sample(12, 20, rng=np.random.default_rng(seed)))['image'].shape[:2]
        for seed in range(600)
    ]
    widths = [width for _, width in sizes]
    assert set(widths) == set(range(10, 41))
    assert abs(np.mean(widths) - 25) < 6 * 9 / np.sqrt(600)  # six standard deviations
    assert all(abs(height - width * 12 / 20) <= 0.5 for height, width in sizes)


def test_upright_images_scale_by_their_height():
    results = RandomScale(scale=(2, 2)).transform(sample(44, 30))
    assert results['image'].shape == (88, 60, 3)


def test_pad_keeps_points_and_fills_with_what_is_invalid():
    results, before = Pad((HEIGHT + 6, WIDTH + 10)).transform(sample()), sample()
    np.testing.assert_allclose(points_of(results)[:, :HEIGHT, :WIDTH], points_of(before), rtol=1e-12)
    margin = np.ones((HEIGHT + 6, WIDTH + 10), bool)
    margin[:HEIGHT, :WIDTH] = False
    filling = {'image': 0, 'gt_semseg': 255, 'gt_depth': 0, 'gt_normals': 0, 'gt_edges': 255, 'gt_height': -1}
    for name, value in filling.items():
        assert (results[name][margin] == value).all()
        np.testing.assert_array_equal(results[name][:HEIGHT, :WIDTH], before[name])
    assert all(not image[margin].any() for image in results['neighbors'])


def test_pad_leaves_a_side_that_is_long_enough():
    assert Pad((HEIGHT - 4, WIDTH + 1)).transform(sample())['gt_depth'].shape == (HEIGHT, WIDTH + 1)
    assert Pad((4, 4)).transform(sample())['gt_depth'].shape == (HEIGHT, WIDTH)


def test_center_crop_is_the_middle():
    before, results = sample(), CenterCrop((16, 21)).transform(sample())
    window = np.s_[7:23, 11:32]  # 14 rows and 23 columns to spare
    np.testing.assert_array_equal(results['image'], before['image'][window])
    np.testing.assert_allclose(points_of(results), points_of(before)[(slice(None), *window)], rtol=1e-12)


def test_center_crop_needs_no_draw():
    results = sample()
    del results['rng']
    CenterCrop((8, 8)).transform(results)
    with pytest.raises(ConfigError, match=r'CenterCrop: size .* does not fit'):
        CenterCrop((99, 8)).transform(results)


def test_scale_pad_crop_always_gives_the_size():
    """The papers' pipeline: whatever is drawn, the window has its size, and its points are points of the scene."""
    steps = (RandomScale(), Pad((24, 24)), RandomCrop((24, 24)))
    for seed in range(30):
        results = sample(rng=np.random.default_rng(seed))
        for step in steps:
            results = step.transform(results)
        assert results['image'].shape == (24, 24, 3)
        factor = results['intrinsics'][0, 0] / K[0, 0]
        valid = results['gt_depth'] > 0
        restored = results['gt_depth'][valid].astype(np.float64) * factor
        # The width may be rounded by half a pixel, and the factor is that of the long side.
        assert np.abs(restored[:, None] - sample()['gt_depth'].reshape(1, -1)).min(1).max() < 1e-4


def test_scale_refuses_an_empty_range():
    with pytest.raises(ConfigError, match='scale'):
        RandomScale(scale=(2, 1))
