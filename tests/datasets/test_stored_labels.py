"""Geometric transforms of stored (not computed) normals and edges."""

import numpy as np
import pytest
from plain_sample import HEIGHT, WIDTH, K, sample

from mtlbench.datasets.transforms import CenterCrop, RandomFlip, Resize
from mtlbench.geometry import normals_from_depth

NORMAL = np.array((0.48, -0.6, 0.64))


def tilted_plane(height=HEIGHT, width=WIDTH, camera=K):
    """A sample whose depth is that of a plane 5 m away, and its normals: x right, y down, z towards the camera."""
    columns, rows = np.meshgrid(np.arange(width), np.arange(height))
    rays = np.stack([(columns - camera[0, 2]) / camera[0, 0], (rows - camera[1, 2]) / camera[1, 1], np.ones_like(rows)])
    depth = 5 * NORMAL[2] / np.tensordot(NORMAL * (-1, -1, 1), rays, axes=1)
    normals = np.broadcast_to(NORMAL, (height, width, 3)).astype(np.float32)
    return sample(height, width, gt_depth=depth.astype(np.float32), gt_normals=normals, intrinsics=camera.copy())


def assert_normals_fit_depth(results):
    """The stored normals are those that the depth map shows; one degree leaves room for steps of nearest pixels."""
    depth = results['gt_depth']
    made = normals_from_depth(depth, results['intrinsics'], depth > 0)
    inside = (made != 0).any(-1)
    cosines = (made * results['gt_normals']).sum(-1)[inside]
    assert inside.mean() > 0.5
    assert np.degrees(np.arccos(cosines.clip(-1, 1))).max() < 1


def test_the_plane_is_what_it_says():
    assert_normals_fit_depth(tilted_plane())


@pytest.mark.parametrize(
    'transforms',
    [
        [RandomFlip(1)],
        [CenterCrop((20, 30))],
        [RandomFlip(1), CenterCrop((21, 31))],
        [CenterCrop((21, 31)), RandomFlip(1)],
    ],
    ids=['flip', 'crop', 'flip-crop', 'crop-flip'],
)
def test_normals_still_fit_the_depth(transforms):
    results = tilted_plane()
    for transform in transforms:
        results = transform.transform(results)
    assert_normals_fit_depth(results)


def test_a_resize_leaves_directions_and_lengths():
    """It does so for any sizes of image and normals, even if the aspect ratio changes."""
    results = {**tilted_plane(), 'gt_normals': tilted_plane(50, 33)['gt_normals']}
    resized = Resize((17, 60)).transform(results)['gt_normals']
    np.testing.assert_allclose(resized, np.broadcast_to(NORMAL, (17, 60, 3)), atol=1e-6)


def test_a_resized_depth_still_fits_the_normals():
    """Half as large: every pixel of the depth map is one of the old ones, at their corner, as intrinsics are."""
    results = Resize((HEIGHT // 2, WIDTH // 2), nearest='reference').transform(
        {
            **tilted_plane(),
            'corner_kinds': (tilted_plane()['kinds']['gt_depth'],),
        }
    )
    assert_normals_fit_depth(results)


def test_invalid_normals_stay_invalid():
    results = tilted_plane()
    results['gt_normals'] = results['gt_normals'] * (np.arange(WIDTH) < 5)[:, None]
    flipped = RandomFlip(1).transform(results)['gt_normals']
    assert not flipped[:, :-5].any()
    np.testing.assert_allclose(flipped[:, -5:], np.broadcast_to(NORMAL * (-1, 1, 1), (HEIGHT, 5, 3)), atol=1e-6)


def lines(height=HEIGHT, width=WIDTH, column=10, row=7):
    edges = np.zeros((height, width), np.float32)
    edges[:, column] = edges[row] = 1
    return {**sample(height, width), 'gt_edges': edges}


def test_edges_are_mirrored():
    edges = RandomFlip(1).transform(lines())['gt_edges']
    np.testing.assert_array_equal(np.flatnonzero(edges[0]), [WIDTH - 1 - 10])
    np.testing.assert_array_equal(np.flatnonzero(edges[:, 0]), [7])


def test_no_edge_is_lost_in_a_smaller_image():
    """Two thirds as large: every new pixel mixes two old ones a side, so a line one pixel wide stays, unbroken."""
    for column in range(10, 20):
        edges = Resize((HEIGHT * 2 // 3, WIDTH * 3 // 4)).transform(lines(column=column))['gt_edges']
        assert set(np.unique(edges)) == {0, 1}
        columns, rows = np.flatnonzero(edges.all(0)), np.flatnonzero(edges.all(1))
        assert 1 <= len(columns) <= 2 and 1 <= len(rows) <= 2
        assert abs(columns - ((column + 0.5) * 3 / 4 - 0.5)).max() <= 1


@pytest.mark.parametrize('column', [0, 10, WIDTH - 1])
def test_edges_thicken_in_a_larger_image(column):
    """Three times as large: of the pixels between two old centers all take part, five in the middle of an image."""
    edges = Resize((3 * HEIGHT, 3 * WIDTH)).transform(lines(column=column))['gt_edges']
    columns = np.flatnonzero(edges.all(0))
    center = 3 * column + 1
    inside = np.arange(center - 2, center + 3)
    np.testing.assert_array_equal(columns, inside[(inside >= 0) & (inside < 3 * WIDTH)])
