"""The rendered KITTI Stereo 2015 as files, against the truth of the renderer."""

import cv2
import numpy as np
import pytest
from reprojection import points_of, seen_again

from mtlbench.class_sets.cityscapes import LABELS
from mtlbench.datasets.kitti_stereo import KITTIStereoDataset
from mtlbench.world.writers import kitti_calibration, render_shot, render_world
from mtlbench.world.writers.kitti_stereo import KITTIStereoWriter

REQUEST = KITTIStereoWriter(frames=3, size=(124, 38), seed=3)
SHOTS = {shot.stem: shot for shot in REQUEST.shots()}


@pytest.fixture(scope='module')
def root(tmp_path_factory):
    root = tmp_path_factory.mktemp('rendered') / 'kitti_stereo'
    render_world(REQUEST, root)
    return root


def read(path):
    return cv2.imread(str(path), cv2.IMREAD_UNCHANGED)


def calibration(path):
    """The numbers of a calibration file by name, but for the time."""
    lines = (line.split(': ') for line in path.read_text().splitlines())
    return {name: np.array(values.split(), float) for name, values in lines if name != 'calib_time'}


def test_files_are_those_of_the_original(root):
    expected = {'RENDERED.json'}
    for number in range(3):
        expected |= {f'training/image_2/{number:06d}_{frame}.png' for frame in (10, 11)}
        expected |= {f'training/{kind}/{number:06d}_10.png' for kind in ('disp_occ_0', 'semantic')}
        expected.add(f'training/calib_cam_to_cam/{number:06d}.txt')
    assert {str(path.relative_to(root)) for path in root.rglob('*') if path.is_file()} == expected


def test_files_hold_the_truth(root):
    for number in range(3):
        truth = render_shot(REQUEST, SHOTS[f'{number:06d}_10'])
        image, stored, labels = (
            read(root / 'training' / kind / f'{number:06d}_10.png') for kind in ('image_2', 'disp_occ_0', 'semantic')
        )
        np.testing.assert_array_equal(image[..., ::-1], truth.rgb)
        assert stored.dtype == np.uint16
        assert labels.dtype == np.uint8
        hit = np.isfinite(truth.depth)
        np.testing.assert_array_equal(stored > 0, hit)
        p2, p3 = (calibration_of(root, number)[name].reshape(3, 4) for name in ('P_rect_02', 'P_rect_03'))
        disparity = (p2[0, 3] - p3[0, 3]) / truth.depth[hit]
        # Half a step of the encoding, and the seven digits of the calibration file.
        np.testing.assert_allclose(stored[hit] / 256, disparity, atol=0.5 / 256 + 1e-5)
        for label, (name, _) in LABELS.items():
            if name in truth.categories and name not in ('car', 'vegetation'):
                np.testing.assert_array_equal(labels == label, truth.category == truth.categories.index(name))


def calibration_of(root, number):
    return calibration(root / 'training/calib_cam_to_cam' / f'{number:06d}.txt')


def test_calibration_projects_as_the_cameras_do(root):
    for number in range(3):
        truth = render_shot(REQUEST, SHOTS[f'{number:06d}_10'])
        table = calibration_of(root, number)
        np.testing.assert_array_equal(table['S_rect_02'], REQUEST.size)
        # From the world to rectified coordinates of camera 0.
        reference = truth.camera.shifted(-kitti_calibration.CAMERA_PLACES[2]).extrinsic
        points = points_of(truth)[::5, ::5].reshape(-1, 3)
        local = np.column_stack([points, np.ones(len(points))]) @ reference.T
        for camera, name in ((2, 'P_rect_02'), (3, 'P_rect_03')):
            image = local @ table[name].reshape(3, 4).T
            right = kitti_calibration.CAMERA_PLACES[camera] - kitti_calibration.CAMERA_PLACES[2]
            expected = truth.camera.shifted(right)
            u = expected.intrinsics @ (expected.extrinsic[:3, :3] @ points.T + expected.extrinsic[:3, 3:])
            np.testing.assert_allclose(image[:, :2] / image[:, 2:], (u[:2] / u[2]).T, atol=2e-3)


def test_days_have_their_own_cameras(root):
    focal = [calibration_of(root, number)['P_rect_02'][0] for number in range(3)]
    np.testing.assert_allclose(focal, [721.5377 * 124 / 1242, 707.0493 * 124 / 1224, 718.3351 * 124 / 1238], rtol=1e-6)


def test_the_later_frame_is_a_step_ahead_in_the_same_place(root):
    first, second = (render_shot(REQUEST, SHOTS[f'000001_{frame}']) for frame in (10, 11))
    np.testing.assert_array_equal(read(root / 'training/image_2/000001_11.png')[..., ::-1], second.rgb)
    step = np.linalg.norm(first.camera.position - second.camera.position)
    assert 0.3 < step < 3  # meters in a tenth of a second
    *_, inside = seen_again(points_of(first), second)
    assert inside.mean() > 0.5


def test_places_differ():
    places = [render_shot(REQUEST, SHOTS[f'{number:06d}_10']).camera.position for number in range(3)]
    assert min(np.linalg.norm(places[a] - places[b]) for a, b in ((0, 1), (1, 2), (0, 2))) > 8


def test_the_reader_finds_the_truth(root):
    dataset = KITTIStereoDataset(str(root), 'all', ('semseg', 'depth'), (), 'cityscapes_19', neighbor_offsets=(1,))
    names = dataset.metainfo['classes']
    assert len(dataset) == 3
    for index in range(3):
        results = dataset.read(index)
        truth, later = (render_shot(REQUEST, SHOTS[f'{index:06d}_{frame}']) for frame in (10, 11))
        np.testing.assert_array_equal(results['image'], truth.rgb)
        np.testing.assert_array_equal(results['neighbors'][0], later.rgb)
        np.testing.assert_allclose(results['intrinsics'], truth.camera.intrinsics, rtol=1e-6)
        hit = np.isfinite(truth.depth)
        np.testing.assert_array_equal(results['gt_depth'] > 0, hit)
        # Half a step of disparity, d = B f / Z: dZ = Z^2 / (B f) dd.
        near = hit & (truth.depth < 80)
        z = truth.depth[near].astype(float)
        allowed = 1.1 * z**2 / (0.5327 * truth.camera.intrinsics[0, 0]) * (0.5 / 256) + 1e-4
        assert (np.abs(results['gt_depth'][near] - z) < allowed).all()
        shown = np.array(truth.categories)[truth.category]
        for name in set(names) & set(truth.categories) - {'car', 'vegetation'}:
            np.testing.assert_array_equal(results['gt_semseg'] == names.index(name), shown == name)
        np.testing.assert_array_equal(results['gt_semseg'] == names.index('car'), np.isin(shown, ('car', 'van')))
        np.testing.assert_array_equal(results['gt_semseg'] == 255, np.isin(shown, ('misc', 'guard rail')))
