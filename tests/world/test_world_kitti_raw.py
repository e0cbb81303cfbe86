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


def annotated(drive):
    """Of the folders of the benchmark's depth; drives 0020, 0026 and 0016 are in its validation part."""
    part = 'val' if drive[-4:] in ('0020', '0026', '0016') else 'train'
    return f'data_depth_annotated/{part}/{drive}_sync/proj_depth/groundtruth/image_02'


def test_annotated_depth_is_the_truth_where_a_laser_reaches(root):
    """To half a step of 1/256 m; as many pixels as in the genuine frame at hand (19.5 %), no sky."""
    shares = []
    for shot in (shot for shot in REQUEST.shots() if shot.frame == 1):
        stored = cv2.imread(str(root / annotated(shot.scene) / '0000000001.png'), cv2.IMREAD_UNCHANGED)
        truth = render_shot(REQUEST, shot).depth
        assert stored.dtype == np.uint16
        found = stored > 0
        np.testing.assert_allclose(stored[found] / 256, truth[found], atol=0.5001 / 256)
        assert not found[:10].any() and truth[found].max() < 85
        shares.append(found.mean())
    assert 0.1 < np.mean(shares) < 0.3


def test_lists_are_of_frames_with_neighbors_and_depth(root):
    """Those that are tested on are not trained on; every listed frame has depth."""
    lists = {'train': 'splits/eigen_zhou/train_files.txt', 'val': 'splits/eigen/test_files.txt'}
    found = [
        KITTIRawDataset(str(root), split, tasks, (), split_files=lists, neighbor_offsets=(-1, 1)).frames
        for split in lists
        for tasks in ((), ('depth',))
    ]
    assert found[0] == found[1] and found[2] == found[3]
    drives = [{frame.split('/')[1] for frame in frames} for frames in found[1:3]]
    assert drives[1] == {'2011_09_26_drive_0020_sync'} and len(drives[0]) == 4 and not drives[0] & drives[1]


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
        expected |= {f'{annotated(drive)}/{frame:010d}.png' for frame in range(1, count - 1)}
    expected |= {f'splits/{name}_files.txt' for name in ('eigen/test', 'eigen_zhou/train', 'eigen_zhou/val')}
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
