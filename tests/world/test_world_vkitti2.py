"""The rendered Virtual KITTI 2 as files: layout and encodings."""

import json
from dataclasses import replace

import cv2
import numpy as np
import pytest

from mtlbench.class_sets.vkitti2 import CLASSES
from mtlbench.errors import ConfigError
from mtlbench.world.scene.catalog import STREETS
from mtlbench.world.writers import Shot, render_world, vkitti2
from mtlbench.world.writers.vkitti2 import GENUINE_FRAMES, VKITTI2Writer

SMALL = VKITTI2Writer(frames=5, size=(40, 16), seed=1)


def paths(root, scene, variation, camera, frame):
    """Image, depth and classes of a frame."""
    return SMALL.paths(root, Shot(scene, frame, '', f'{variation}/{camera}'))


def table(path):
    header, *rows = path.read_text().splitlines()
    return header, np.array([row.split() for row in rows], float)


def read(path):
    return cv2.imread(str(path), cv2.IMREAD_UNCHANGED)


def test_files_are_those_of_the_original(world):
    root, request = world
    expected = {'RENDERED.json'}
    for scene, count in request.scene_frames.items():
        for variation in request.variations:
            expected |= {f'{scene}/{variation}/{n}.txt' for n in ('colors', 'intrinsic', 'extrinsic')}
            for camera in (0, 1):
                frames = f'{scene}/{variation}/frames'
                for frame in range(count):
                    expected.add(f'{frames}/rgb/Camera_{camera}/rgb_{frame:05d}.jpg')
                    expected.add(f'{frames}/depth/Camera_{camera}/depth_{frame:05d}.png')
                    expected.add(f'{frames}/classSegmentation/Camera_{camera}/classgt_{frame:05d}.png')
    assert {str(p.relative_to(root)) for p in root.rglob('*') if p.is_file()} == expected
    assert json.loads((root / 'RENDERED.json').read_text())['scene_frames'] == request.scene_frames
    assert sum(request.scene_frames.values()) == request.frames


def test_encodings(world):
    root, request = world
    codes = {*CLASSES.values()}
    far = np.array(CLASSES['Sky'])
    for scene in request.scene_frames:
        rgb, depth, classes = (read(p) for p in paths(root, scene, 'clone', 1, 0))
        assert rgb.shape == classes.shape == (32, 104, 3)
        assert rgb.dtype == classes.dtype == np.uint8
        assert depth.shape == (32, 104)
        assert depth.dtype == np.uint16
        colors = classes[..., ::-1]
        assert {tuple(c) for c in colors.reshape(-1, 3).tolist()} <= codes
        sky = (colors == far).all(-1)
        assert (depth[sky] == 65535).all()
        assert (depth[~sky] < 65535).all()
        assert depth[~sky].min() > 100
        assert rgb.std() > 10


def test_tables(world):
    root, request = world
    for scene, count in request.scene_frames.items():
        folder = root / scene / '15-deg-left'
        lines = (folder / 'colors.txt').read_text().splitlines()
        assert lines[0] == 'Category r g b'
        assert len(lines) == 16
        assert 'GuardRail 250 100 255' in lines
        assert lines[-1] == 'Undefined 0 0 0'
        header, rows = table(folder / 'intrinsic.txt')
        assert header == 'frame cameraID K[0,0] K[1,1] K[0,2] K[1,2]'
        expected = np.array((725.0087, 725.0087, 620.5, 187)) * np.array((104 / 1242, 32 / 375) * 2)
        np.testing.assert_allclose(rows[:, 2:], np.tile(expected, (2 * count, 1)), rtol=1e-8)
        np.testing.assert_array_equal(rows[:, :2], [(f, c) for f in range(count) for c in (0, 1)])
        header, rows = table(folder / 'extrinsic.txt')
        assert header == 'frame cameraID r1,1 r1,2 r1,3 t1 r2,1 r2,2 r2,3 t2 r3,1 r3,2 r3,3 t3 0 0 0 1'
        assert rows.shape == (2 * count, 18)
        for left, right in zip(rows[::2, 2:].reshape(-1, 4, 4), rows[1::2, 2:].reshape(-1, 4, 4), strict=True):
            np.testing.assert_allclose(left[:3, :3] @ left[:3, :3].T, np.eye(3), atol=1e-9)
            # A point 0.53 m to the right of the left camera is the right camera's origin.
            np.testing.assert_allclose(right @ np.linalg.inv(left) @ (0.532725, 0, 0, 1), (0, 0, 0, 1), atol=1e-7)


def test_variations_turn_the_camera(world):
    root, _ = world
    clone, left = (
        table(root / 'Scene01' / v / 'extrinsic.txt')[1][0, 2:].reshape(4, 4) for v in ('clone', '15-deg-left')
    )
    relative = left[:3, :3] @ clone[:3, :3].T
    # What was straight ahead is 15 degrees to the right of a camera that turned left.
    np.testing.assert_allclose(relative @ (0, 0, 1), (np.sin(np.pi / 12), 0, np.cos(np.pi / 12)), atol=1e-9)


def test_depth_of_files_agrees_from_frame_to_frame(tmp_path):
    request = replace(SMALL, frames=10, size=(208, 64), variations=('clone',))
    render_world(request, tmp_path)
    _, poses = table(tmp_path / 'Scene18/clone/extrinsic.txt')
    first, second = poses[::2, 2:].reshape(-1, 4, 4)[:2]
    depths = [read(paths(tmp_path, 'Scene18', 'clone', 0, f)[1]) / 100.0 for f in (0, 1)]
    colors = read(paths(tmp_path, 'Scene18', 'clone', 0, 0)[2])[..., ::-1]
    road = (colors == CLASSES['Road']).all(-1)
    v, u = np.nonzero(road)
    k = request.intrinsics
    local = depths[0][v, u, None] * (np.stack([u, v, np.ones(len(u))], 1) @ np.linalg.inv(k).T)
    moved = np.column_stack([local, np.ones(len(u))]) @ (second @ np.linalg.inv(first)).T
    image = moved[:, :3] @ k.T
    columns, rows = (np.rint(image[:, i] / image[:, 2]).astype(int) for i in (0, 1))
    inside = (moved[:, 2] > 2) & (moved[:, 2] < 25) & (columns >= 0) & (columns < 208) & (rows >= 0) & (rows < 64)
    found, expected = depths[1][rows[inside], columns[inside]], moved[inside, 2]
    assert inside.sum() > 200
    # Rounding to a pixel moves a point of the road by up to half a row: dz = z^2 / (fy * eye height) / 2.
    allowed = 0.6 * expected**2 / (k[1, 1] * 1.5) + 0.02
    assert (np.abs(found - expected) < allowed).mean() > 0.9


def test_frames_are_shared_out_as_in_the_original():
    assert VKITTI2Writer(frames=2126).scene_frames == GENUINE_FRAMES
    assert set(STREETS) == set(GENUINE_FRAMES)
    for frames in (5, 7, 24, 200, 1001):
        shares = VKITTI2Writer(frames=frames).scene_frames
        assert sum(shares.values()) == frames
        assert min(shares.values()) >= min(3, frames // 5)


@pytest.mark.parametrize(
    ('change', 'match'),
    [
        (dict(variations=('snow',)), "unknown .*'snow'.*known are 15-deg-left"),
        (dict(variations=()), 'none given'),
        (dict(cameras=(2,)), 'expected 0, 1, or both'),
        (dict(frames=4), 'at least 5'),
    ],
)
def test_invalid_requests_are_refused(change, match):
    with pytest.raises(ConfigError, match=match):
        replace(SMALL, **change)


def test_ten_variations_and_all_classes():
    assert len(vkitti2.VARIATIONS) == 10
    assert set(vkitti2.CATEGORY_CLASS.values()) == set(CLASSES)
