"""The rendered SYNTHIA-RAND-CITYSCAPES as files, against the truth of the renderer."""

import cv2
import numpy as np
import pytest

from mtlbench.datasets.synthia import SYNTHIADataset
from mtlbench.world.writers import render_shot, render_world
from mtlbench.world.writers.street_labels import THINGS
from mtlbench.world.writers.synthia import SYNTHIAWriter

REQUEST = SYNTHIAWriter(frames=4, size=(128, 76), seed=3)
SHOTS = {shot.stem: shot for shot in REQUEST.shots()}
STEMS = ('0000000', '0000001', '0000002', '0000003')
SAME_NAME = {
    'sky': 1, 'building': 2, 'road': 3, 'sidewalk': 4, 'pole': 7, 'traffic sign': 9, 'person': 10, 'bicycle': 11,
    'motorcycle': 12, 'traffic light': 15, 'terrain': 16, 'rider': 17, 'truck': 18, 'bus': 19, 'wall': 21,
}  # fmt: skip
"""Ids of the classes that are one category of the world; those of the dataset's documentation."""


@pytest.fixture(scope='module')
def root(tmp_path_factory):
    root = tmp_path_factory.mktemp('rendered') / 'synthia'
    render_world(REQUEST, root)
    return root


def read(root, kind, stem):
    return cv2.imread(str(root / kind / f'{stem}.png'), cv2.IMREAD_UNCHANGED)


def test_files_are_those_of_the_original(root):
    kinds = ('RGB', 'GT/LABELS', 'GT/COLOR', 'Depth/Depth')
    found = {str(path.relative_to(root)) for path in root.rglob('*') if path.is_file()}
    assert found == {'RENDERED.json', *(f'{kind}/{stem}.png' for kind in kinds for stem in STEMS)}


@pytest.mark.parametrize('stem', STEMS)
def test_files_hold_the_truth(root, stem):
    truth = render_shot(REQUEST, SHOTS[stem])
    np.testing.assert_array_equal(read(root, 'RGB', stem)[..., ::-1], truth.rgb)
    labels, depth = read(root, 'GT/LABELS', stem), read(root, 'Depth/Depth', stem)
    assert labels.dtype == depth.dtype == np.uint16
    blue, number, label = np.moveaxis(labels, -1, 0)
    assert not blue.any()
    for name, value in SAME_NAME.items():
        if name in truth.categories:
            np.testing.assert_array_equal(label == value, truth.category == truth.categories.index(name))
    is_thing = np.isin(np.array(truth.categories)[truth.category], THINGS)
    np.testing.assert_array_equal(number > 0, is_thing)
    meters = np.minimum(truth.depth.astype(float), 655.35)
    np.testing.assert_allclose(depth / 100, meters, atol=0.005 + 1e-9)
    np.testing.assert_array_equal(depth == 65535, np.isinf(truth.depth))
    # One color a class.
    colors = read(root, 'GT/COLOR', stem)[..., ::-1].reshape(-1, 3)
    pairs = np.unique(np.column_stack([colors, label.reshape(-1)]), axis=0)
    assert len(pairs) == len(np.unique(label))


def test_every_image_is_of_another_place_and_view(root):
    cameras = [render_shot(REQUEST, SHOTS[stem]).camera for stem in STEMS]
    for index, one in enumerate(cameras):
        for other in cameras[:index]:
            assert np.linalg.norm(one.position - other.position) > 8
    heads = np.array([camera.pose[:3, 2] for camera in cameras])
    yaw, pitch = np.degrees(np.arctan2(heads[:, 1], heads[:, 0])), np.degrees(np.arcsin(heads[:, 2]))
    assert np.ptp(yaw) > 10
    assert np.ptp(pitch) > 3


def test_intrinsics_are_the_usual_ones_scaled():
    shot = SHOTS['0000000']
    camera = REQUEST.camera(REQUEST.build_scene(shot.scene), shot)
    np.testing.assert_allclose(camera.intrinsics, [[53.2740352, 0, 64], [0, 53.2740352, 38], [0, 0, 1]])


@pytest.mark.parametrize('split', ['train', 'val'])
def test_the_reader_finds_the_truth(root, split):
    dataset = SYNTHIADataset(str(root), split, ('semseg', 'depth'), (), 'cityscapes_16')
    assert len(dataset) == {'train': 3, 'val': 1}[split]
    names = dataset.metainfo['classes']
    for index in range(len(dataset)):
        results = dataset.read(index)
        truth = render_shot(REQUEST, SHOTS[dataset.frames[index].split('/')[-1].removesuffix('.png')])
        np.testing.assert_array_equal(results['image'], truth.rgb)
        np.testing.assert_allclose(results['intrinsics'], truth.camera.intrinsics)
        near = truth.depth < 655
        np.testing.assert_allclose(results['gt_depth'][near], truth.depth[near], atol=0.005 + 1e-4)
        shown = np.array(truth.categories)[truth.category]
        for name in set(names) & set(truth.categories) - {'car', 'vegetation', 'fence'}:
            np.testing.assert_array_equal(results['gt_semseg'] == names.index(name), shown == name)
        np.testing.assert_array_equal(results['gt_semseg'] == names.index('car'), np.isin(shown, ('car', 'van')))
        ignored = np.isin(shown, ('misc', 'terrain', 'truck', 'train'))
        np.testing.assert_array_equal(results['gt_semseg'] == 255, ignored)
