import layout_kitti_stereo
import numpy as np
import pytest
from genuine_layout import read_uint16

from mtlbench.datasets import KITTIStereoDataset
from mtlbench.errors import ConfigError, DataError

FOCAL, BASELINE = 40.0, (4 + 17) / 40
"""Of the calibration in ``layout_kitti_raw``."""


@pytest.fixture
def build(tmp_path):
    layout_kitti_stereo.write(tmp_path)

    def make(**changes):
        options = {'split': 'all', 'tasks': ['semseg', 'depth'], 'pipeline': [], 'class_set': 'cityscapes_19'}
        return KITTIStereoDataset(**{'data_root': str(tmp_path), **options, **changes})

    return make


def test_depth_from_disparity(build):
    dataset = build()
    stored = read_uint16(dataset.root / 'training/disp_occ_0/000003_10.png').astype(float)
    with np.errstate(divide='ignore'):
        expected = np.where(stored > 0, FOCAL * BASELINE / (stored / 256), 0)
    depth = dataset.read(3)['gt_depth']
    assert depth.dtype == np.float32
    np.testing.assert_allclose(depth, expected, rtol=1e-6)
    assert (depth == 0).mean() == pytest.approx(0.25, abs=0.05)


def test_classes_and_camera(build):
    results = build().read(0)
    labels = read_uint16(build().root / 'training/semantic/000000_10.png')
    np.testing.assert_array_equal(results['gt_semseg'] == 0, labels == 7)
    np.testing.assert_array_equal(results['gt_semseg'] == 18, labels == 33)
    np.testing.assert_array_equal(results['intrinsics'], [[40, 0, 29.5], [0, 40, 17], [0, 0, 1]])


def test_splits(build):
    parts = {split: build(split=split, tasks=[]).frames for split in ('all', 'train', 'val', 'test')}
    assert [len(frames) for frames in parts.values()] == [10, 8, 2, 10]
    assert sorted(parts['train'] + parts['val']) == parts['all']
    assert all(frame.startswith('testing/') for frame in parts['test'])
    dataset = build()
    assert dataset.official_split(parts['all'][0]) == 'all'
    assert dataset.official_split(parts['test'][0]) == 'test'


def test_wrong_settings(build):
    for changes, words in (
        ({'split': 'training'}, "split is 'training', expected one of all, train, val, test"),
        ({'split': 'test'}, r"the split 'test' has no labels; set tasks=\(\)"),
    ):
        with pytest.raises(ConfigError, match=words):
            build(**changes)


def test_the_next_frame_is_a_neighbor(build):
    results = build(neighbor_offsets=(-1, 1)).read(0)
    assert results['neighbor_offsets'] == (1,)
    np.testing.assert_array_equal(results['neighbors'][0], build().read_image('training/image_2/000000_11.png'))


def test_archives_in_folders_of_their_own(build):
    dataset = build()
    target = dataset.root / 'semantics/training/semantic'
    target.parent.mkdir(parents=True)
    (dataset.root / 'training/semantic').rename(target)
    assert 'gt_semseg' in build(folders={'semantic': 'semantics'}).read(0)
    with pytest.raises(DataError, match=r'training/semantic/000000_10\.png is missing'):
        dataset.read(0)


def test_the_baseline_is_that_of_the_calibration(samples):
    """It is 0.5327 m on 2011_09_26."""
    from mtlbench.datasets.kitti_files import read_projection

    path = samples / 'kitti_raw/2011_09_26/calib_cam_to_cam.txt'
    left, right = (read_projection(path, camera) for camera in (2, 3))
    assert (left[0, 3] - right[0, 3]) / left[0, 0] == pytest.approx(0.5327, abs=5e-5)
