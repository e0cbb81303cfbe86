"""The rendered Synscapes as files, against the truth of the renderer."""

import json

import cv2
import numpy as np
import pytest

pytest.importorskip('OpenEXR')

from mtlbench.class_sets.cityscapes import LABELS
from mtlbench.datasets.synscapes import SynscapesDataset
from mtlbench.world.writers import render_shot, render_world
from mtlbench.world.writers.street_labels import THINGS
from mtlbench.world.writers.synscapes import SynscapesWriter

REQUEST = SynscapesWriter(frames=4, size=(144, 72), seed=3)
SHOTS = {shot.stem: shot for shot in REQUEST.shots()}
STEMS = ('1', '2', '20001', '21001')


@pytest.fixture(scope='module')
def root(tmp_path_factory):
    root = tmp_path_factory.mktemp('rendered') / 'synscapes'
    render_world(REQUEST, root)
    return root


def read(root, kind, stem):
    return cv2.imread(str(root / 'img' / kind / f'{stem}.png'), cv2.IMREAD_UNCHANGED)


def read_exr(path):
    import OpenEXR

    return OpenEXR.File(str(path), separate_channels=True).channels()['Z'].pixels


def test_files_are_those_of_the_original(root):
    expected = {f'img/{kind}/{stem}.png' for kind in ('rgb', 'class', 'instance') for stem in STEMS}
    expected |= {f'img/depth/{stem}.exr' for stem in STEMS} | {f'meta/{stem}.json' for stem in STEMS}
    found = {str(path.relative_to(root)) for path in root.rglob('*') if path.is_file()}
    assert found == {*expected, 'RENDERED.json'}


def test_splits_have_the_numbers_of_the_original():
    assert SynscapesWriter().split_frames == {'train': 120, 'val': 10, 'test': 10}
    numbers = [int(shot.stem) for shot in SynscapesWriter().shots()]
    assert numbers == [*range(1, 121), *range(20001, 20011), *range(21001, 21011)]


@pytest.mark.parametrize('stem', STEMS)
def test_files_hold_the_truth(root, stem):
    truth = render_shot(REQUEST, SHOTS[stem])
    np.testing.assert_array_equal(read(root, 'rgb', stem)[..., ::-1], truth.rgb)
    depth = read_exr(root / f'img/depth/{stem}.exr')
    assert depth.dtype == np.float32
    hit = np.isfinite(truth.depth)
    np.testing.assert_array_equal(depth[hit], truth.depth[hit])
    assert (depth[~hit] == 8800).all()
    labels = read(root, 'class', stem)
    for label, (name, _) in LABELS.items():
        if name in truth.categories and name not in ('car', 'vegetation'):
            np.testing.assert_array_equal(labels == label, truth.category == truth.categories.index(name))


@pytest.mark.parametrize('stem', STEMS)
def test_instances_are_the_things(root, stem):
    truth = render_shot(REQUEST, SHOTS[stem])
    blue, green, red = np.moveaxis(read(root, 'instance', stem).astype(int), -1, 0)
    number = red + 256 * green + 65536 * blue
    is_thing = np.isin(np.array(truth.categories)[truth.category], THINGS)
    np.testing.assert_array_equal(number > 0, is_thing)
    pairs = set(zip(number[is_thing].tolist(), truth.instance[is_thing].tolist(), strict=True))
    assert len(pairs) == len({a for a, _ in pairs}) == len({b for _, b in pairs})


def test_camera_is_that_of_the_file(root):
    meta = json.loads((root / 'meta/20001.json').read_text())['camera']
    truth = render_shot(REQUEST, SHOTS['20001'])
    inner = meta['intrinsic']
    np.testing.assert_allclose(
        [[inner['fx'], 0, inner['u0']], [0, inner['fy'], inner['v0']], [0, 0, 1]], truth.camera.intrinsics
    )
    np.testing.assert_allclose((inner['fx'], inner['u0']), (159.083437, 77.131406))
    assert (inner['resx'], inner['resy']) == REQUEST.size
    # Mounted on a car whose axes are those of the lane: looking down by the pitch, and to the right by minus the yaw.
    car = REQUEST.build_scene(SHOTS['20001'].scene).camera(SHOTS['20001'].frame)
    forward = car[:3, :3].T @ truth.camera.pose[:3, 2]
    yaw, pitch = meta['extrinsic']['yaw'], meta['extrinsic']['pitch']
    np.testing.assert_allclose(np.arctan2(-forward[0], forward[2]), yaw, atol=1e-6)
    np.testing.assert_allclose(np.arcsin(forward[1]), pitch, atol=1e-6)


@pytest.mark.parametrize(('split', 'stems'), [('train', ['1', '2']), ('val', ['20001']), ('test', ['21001'])])
def test_the_reader_finds_the_truth(root, split, stems):
    dataset = SynscapesDataset(str(root), split, ('semseg', 'depth'), (), 'cityscapes_19')
    names = dataset.metainfo['classes']
    assert dataset.frames == [f'img/rgb/{stem}.png' for stem in stems]
    for index, stem in enumerate(stems):
        results, truth = dataset.read(index), render_shot(REQUEST, SHOTS[stem])
        np.testing.assert_array_equal(results['image'], truth.rgb)
        np.testing.assert_allclose(results['intrinsics'], truth.camera.intrinsics)
        np.testing.assert_array_equal(results['gt_depth'], np.minimum(truth.depth, np.float32(8800)))
        shown = np.array(truth.categories)[truth.category]
        np.testing.assert_array_equal(results['gt_semseg'] == names.index('car'), np.isin(shown, ('car', 'van')))
        np.testing.assert_array_equal(results['gt_semseg'] == names.index('road'), shown == 'road')
