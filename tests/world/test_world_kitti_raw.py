"""The rendered KITTI raw data as files, against the truth of the renderer."""

from dataclasses import replace

import cv2
import numpy as np
import pytest
from reprojection import points_of, seen_again

from mtlbench.datasets.kitti_raw import KITTIRawDataset
from mtlbench.world.writers import render_shot, render_world
from mtlbench.world.writers.kitti_raw import DRIVES, KITTIRawWriter

REQUEST = KITTIRawWriter(frames=20, size=(124, 38), seed=3)


@pytest.fixture(scope='module')
def root(tmp_path_factory):
    root = tmp_path_factory.mktemp('rendered') / 'kitti_raw'
    render_world(REQUEST, root)
    return root


def image(root, drive, frame):
    path = root / drive[:10] / f'{drive}_sync/image_02/data/{frame:010d}.png'
    return cv2.imread(str(path), cv2.IMREAD_COLOR)[..., ::-1]


def test_frames_are_shared_out():
    assert list(REQUEST.drive_frames) == list(DRIVES)
    assert sum(REQUEST.drive_frames.values()) == 20
    assert set(REQUEST.drive_frames.values()) == {3, 4}
    assert set(KITTIRawWriter().drive_frames.values()) == {20}


def test_files_are_those_of_the_original(root):
    expected = {'RENDERED.json'}
    for drive, count in REQUEST.drive_frames.items():
        expected.add(f'{drive[:10]}/calib_cam_to_cam.txt')
        expected |= {f'{drive[:10]}/{drive}_sync/image_02/data/{frame:010d}.png' for frame in range(count)}
    found = {str(path.relative_to(root)) for path in root.rglob('*') if path.is_file()}
    assert found == expected


def test_calibration_is_the_genuine_one_scaled(root):
    lines = (root / '2011_09_30/calib_cam_to_cam.txt').read_text().splitlines()
    table = dict(line.split(': ') for line in lines)
    assert table['S_rect_02'] == '1.240000e+02 3.800000e+01'
    x, y = 124 / 1226, 38 / 370
    genuine = np.array([[707.0912, 0, 601.8873, 46.88783], [0, 707.0912, 183.1104, 0], [0, 0, 1, 0]])
    scaled = np.array(table['P_rect_02'].split(), float).reshape(3, 4)
    np.testing.assert_allclose(scaled[:, :3], (genuine * ((x,), (y,), (1,)))[:, :3], rtol=1e-6)
    # The place of the camera is that of another day, a few millimeters away.
    np.testing.assert_allclose(scaled[0, 3] / scaled[0, 0], 46.88783 / 707.0912, atol=0.005)


def test_the_reader_finds_the_truth(root):
    shots = {
        f'{shot.scene[:10]}/{shot.scene}_sync/image_02/data/{shot.frame:010d}.png': shot for shot in REQUEST.shots()
    }
    found = []
    for split in ('train', 'val'):
        dataset = KITTIRawDataset(str(root), split, (), (), None, neighbor_offsets=(-1, 1))
        found += dataset.frames
        results, shot = dataset.read(0), shots[dataset.frames[0]]
        truth = render_shot(REQUEST, shot)
        np.testing.assert_array_equal(results['image'], truth.rgb)
        np.testing.assert_allclose(results['intrinsics'], truth.camera.intrinsics, rtol=1e-6)
        for image_there, step in zip(results['neighbors'], (-1, 1), strict=True):
            there = render_shot(
                REQUEST, replace(shot, frame=shot.frame + step, stem=f'{shot.scene}/{shot.frame + step}')
            )
            np.testing.assert_array_equal(image_there, there.rgb)
    # All frames but the first and the last of a drive.
    last = {drive: count - 1 for drive, count in REQUEST.drive_frames.items()}
    assert sorted(found) == sorted(name for name, shot in shots.items() if 0 < shot.frame < last[shot.scene])


def test_next_frame_warped_by_true_depth_and_pose_gives_this_frame(root):
    shots = {(shot.scene, shot.frame): shot for shot in REQUEST.shots()}
    for drive in DRIVES[::2]:
        here, there = (render_shot(REQUEST, shots[drive, frame]) for frame in (1, 2))
        np.testing.assert_array_equal(image(root, drive, 1), here.rgb)
        u, v, z, inside = seen_again(points_of(here), there)
        inside &= (here.depth > 3) & (here.depth < 30)
        columns, rows = np.rint(u).astype(int).clip(0, 123), np.rint(v).astype(int).clip(0, 37)
        # What is hidden, or moves, has another depth there.
        seen = inside & (np.abs(there.depth[rows, columns] - z) < 0.05 * z)
        assert seen.mean() > 0.15
        warped = cv2.remap(image(root, drive, 2), u, v, cv2.INTER_LINEAR).astype(float)
        error = np.abs(warped - here.rgb)[seen].mean()
        still = np.abs(there.rgb.astype(float) - here.rgb)[seen].mean()
        assert error < 0.75 * still
