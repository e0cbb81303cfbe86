"""The rendered ScanNet as files, against the truth of the renderer."""

import cv2
import numpy as np
import pytest
from reprojection import points_of, seen_again

from mtlbench.class_sets.nyu40 import NYU40
from mtlbench.datasets.scannet import ScanNetDataset
from mtlbench.world.writers import render_shot, render_world
from mtlbench.world.writers.scannet import SCANS, ScanNetWriter
from mtlbench.world.writers.scannet_labels import RAW_IDS

REQUEST = ScanNetWriter(frames=72, size=(64, 48), seed=3)
SHOTS = {(shot.scene, shot.frame): shot for shot in REQUEST.shots()}


@pytest.fixture(scope='module')
def root(tmp_path_factory):
    root = tmp_path_factory.mktemp('rendered') / 'scannet'
    render_world(REQUEST, root)
    return root


@pytest.fixture(scope='module', params=('scene0000_00', 'scene0003_00', 'scene0015_00'))
def frame(request):
    shot = SHOTS[request.param, 10]
    return shot, render_shot(REQUEST, shot)


def image(root, shot, kind, end='png'):
    pixels = cv2.imread(str(root / 'scans' / shot.scene / kind / f'{shot.frame}.{end}'), cv2.IMREAD_UNCHANGED)
    return pixels[..., ::-1] if pixels.ndim == 3 else pixels


def label_table(root):
    """Raw id -> (raw category, id among the 40 classes, its name)."""
    header, *rows = (line.split('\t') for line in (root / 'scannetv2-labels.combined.tsv').read_text().splitlines())
    columns = {name: n for n, name in enumerate(header)}
    picked = ('raw_category', 'nyu40id', 'nyu40class')
    return {int(row[columns['id']]): tuple(row[columns[name]] for name in picked) for row in rows}


def test_files_are_those_of_the_export(root):
    expected = {'RENDERED.json', 'scannetv2_train.txt', 'scannetv2_val.txt', 'scannetv2-labels.combined.tsv'}
    for scan in REQUEST.scan_frames:
        expected |= {f'scans/{scan}/intrinsic/intrinsic_{kind}.txt' for kind in ('color', 'depth')}
    for scan, number in SHOTS:
        for kind, end in (('color', 'jpg'), ('depth', 'png'), ('label-filt', 'png'), ('pose', 'txt')):
            expected.add(f'scans/{scan}/{kind}/{number}.{end}')
    assert {str(path.relative_to(root)) for path in root.rglob('*') if path.is_file()} == expected


def test_splits_and_numbers(root):
    for split, scans in SCANS.items():
        assert (root / f'scannetv2_{split}.txt').read_text().split() == list(scans)
    assert not set(SCANS['train']) & set(SCANS['val'])
    assert set(REQUEST.scan_frames.values()) == {4}
    assert {frame for _, frame in SHOTS} == {0, 10, 20, 30}
    assert set(ScanNetWriter().scan_frames.values()) == {14}


def test_depth_is_in_millimeters(root, frame):
    shot, truth = frame
    depth = image(root, shot, 'depth')
    assert depth.dtype == np.uint16
    np.testing.assert_allclose(depth / 1000, truth.depth, atol=0.0005001)


def test_colors_are_those_of_the_renderer(root, frame):
    shot, truth = frame
    # A jpg of quality 95, whose colors are stored at half the size.
    assert np.abs(image(root, shot, 'color', 'jpg').astype(int) - truth.rgb).mean() < 4


def test_raw_labels_lead_to_the_classes(root, frame):
    shot, truth = frame
    table = label_table(root)
    raw = image(root, shot, 'label-filt')
    assert raw.dtype == np.uint16
    for value in np.unique(raw):
        names = {truth.categories[n] for n in truth.category[raw == value]}
        assert names == {NYU40[int(table[int(value)][1]) - 1]}


def test_label_table_covers_the_forty_classes(root):
    table = label_table(root)
    assert {int(number) for _, number, _ in table.values()} == set(range(1, 41))
    assert len({raw for raw, _, _ in table.values()}) == len(table) > 40
    assert table[RAW_IDS['other prop'][0]][2] == 'otherprop'
    # Raw ids are no ids of classes.
    assert sum(raw_id == int(number) for raw_id, (_, number, _) in table.items()) < 3


def test_pose_and_intrinsics(root, frame):
    shot, truth = frame
    scan = root / 'scans' / shot.scene
    np.testing.assert_allclose(np.loadtxt(scan / 'pose' / f'{shot.frame}.txt'), truth.camera.pose, atol=5.1e-7)
    for kind in ('color', 'depth'):
        matrix = np.loadtxt(scan / 'intrinsic' / f'intrinsic_{kind}.txt')
        expected = [[57.787, 0, 31.95, 0], [0, 57.787, 23.95, 0], [0, 0, 1, 0], [0, 0, 0, 1]]
        np.testing.assert_allclose(matrix, expected, atol=1e-6)
        np.testing.assert_allclose(matrix[:3, :3], truth.camera.intrinsics, atol=1e-6)


@pytest.mark.parametrize('split', ['train', 'val'])
def test_the_reader_finds_the_truth(root, split):
    dataset = ScanNetDataset(
        str(root), split, ('semseg', 'depth'), (), 'nyudv2_40', neighbor_offsets=(-10, 10), require_neighbors=True
    )
    # Every twentieth frame is a target, but the first has no frame before it.
    assert len(ScanNetDataset(str(root), split, ('semseg',), (), 'nyudv2_40')) == 2 * len(SCANS[split])
    assert dataset.frames == [f'scans/{scan}/color/20.jpg' for scan in SCANS[split]]
    for index in (0, len(dataset) - 1):
        scan = SCANS[split][index]
        truth, found = render_shot(REQUEST, SHOTS[scan, 20]), dataset.read(index)
        names = np.array(truth.categories)[truth.category]
        np.testing.assert_array_equal(np.array(NYU40)[found['gt_semseg']], names)
        np.testing.assert_allclose(found['gt_depth'], truth.depth, atol=0.0005001)
        np.testing.assert_allclose(found['intrinsics'], truth.camera.intrinsics, rtol=1e-6)
        np.testing.assert_allclose(found['pose'], truth.camera.pose, atol=5.1e-7)
        for there, number in zip(found['neighbors'], (10, 30), strict=True):
            np.testing.assert_array_equal(there, image(root, SHOTS[scan, number], 'color', 'jpg'))


def test_frame_ten_further_on_warped_by_depth_and_pose_gives_this_frame(root):
    for scan in ('scene0000_00', 'scene0004_00', 'scene0019_00'):
        here, there = (render_shot(REQUEST, SHOTS[scan, number]) for number in (0, 10))
        moved = there.camera.position - here.camera.position
        assert 0.01 < np.linalg.norm(moved) < 0.3
        u, v, z, inside = seen_again(points_of(here), there)
        columns, rows = np.rint(u).astype(int).clip(0, 63), np.rint(v).astype(int).clip(0, 47)
        seen = inside & (np.abs(there.depth[rows, columns] - z) < 0.03 * z)
        seen &= there.instance[rows, columns] == here.instance
        assert seen.mean() > 0.5
        warped = cv2.remap(image(root, SHOTS[scan, 10], 'color', 'jpg'), u, v, cv2.INTER_LINEAR).astype(float)
        error = np.abs(warped - here.rgb)[seen].mean()
        still = np.abs(there.rgb.astype(float) - here.rgb)[seen].mean()
        # Textures and shadows stand still; what remains is interpolation of a coarse image.
        assert error < 0.6 * still
        assert error < 8
