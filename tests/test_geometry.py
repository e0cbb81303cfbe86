import numpy as np
import pytest

from mtlbench.geometry import (
    crop_intrinsics,
    flip_intrinsics,
    normals_from_depth,
    scale_intrinsics,
    unproject,
)
from mtlbench.geometry.camera import BASES

HEIGHT, WIDTH = 40, 64
K = np.array([[50.0, 0, 30.2], [0, 47.0, 18.9], [0, 0, 1]])


def pixels(height=HEIGHT, width=WIDTH):
    return np.stack([*np.meshgrid(np.arange(width), np.arange(height)), np.ones((height, width))]).astype(float)


def plane_depth(normal, distance, intrinsics=K, shape=(HEIGHT, WIDTH)):
    """Depth of the plane n . X = distance; 0 where it is not seen within 300 m."""
    rays = np.einsum('ij,jhw->ihw', np.linalg.inv(intrinsics), pixels(*shape))
    with np.errstate(divide='ignore'):
        depth = distance / np.einsum('i,ihw->hw', np.asarray(normal, float), rays)
    return np.where((depth > 0) & (depth < 300), depth, 0)


def normals_by_loop(depth, intrinsics, valid):
    """The paper's formula, pixel by pixel in float64, with wrapped neighbors and its own mask."""
    height, width = depth.shape
    points = depth * np.einsum('ij,jhw->ihw', np.linalg.inv(intrinsics), pixels(height, width))
    out = np.zeros((height, width, 3))
    invalid = ~valid
    invalid[[0, -1]] = invalid[:, [0, -1]] = True
    for v in range(height):
        for u in range(width):
            around = [(v + j, u + i) for j in (-1, 0, 1) for i in (-1, 0, 1)]
            if any(invalid[p] for p in around if 0 <= p[0] < height and 0 <= p[1] < width):
                continue
            total = np.zeros(3)
            for (a, b), (c, d) in BASES:
                first = points[:, (v + b) % height, (u + a) % width] - points[:, v, u]
                second = points[:, (v + d) % height, (u + c) % width] - points[:, v, u]
                total += np.cross(first, second)
            total /= max(np.linalg.norm(total), 1e-12)
            out[v, u] = total[0], total[1], abs(total[2])
    return out


def test_unproject_agrees_with_the_matrix_inverse():
    depth = np.random.default_rng(0).uniform(1, 50, (HEIGHT, WIDTH))
    expected = depth * np.einsum('ij,jhw->ihw', np.linalg.inv(K), pixels())
    np.testing.assert_allclose(unproject(depth, K), expected, rtol=1e-12)


def test_flip_keeps_the_points():
    depth = np.random.default_rng(0).uniform(1, 50, (HEIGHT, WIDTH))
    mirrored = unproject(depth[:, ::-1], flip_intrinsics(K, WIDTH))[:, :, ::-1]
    mirrored[0] *= -1
    np.testing.assert_allclose(mirrored, unproject(depth, K), rtol=1e-12)


def test_crop_keeps_the_points():
    depth = np.random.default_rng(0).uniform(1, 50, (HEIGHT, WIDTH))
    cropped = unproject(depth[5:25, 7:47], crop_intrinsics(K, top=5, left=7))
    np.testing.assert_allclose(cropped, unproject(depth, K)[:, 5:25, 7:47], rtol=1e-12)


def test_scaled_intrinsics_see_the_same_ray():
    """Pixel (u, v) and pixel (u w/W, v h/H) lie on one ray, so the points of any depth agree."""
    scaled = scale_intrinsics(K, (40, 64), (20, 16))
    before = np.linalg.inv(K) @ (32.0, 10.0, 1.0)
    np.testing.assert_allclose(np.linalg.inv(scaled) @ (8.0, 5.0, 1.0), before, rtol=1e-12)
    np.testing.assert_array_equal(scaled[2], (0, 0, 1))


@pytest.mark.parametrize('function', [lambda: flip_intrinsics(K, 3), lambda: crop_intrinsics(K, 1, 1)])
def test_intrinsics_are_not_changed_in_place(function):
    before = K.copy()
    function()
    np.testing.assert_array_equal(K, before)


@pytest.mark.parametrize(
    ('facing', 'distance', 'expected'),
    [
        ((0, 1, 0), 1.6, (0, -1, 0)),  # the ground
        ((1, 0, 0), 4.0, (-1, 0, 0)),  # a wall on the right
        ((0, 0, 1), 12.0, (0, 0, 1)),  # a wall ahead
        ((1, 0, 1), 15.0, (-(0.5**0.5), 0, 0.5**0.5)),  # between the two
    ],
)
def test_planes(facing, distance, expected):
    depth = plane_depth(facing, distance)
    normals = normals_from_depth(depth.astype(np.float32), K, depth > 0)
    seen = np.abs(normals).sum(-1) > 0
    # Single precision: depth of 300 m is known to 2e-5 m, neighbors on the planes are at least 0.03 m apart.
    assert seen.sum() > 300
    angle = np.degrees(np.arccos(np.clip(normals[seen] @ np.array(expected), -1, 1)))
    assert angle.max() < 0.5


def test_normals_agree_with_the_loop():
    generator = np.random.default_rng(1)
    depth = generator.uniform(2, 40, (HEIGHT, WIDTH)).astype(np.float32)
    valid = generator.random((HEIGHT, WIDTH)) > 0.02
    normals = normals_from_depth(depth, K, valid)
    expected = normals_by_loop(depth.astype(np.float64), K, valid)
    assert normals.dtype == np.float32
    np.testing.assert_array_equal(np.abs(normals).sum(-1) > 0, np.abs(expected).sum(-1) > 0)
    np.testing.assert_allclose(normals, expected, atol=2e-5)


def test_mask_leaves_out_a_frame_and_a_ring():
    valid = np.ones((HEIGHT, WIDTH), bool)
    valid[20, 30] = False
    seen = np.abs(normals_from_depth(np.full((HEIGHT, WIDTH), 5, np.float32), K, valid)).sum(-1) > 0
    expected = np.zeros((HEIGHT, WIDTH), bool)
    expected[2:-2, 2:-2] = True
    expected[19:22, 29:32] = False
    np.testing.assert_array_equal(seen, expected)


def test_no_depth_at_all_gives_no_normals():
    depth = np.full((HEIGHT, WIDTH), np.nan, np.float32)
    assert not normals_from_depth(depth, K, np.ones((HEIGHT, WIDTH), bool)).any()


def test_labels_of_the_reference_code_differ_by_known_angles():
    """Inverse depth and unscaled intrinsics on VKITTI2's noise-free planes: 169 degrees on the ground, 0 ahead."""
    native = np.array([[725.0087, 0, 620.5], [0, 725.0087, 187], [0, 0, 1]])
    shape = (320, 1024)
    scaled = scale_intrinsics(native, (375, 1242), shape)
    for facing, distance, expected in (((0, 1, 0), 1.6, 169), ((0, 0, 1), 12.0, 0)):
        depth = plane_depth(facing, distance, scaled, shape).astype(np.float32)
        true = normals_from_depth(depth, scaled, depth > 0)
        reference = normals_from_depth(655.36 / (depth + np.float32(0.01)), native, depth > 0)
        seen = np.abs(true).sum(-1) > 0
        angle = np.degrees(np.arccos(np.clip((true * reference).sum(-1)[seen], -1, 1))).mean()
        assert angle == pytest.approx(expected, abs=3)  # the mean depends a little on how far the plane is seen
