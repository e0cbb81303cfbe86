"""Ignored and invalid pixels stay so under all geometric transforms."""

import numpy as np
import pytest
from plain_sample import sample

from mtlbench.datasets.transforms import CenterCrop, NormalsFromDepth, Pad, RandomFlip, RandomScale, Resize
from mtlbench.structures import IGNORE_INDEX

UNKNOWN = {'gt_semseg': 255, 'gt_depth': 0, 'gt_normals': 0, 'gt_edges': 255, 'gt_height': -1}
SIZES = [(15, 22), (60, 88), (30, 44), (17, 61), (7, 9), (29, 45)]


def with_holes(seed=0):
    """A sample of which a block and single pixels are unknown, in every label."""
    results = sample(rng=np.random.default_rng(seed))
    results['gt_height'] = abs(results['gt_height'])
    holes = np.random.default_rng(seed).random(results['gt_semseg'].shape) < 0.05
    holes[8:14, 20:31] = True
    holes[:, :2] = True
    for name, value in UNKNOWN.items():
        results[name][holes] = value
    return results, holes


def is_unknown(name, field):
    if name == 'gt_normals':
        return ~field.any(-1)
    return field < 0 if name == 'gt_height' else field == UNKNOWN[name]


def mixed(new, old):
    """The two old pixels between which the middle of each new one lies, and the share of the second."""
    for index in range(new):
        place = (index + 0.5) * old / new - 0.5
        first = int(np.floor(place))
        yield min(max(first, 0), old - 1), min(max(first + 1, 0), old - 1), place - first


def boundary_reference(edges, size):
    """Pixel by pixel: 255 where an ignored pixel is mixed in, else 1 where an edge is, else 0."""
    made = np.zeros(size, np.float32)
    for row, (top, bottom, down) in enumerate(mixed(size[0], edges.shape[0])):
        for column, (left, right, across) in enumerate(mixed(size[1], edges.shape[1])):
            weights = {(top, left): 0, (top, right): 0, (bottom, left): 0, (bottom, right): 0}
            for y, wy in ((top, 1 - down), (bottom, down)):
                for x, wx in ((left, 1 - across), (right, across)):
                    weights[y, x] += wy * wx
            values = {edges[place] for place, weight in weights.items() if weight > 1e-6}
            made[row, column] = IGNORE_INDEX if IGNORE_INDEX in values else float(bool(values - {0}))
    return made


@pytest.mark.parametrize('size', SIZES)
def test_edges_through_a_resize(size):
    results, _ = with_holes()
    edges = results['gt_edges'].copy()
    made = Resize(size).transform(results)['gt_edges']
    np.testing.assert_array_equal(made, boundary_reference(edges, size))
    assert made.dtype == np.float32


def test_edges_without_ignored_pixels_are_mixed_as_before():
    edges = sample()['gt_edges']
    for size in SIZES:
        made = Resize(size).transform(sample())['gt_edges']
        np.testing.assert_array_equal(made, boundary_reference(edges, size))


@pytest.mark.parametrize('size', SIZES)
@pytest.mark.parametrize('nearest', ['center', 'reference'])
def test_no_pixel_is_mixed_with_an_unknown_one(size, nearest):
    """Each takes one pixel as it is: an unknown one stays unknown, and no value is new."""
    before, holes = with_holes()
    old = {name: before[name].copy() for name in UNKNOWN}
    kinds = tuple(before['kinds'][name] for name in UNKNOWN) if nearest == 'reference' else ()
    results = Resize(size, nearest=nearest).transform({**before, 'corner_kinds': kinds})
    shift = 0 if nearest == 'reference' else 0.5
    rows, columns = (
        [int((index + shift) * length / new) for index in range(new)]
        for length, new in zip(holes.shape, size, strict=True)
    )
    for name in ('gt_semseg', 'gt_depth', 'gt_normals', 'gt_height'):
        expected = np.array([[old[name][row, column] for column in columns] for row in rows])
        np.testing.assert_array_equal(results[name], expected)


@pytest.mark.parametrize('seed', range(6))
def test_unknown_through_a_whole_pipeline(seed):
    """Scaled, padded, cropped and mirrored, beside a marker of what is unknown that goes through as ids do."""
    results, holes = with_holes(seed)
    results['gt_marker'] = np.where(holes, 255, 0).astype(np.uint8)
    results['kinds']['gt_marker'] = results['kinds']['gt_semseg']
    steps = (RandomScale((0.5, 2)), Pad((50, 60)), CenterCrop((48, 57)), RandomFlip(seed % 2))
    for step in steps:
        results = step.transform(results)
    unknown = results['gt_marker'] == 255
    for name in UNKNOWN:
        found = is_unknown(name, results[name])
        assert found[unknown].all(), name
        if name != 'gt_edges':  # into which more is mixed
            np.testing.assert_array_equal(found, unknown)


def test_no_normals_beside_unknown_depth():
    results, holes = with_holes()
    results['tasks'] = ('depth', 'normals')
    del results['gt_normals']  # or they would be kept
    normals = NormalsFromDepth().transform(results)['gt_normals']
    for row, column in np.argwhere(holes):
        around = normals[max(row - 1, 0) : row + 2, max(column - 1, 0) : column + 2]
        assert not around.any()


def test_padding_counts_nowhere():
    results = Pad((40, 50)).transform(sample())
    margin = np.ones((40, 50), bool)
    margin[:30, :44] = False
    assert all(is_unknown(name, results[name])[margin].all() for name in UNKNOWN)
