"""The rendered Cityscapes as files, against the truth of the renderer."""

import json

import cv2
import numpy as np
import pytest
from reprojection import points_of, seen_again

from mtlbench.class_sets.cityscapes import LABELS
from mtlbench.datasets.cityscapes import CITIES, CityscapesDataset
from mtlbench.world.render import Light, Renderer
from mtlbench.world.writers import render_shot, render_world
from mtlbench.world.writers.cityscapes import CityscapesWriter

REQUEST = CityscapesWriter(frames=8, size=(128, 64), seed=3)
SHOTS = {shot.stem: shot for shot in REQUEST.shots()}
STEMS = sorted(shot.stem for shot in SHOTS.values() if shot.view == 'labeled')
FX, BASELINE = 2262.52, 0.209313


@pytest.fixture(scope='module')
def root(tmp_path_factory):
    root = tmp_path_factory.mktemp('rendered') / 'cityscapes'
    render_world(REQUEST, root)
    return root


@pytest.fixture(scope='module')
def truths():
    """Renderings of every frame."""
    return {stem: render_shot(REQUEST, shot) for stem, shot in SHOTS.items()}


def read(root, kind, name):
    return cv2.imread(str(root / kind / name), cv2.IMREAD_UNCHANGED)


def names(truth):
    return np.array(truth.categories)[truth.category]


def test_files_are_those_of_the_original(root):
    expected = {'RENDERED.json'}
    for stem in STEMS:
        split = stem.split('/')[0]
        kinds = ['leftImg8bit/{}_leftImg8bit.png', 'disparity/{}_disparity.png', 'camera/{}_camera.json']
        if split != 'train_extra':
            kinds += ['gtFine/{}_gtFine_labelIds.png', 'gtFine/{}_gtFine_instanceIds.png']
        expected |= {kind.format(stem) for kind in kinds}
        if split in ('train', 'val'):
            snippet = stem.removesuffix('000019')
            expected |= {f'leftImg8bit_sequence/{snippet}{n:06d}_leftImg8bit.png' for n in (18, 19, 20)}
    assert {str(path.relative_to(root)) for path in root.rglob('*') if path.is_file()} == expected


def test_frames_are_shared_out_over_genuine_cities():
    for frames in (6, 8, 30, 220):
        shares = CityscapesWriter(frames=frames).split_frames
        assert sum(shares.values()) == frames
        assert min(shares.values()) > 0
    assert CityscapesWriter().split_frames == {'train': 120, 'val': 40, 'test': 20, 'train_extra': 40}
    shots = CityscapesWriter().shots()
    for shot in shots:
        split, city, name = shot.stem.split('/')
        assert city in CITIES[split].split()
        assert name.startswith(f'{city}_')
    cities = {split: {s.stem.split('/')[1] for s in shots if s.stem.startswith(f'{split}/')} for split in CITIES}
    assert len(cities['train']) == 18
    assert len(cities['val']) == 3


def test_every_labeled_frame_is_of_another_place(truths):
    where = [(SHOTS[stem].scene, truths[stem].camera.position) for stem in STEMS]
    for index, (scene, one) in enumerate(where):
        assert all(np.linalg.norm(one - other) > 8 for street, other in where[:index] if street == scene)


@pytest.mark.parametrize('stem', STEMS)
def test_files_hold_the_truth(root, truths, stem):
    truth = truths[stem]
    np.testing.assert_array_equal(read(root, 'leftImg8bit', f'{stem}_leftImg8bit.png')[..., ::-1], truth.rgb)
    camera = json.loads((root / 'camera' / f'{stem}_camera.json').read_text())
    assert camera['extrinsic']['baseline'] == BASELINE
    assert camera['intrinsic']['fx'] == FX
    np.testing.assert_allclose(truth.camera.intrinsics[0], (FX / 16, 0, 1096.98 / 16))
    disparity = read(root, 'disparity', f'{stem}_disparity.png')
    assert disparity.dtype == np.uint16
    there = disparity > 0
    # Half a step of 1/256 pixel at full resolution; the sky has the disparity 0.
    expected = FX * BASELINE / truth.depth.astype(float)
    np.testing.assert_allclose((disparity[there] - 1.0) / 256, expected[there], atol=0.5 / 256 + 1e-9)
    assert there.mean() > 0.6
    # What is missing lies left of the right image, is hidden there, or is nearer than 256 pixels can say.
    assert there[:, 64:].mean() > 0.85
    if stem.startswith('train_extra'):
        return
    labels = read(root, 'gtFine', f'{stem}_gtFine_labelIds.png')
    same = {name: label for label, (name, _) in LABELS.items()}
    for name in set(truth.categories) & set(same) - {'car', 'vegetation'}:
        np.testing.assert_array_equal(labels == same[name], names(truth) == name)
    np.testing.assert_array_equal(labels == 26, np.isin(names(truth), ('car', 'van')))
    np.testing.assert_array_equal(labels == 21, np.isin(names(truth), ('tree', 'vegetation')))
    instances = read(root, 'gtFine', f'{stem}_gtFine_instanceIds.png')
    things = labels >= 24
    np.testing.assert_array_equal(instances[~things], labels[~things])
    np.testing.assert_array_equal(instances[things] // 1000, labels[things])
    pairs = np.unique(np.column_stack([instances[things], truth.instance[things]]), axis=0)
    assert len(pairs) == len(np.unique(truth.instance[things])) == len(np.unique(instances[things]))


@pytest.mark.parametrize('split', ['train', 'val', 'test'])
def test_the_reader_finds_the_truth(root, truths, split):
    offsets = () if split == 'test' else (-1, 1)
    dataset = CityscapesDataset(
        str(root), split, ('semseg', 'depth'), (), 'cityscapes_19', neighbor_offsets=offsets, camera_shape=(1024, 2048)
    )
    assert dataset.rendered
    assert len(dataset) == REQUEST.split_frames[split]
    classes = dataset.metainfo['classes']
    for index, frame in enumerate(dataset.frames):
        stem = frame.removeprefix('leftImg8bit/').removesuffix('_leftImg8bit.png')
        results, truth = dataset.read(index), truths[stem]
        assert dataset.official_split(frame) == split
        np.testing.assert_array_equal(results['image'], truth.rgb)
        np.testing.assert_allclose(results['intrinsics'], truth.camera.intrinsics)
        depth, valid = results['gt_depth'], results['gt_depth'] > 0
        assert valid.mean() > 0.5
        assert not valid[names(truth) == 'sky'].any()
        # dZ = Z^2 / (fx * baseline) * half a step.
        meters = truth.depth[valid].astype(float)
        near = meters < 300
        error = np.abs(depth[valid] - meters)[near]
        assert (error < meters[near] ** 2 / (FX * BASELINE) * 0.51 / 256 + 1e-4 * meters[near]).all()
        for name in ('road', 'sidewalk', 'person', 'rider', 'bus', 'bicycle', 'building', 'sky'):
            np.testing.assert_array_equal(results['gt_semseg'] == classes.index(name), names(truth) == name)
        for there, step in zip(results.get('neighbors', ()), (18, 20), strict=False):
            np.testing.assert_array_equal(there, truths[f'{stem.removesuffix("000019")}{step:06d}'].rgb)


def test_train_extra_has_depth_and_no_classes(root):
    dataset = CityscapesDataset(str(root), 'train_extra', ('depth',), (), 'cityscapes_19')
    assert (dataset.read(0)['gt_depth'] > 0).mean() > 0.5


def test_disparity_is_missing_where_the_right_camera_sees_nothing(root):
    stem = 'val/frankfurt/frankfurt_000000_000019'
    left = render_shot(REQUEST, SHOTS[stem])
    camera = left.camera.shifted(BASELINE)
    renderer = Renderer(REQUEST.build_scene(SHOTS[stem].scene))
    right = renderer.render(camera, SHOTS[stem].frame, Light(), np.random.default_rng(0))
    u, _, z, inside = seen_again(points_of(left), right)
    hit = np.isfinite(left.depth)
    there = read(root, 'disparity', f'{stem}_disparity.png') > 0
    assert not there[hit & (u < -0.01)].any()
    columns = np.rint(u).astype(int).clip(0, 127)
    seen = inside & hit & (np.abs(right.depth[np.arange(64)[:, None], columns] - z) < 0.02 * z)
    # A pixel is not a point: they may disagree at edges, which are a tenth of the image.
    assert (there == seen)[hit].mean() > 0.9


@pytest.mark.parametrize('step', [-1, 1])
def test_neighbor_warped_by_true_depth_and_pose_gives_the_frame(truths, step):
    for stem in STEMS:
        split = stem.split('/')[0]
        if split not in ('train', 'val'):
            continue
        here = truths[stem]
        there = truths[f'{stem.removesuffix("000019")}{19 + step:06d}']
        assert 0.3 < np.linalg.norm(here.camera.position - there.camera.position) < 0.8
        u, v, z, inside = seen_again(points_of(here), there)
        inside &= (here.depth > 3) & (here.depth < 40)
        columns, rows = np.rint(u).astype(int).clip(0, 127), np.rint(v).astype(int).clip(0, 63)
        # What is hidden, or moves, has another depth or is another thing there.
        seen = inside & (np.abs(there.depth[rows, columns] - z) < 0.03 * z)
        seen &= there.instance[rows, columns] == here.instance
        assert seen.mean() > 0.1
        warped = cv2.remap(there.rgb, u, v, cv2.INTER_LINEAR).astype(float)
        error = np.abs(warped - here.rgb)[seen].mean()
        still = np.abs(there.rgb.astype(float) - here.rgb)[seen].mean()
        assert error < 0.9 * still
        assert np.median(np.abs(warped - here.rgb)[seen]) < 8
