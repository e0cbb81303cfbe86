"""The rendered NYUDv2 as files, against the truth of the renderer."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from mtlbench.class_sets.nyu40 import NYU40
from mtlbench.datasets.nyudv2 import NYUDv2Dataset
from mtlbench.world.writers import render_shot, render_world
from mtlbench.world.writers.nyudv2 import NYUDv2Writer
from mtlbench.world.writers.rooms import boundaries

REQUEST = NYUDv2Writer(frames=6, size=(64, 48), seed=3)


@pytest.fixture(scope='module')
def root(tmp_path_factory):
    root = tmp_path_factory.mktemp('rendered') / 'nyudv2'
    render_world(REQUEST, root)
    return root


@pytest.fixture(scope='module', params=range(3))
def frame(request):
    shot = REQUEST.shots()[request.param]
    return shot, render_shot(REQUEST, shot)


def image(root, kind, shot):
    pixels = cv2.imread(str(root / kind / f'{shot.stem}.png'), cv2.IMREAD_UNCHANGED)
    return pixels[..., ::-1] if pixels.ndim == 3 else pixels


def test_files_are_those_of_the_package(root):
    expected = {'RENDERED.json', 'gt_sets/train.txt', 'gt_sets/val.txt'}
    for kind, end in (
        ('images', 'png'),
        ('segmentation', 'png'),
        ('depth', 'npy'),
        ('normals', 'png'),
        ('edge', 'png'),
    ):
        expected |= {f'{kind}/{shot.stem}.{end}' for shot in REQUEST.shots()}
    assert {str(path.relative_to(root)) for path in root.rglob('*') if path.is_file()} == expected


def test_splits_share_no_room(root):
    train, val = ((root / 'gt_sets' / f'{split}.txt').read_text().split() for split in ('train', 'val'))
    assert (len(train), len(val)) == (5, 1)
    assert sorted(train + val) == [shot.stem for shot in REQUEST.shots()]
    assert {split: len(stems) for split, stems in NYUDv2Writer().split_stems.items()} == {'train': 160, 'val': 40}
    shots = NYUDv2Writer().shots()
    assert len({shot.scene for shot in shots}) == len(shots)


def test_image_and_classes(root, frame):
    shot, truth = frame
    np.testing.assert_array_equal(image(root, 'images', shot), truth.rgb)
    ids = image(root, 'segmentation', shot)
    assert ids.dtype == np.uint8
    names = np.array(truth.categories)[truth.category]
    np.testing.assert_array_equal(np.array(('void', *NYU40))[ids], names)


def test_depth_is_in_meters(root, frame):
    shot, truth = frame
    depth = np.load(root / 'depth' / f'{shot.stem}.npy')
    assert depth.dtype == np.float32
    np.testing.assert_array_equal(depth, truth.depth)
    assert 0.2 < depth.min() < depth.max() < 12


def test_normals_face_the_camera(root, frame):
    shot, truth = frame
    normals = 2 * image(root, 'normals', shot).astype(float) / 255 - 1
    # x right, y down, z towards the camera: what the scene says in world coordinates, seen from the camera.
    axes = truth.camera.pose[:3, :3] * (1, 1, -1)
    np.testing.assert_allclose(normals, truth.normals @ axes, atol=0.5001 / 127.5)
    floor = truth.category == truth.categories.index('floor')
    if floor.any():
        assert (normals[floor][:, 1] < -0.8).all()
    v, u = np.mgrid[:48, :64]
    rays = np.stack([u, v, np.ones_like(u)], -1) @ np.linalg.inv(REQUEST.intrinsics).T * (1, 1, -1)
    assert ((normals * rays).sum(-1) < 0.02 * np.linalg.norm(rays, axis=-1)).all()


def test_edges_are_where_things_end(root, frame):
    shot, truth = frame
    edge = image(root, 'edge', shot)
    assert set(np.unique(edge)) == {0, 255}
    for v in range(47):
        for u in range(63):
            others = truth.instance[v : v + 2, u : u + 2]
            assert (edge[v, u] == 255) == (len(np.unique(others)) > 1)


@pytest.mark.parametrize('split', ['train', 'val'])
def test_the_reader_finds_the_truth(root, split):
    fields = ('semseg', 'depth', 'normals', 'edges')
    dataset = NYUDv2Dataset(str(root), split, fields, (), 'nyudv2_40')
    stems = REQUEST.split_stems[split]
    assert [Path(frame).stem for frame in dataset.frames] == stems
    shot = next(shot for shot in REQUEST.shots() if shot.stem == stems[0])
    truth, found = render_shot(REQUEST, shot), dataset.read(0)
    np.testing.assert_array_equal(found['image'], truth.rgb)
    np.testing.assert_array_equal(
        found['gt_semseg'], [[NYU40.index(truth.categories[n]) for n in row] for row in truth.category]
    )
    np.testing.assert_array_equal(found['gt_depth'], truth.depth)
    normals = truth.camera_normals * (1, 1, -1)
    normals[..., 2] = np.abs(normals[..., 2])  # the convention: whatever is seen faces the camera
    assert np.degrees(np.arccos(np.clip((found['gt_normals'] * normals).sum(-1), -1, 1))).max() < 0.5
    np.testing.assert_array_equal(found['gt_edges'] > 0, boundaries(truth.instance))
    np.testing.assert_allclose(found['intrinsics'], truth.camera.intrinsics, rtol=1e-6)


def test_intrinsics_are_the_genuine_ones_scaled():
    expected = [[518.8579 / 10, 0, 325.58245 / 10], [0, 519.46961 / 10, 253.73617 / 10], [0, 0, 1]]
    np.testing.assert_allclose(REQUEST.intrinsics, expected, rtol=1e-9)
    camera = REQUEST.camera(REQUEST.build_scene('0001'), REQUEST.shots()[0])
    np.testing.assert_array_equal(camera.intrinsics, REQUEST.intrinsics)
