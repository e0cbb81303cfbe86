"""The rendered packages of MTAN as arrays, against the truth of the renderer."""

import numpy as np
import pytest

from mtlbench.class_sets.nyu40 import LABEL_SETS
from mtlbench.datasets import CityscapesDataset, NYUDv2Dataset
from mtlbench.world.writers import render_shot, render_world
from mtlbench.world.writers.mtan import CityscapesMTANWriter, NYUv2MTANWriter

ROOMS = NYUv2MTANWriter(frames=3, size=(64, 48), seed=3)
STREETS = CityscapesMTANWriter(frames=2, size=(64, 32), seed=3)


@pytest.fixture(scope='module')
def rooms(tmp_path_factory):
    root = tmp_path_factory.mktemp('rendered') / 'nyuv2_mtan'
    render_world(ROOMS, root)
    return root


@pytest.fixture(scope='module')
def streets(tmp_path_factory):
    root = tmp_path_factory.mktemp('rendered') / 'cityscapes_mtan'
    render_world(STREETS, root)
    return root


def test_files_are_those_of_the_packages(rooms, streets):
    expected = {
        rooms: (('image', 'label', 'depth', 'normal'), {'train': 2, 'val': 1}),
        streets: (('image', 'label_7', 'label_19', 'depth'), {'train': 1, 'val': 1}),
    }
    for root, (kinds, counts) in expected.items():
        names = {f'{split}/{kind}/{n}.npy' for split, count in counts.items() for kind in kinds for n in range(count)}
        assert {str(path.relative_to(root)) for path in root.rglob('*') if path.is_file()} == {*names, 'RENDERED.json'}


def test_arrays_of_rooms_have_the_shapes_and_ranges_of_the_package(rooms):
    image, label, depth, normal = (
        np.load(rooms / f'train/{kind}/0.npy') for kind in ('image', 'label', 'depth', 'normal')
    )
    assert [array.shape for array in (image, label, depth, normal)] == [(48, 64, 3), (48, 64), (48, 64, 1), (48, 64, 3)]
    assert image.min() >= 0 and 0.5 < image.max() <= 1
    assert label.min() >= -1 and label.max() <= 12
    np.testing.assert_allclose(np.linalg.norm(normal, axis=-1), 1, atol=1e-5)


@pytest.mark.parametrize('number', [0, 2])
def test_rooms_are_the_truth(rooms, number):
    split = 'train' if number < 2 else 'val'
    dataset = NYUDv2Dataset(str(rooms), split, ['semseg', 'depth', 'normals'], [], 'nyudv2_13')
    truth, found = render_shot(ROOMS, ROOMS.shots()[number]), dataset.read(0)
    np.testing.assert_array_equal(found['image'], truth.rgb)
    np.testing.assert_array_equal(found['gt_depth'], truth.depth)
    forty = list(LABEL_SETS['nyudv2_40'])
    group = {
        forty[label - 1]: index for index, labels in enumerate(LABEL_SETS['nyudv2_13'].values()) for label in labels
    }
    names = np.array(truth.categories)[truth.category]
    np.testing.assert_array_equal(found['gt_semseg'], [[group[name] for name in row] for row in names])
    normals = truth.camera_normals * (1, 1, -1)
    normals[..., 2] = np.abs(normals[..., 2])
    np.testing.assert_allclose(found['gt_normals'], normals, atol=1e-5)


@pytest.mark.parametrize(('class_set', 'road', 'sky'), [('cityscapes_7', 0, 4), ('cityscapes_19', 0, 10)])
def test_streets_are_the_truth(streets, class_set, road, sky):
    """Depth to half a step of the disparity, where both cameras see."""
    dataset = CityscapesDataset(str(streets), 'train', ['semseg', 'depth'], [], class_set, infinity=True)
    truth, found = render_shot(STREETS, STREETS.shots()[0]), dataset.read(0)
    np.testing.assert_array_equal(found['image'], truth.rgb)
    names = np.array(truth.categories)[truth.category]
    assert (found['gt_semseg'][names == 'road'] == road).all() and (found['gt_semseg'][names == 'sky'] == sky).all()
    seen = (found['gt_depth'] > 0) & np.isfinite(found['gt_depth'])
    assert seen.mean() > 0.5
    disparity = 473.575 / found['gt_depth'][seen]
    np.testing.assert_allclose(disparity, 473.575 / truth.depth[seen], atol=0.51 / 256)
    assert not np.isfinite(found['gt_depth'][names == 'sky']).any() or (found['gt_depth'][names == 'sky'] == 0).any()
    assert not list(dataset.doubts(dataset.frames[0], 'semseg'))
