import layout_kitti_raw
import numpy as np
import pytest
from genuine_layout import ground_depth, write_text

from mtlbench.datasets import KITTIRawDataset
from mtlbench.datasets.kitti_files import read_frame_list, read_projection
from mtlbench.datasets.kitti_raw import DRIVES
from mtlbench.errors import ConfigError, DataError

FRAMES = {
    '2011_09_26': {
        '0001': 108, '0002': 77, '0020': 86, '0023': 474, '0035': 131, '0039': 395, '0048': 22, '0052': 78, '0060': 78,
        '0061': 703, '0064': 570, '0079': 100, '0086': 706, '0087': 729, '0091': 340, '0093': 433, '0095': 268,
        '0106': 227, '0113': 87, '0117': 660,
    },
    '2011_09_28': {'0001': 106},
    '2011_09_29': {'0026': 158},
    '2011_09_30': {'0016': 279, '0018': 2762, '0020': 1104, '0027': 1106, '0028': 5177, '0033': 1594, '0034': 1224},
    '2011_10_03': {'0027': 4544, '0034': 4663, '0042': 1170},
}  # fmt: skip
"""Number of frames of each drive of the KITTI split."""


@pytest.fixture
def build(tmp_path):
    layout_kitti_raw.write(tmp_path)

    def make(**changes):
        options = {'split': 'train', 'tasks': [], 'pipeline': [], 'neighbor_offsets': (-1, 1)}
        return KITTIRawDataset(**{'data_root': str(tmp_path), **options, **changes})

    return make


def test_drawn_splits(build):
    """All frames with both neighbors, of the left camera, in disjoint parts."""
    train, val = build(), build(split='val')
    assert (len(train), len(val)) == (26, 2)  # floor(28 * 28937 / 30095)
    assert len({*train.frames, *val.frames}) == 28
    assert all('image_02' in frame for frame in train.frames)
    assert all(len(train.missing_neighbors(frame)) == 0 for frame in train.frames + val.frames)
    assert build(split_seed=1).frames != train.frames


def test_both_cameras_are_in_the_same_part(build):
    left, both = build(), build(cameras=('image_02', 'image_03'))
    right = {frame.replace('image_02', 'image_03') for frame in left.frames}
    assert set(both.frames) == {*left.frames, *right} and len(both) == 2 * len(left)


def test_draw_from_all_drives_has_the_published_numbers(tmp_path):
    """The genuine drives, as empty files, have 30159 frames, less the first and last of 32 drives."""
    assert {date: tuple(numbers.split()) for date, numbers in DRIVES.items()} == {
        date: tuple(drives) for date, drives in FRAMES.items()
    }
    for date, drives in FRAMES.items():
        for number, frames in drives.items():
            folder = tmp_path / date / f'{date}_drive_{number}_sync/image_02/data'
            folder.mkdir(parents=True)
            for frame in range(frames):
                (folder / f'{frame:010d}.jpg').touch()
    counts = [len(KITTIRawDataset(str(tmp_path), split, [], [])) for split in ('train', 'val')]
    assert counts == list(KITTIRawDataset.official_counts.values()) == [28937, 1158]


def test_lists_of_both_forms(build, tmp_path):
    drive = '2011_09_26/2011_09_26_drive_0001_sync'
    write_text(tmp_path / 'lists/eigen.txt', f'{drive} 3 l\n{drive} 0000000004 r\n{drive} 0 l\n\n{drive} 11 l\n')
    paths = [f'{drive}/image_02/data/{frame:010d}.jpg {drive}/image_03/data/{frame:010d}.jpg' for frame in (0, 5, 6)]
    write_text(tmp_path / 'lists/two.txt', '\n'.join(paths))
    dataset = build(split_files={'train': 'lists/eigen.txt', 'val': str(tmp_path / 'lists/two.txt')})
    assert dataset.frames == [f'{drive}/image_02/data/0000000003.png', f'{drive}/image_03/data/0000000004.png']
    assert dataset.read(1)['intrinsics'][0, 2] == 29.5
    val = build(split='val', split_files={'val': 'lists/two.txt'})
    assert [frame[-14:-4] for frame in val.frames] == ['0000000005', '0000000006']


def test_list_with_ground_truth_and_focal_length(tmp_path):
    drive, depth = '2011_09_26_drive_0001_sync', 'proj_depth/groundtruth/image_02/0000000069.png'
    image = f'2011_09_26/{drive}/image_02/data/0000000069'
    write_text(tmp_path / 'list.txt', f'{image}.png {drive}/{depth} 721.5377\n{image}.jpg None 721.5377\n')
    assert read_frame_list(tmp_path / 'list.txt') == [image, image]


EIGEN = {'train': 'splits/eigen_zhou/train_files.txt', 'val': 'splits/eigen/test_files.txt'}


def test_frames_with_annotated_depth(build):
    """Those of the list that have a file, in either part of the archive; other frames are reported, not read."""
    val = build(split='val', tasks=['depth'], split_files=EIGEN, neighbor_offsets=())
    drive = '2011_09_26/2011_09_26_drive_0095_sync/image_02/data'
    assert val.frames == [f'{drive}/{frame:010d}.png' for frame in range(1, 11)]
    assert [(str(path.name), reason, wrong) for path, reason, wrong in val.passed_over] == [
        ('data_depth_annotated', 'has no depth for 2 of 12 frames', False)
    ]
    depth = val.read(0)['gt_depth']
    expected = np.rint(256 * ground_depth()) / 256
    expected[:, 1::2] = 0
    np.testing.assert_array_equal(depth, expected.astype(np.float32))
    train = build(tasks=['depth'], split_files=EIGEN)
    assert len(train) == 10 + 8 and not set(train.frames) & set(val.frames)
    assert {frame[:10] for frame in train.frames} == {'2011_09_26', '2011_10_03'}


def test_without_depth_all_listed_frames_are_read(build):
    val = build(split='val', split_files=EIGEN, neighbor_offsets=())
    assert len(val) == 12 and val.passed_over == []


def test_annotated_depth_of_the_right_camera(build, tmp_path):
    write_text(tmp_path / 'list.txt', '2011_09_26/2011_09_26_drive_0095_sync 4 r\n')
    dataset = build(tasks=['depth'], split_files={'train': 'list.txt'})
    path = layout_kitti_raw.annotated(tmp_path, '2011_09_26_drive_0095', 4, camera=3)
    assert dataset.path_of(dataset.frames[0], 'depth') == path


def test_annotated_depth_that_is_not_unpacked(build, tmp_path):
    (tmp_path / 'data_depth_annotated').rename(tmp_path / 'elsewhere')
    with pytest.raises(DataError, match=r'0000000000\.png is missing, as is .* all 12 frames .* unpack the archive'):
        build(split='val', tasks=['depth'], split_files=EIGEN, neighbor_offsets=())
    found = build(split='val', tasks=['depth'], split_files=EIGEN, folders={'data_depth_annotated': 'elsewhere'})
    assert len(found) == 10


def test_annotated_depth_of_part_of_the_test_frames(build, tmp_path):
    """652 of the 697 test frames of Eigen are annotated."""
    drive, dataset = '2011_09_26/2011_09_26_drive_0095_sync', build(tasks=['depth'], split_files=EIGEN)
    assert not any('annotated' in message for message in dataset.missing_parts())
    dataset.listed, dataset.frames = 697, [f'{drive}/image_02/data/0000000001.png'] * 600
    (message,) = dataset.missing_parts()
    assert '600 of the 697 frames have annotated depth, expected 652' in message
    dataset.frames = dataset.frames[:1] * 652
    assert not list(dataset.missing_parts())


def test_missing_list_says_where_to_get_it(build):
    with pytest.raises(
        DataError, match=r"splits/no\.txt is missing; put a list .* 'splits' of .*monodepth2.*split_files"
    ) as told:
        build(split_files={'train': 'splits/no.txt'})
    assert '\n' not in str(told.value)


@pytest.mark.parametrize(
    'line', ['a b', 'x 3 m', 'drive/image_02/data/first.png', 'drive 3 l extra', 'drive/0000000001.png']
)
def test_lines_of_no_known_form(tmp_path, line):
    write_text(tmp_path / 'list.txt', f'd 1 l\n{line}\n')
    with pytest.raises(DataError, match=r'list\.txt, line 2: .* is neither'):
        read_frame_list(tmp_path / 'list.txt')


def test_listed_frame_that_is_not_there(build, tmp_path):
    write_text(tmp_path / 'list.txt', '2011_09_26/2011_09_26_drive_0001_sync 99 l')
    with pytest.raises(DataError, match=r'lists .*0000000099, but .*0000000099\.png \(or \.jpg\) does not exist'):
        build(split_files={'train': 'list.txt'})


def test_wrong_settings(build):
    for changes, words in (
        ({'split': 'test'}, "split is 'test', expected one of train, val"),
        ({'split': 'val', 'split_files': {'train': 'x'}}, "split is 'val', expected one of train"),
        ({'tasks': ['semseg']}, r"tasks is 'semseg', expected one of depth"),
        ({'class_set': 'cityscapes_19'}, r'class_set is .*, expected one of none'),
    ):
        with pytest.raises(ConfigError, match=words):
            build(**changes)
    with pytest.raises(DataError, match=r'list\.txt is missing'):
        build(split_files={'train': 'list.txt'})


def test_empty_folder_says_where_it_looked(tmp_path):
    with pytest.raises(DataError, match=r'<drive>_sync/image_02/data/\*\.png \(or \.jpg\), with both neighbors'):
        KITTIRawDataset(str(tmp_path), 'train', [], [])


@pytest.mark.parametrize('content', ['', 'P_rect_02: 1 2 3\n', 'P_rect_03: 1 2 3 4 5 6 7 8 9 10 11 12\n'])
def test_calibration_without_the_camera(build, content):
    dataset = build()
    for path in dataset.root.glob('*/calib_cam_to_cam.txt'):
        path.write_text(content)
    with pytest.raises(DataError, match=r'calib_cam_to_cam\.txt has no line "P_rect_02:" with 12 numbers'):
        dataset.read(0)


def test_missing_calibration(build):
    dataset = build()
    for path in dataset.root.glob('*/calib_cam_to_cam.txt'):
        path.unlink()
    with pytest.raises(DataError, match=r'calib_cam_to_cam\.txt is missing'):
        dataset.read(0)


def test_genuine_drive(samples, tmp_path):
    """Ten successive frames, of which eight have both neighbors; the camera of that day."""
    frames = [f'2011_09_30/2011_09_30_drive_0028_sync {number} l' for number in range(1110, 1120)]
    write_text(tmp_path / 'list.txt', '\n'.join(frames))
    options = {'split_files': {'train': str(tmp_path / 'list.txt')}, 'neighbor_offsets': (-1, 1)}
    dataset = KITTIRawDataset(str(samples / 'kitti_raw'), 'train', [], [], **options)
    assert [int(frame[-14:-4]) for frame in dataset.frames] == list(range(1111, 1119))
    results = dataset.read(3)
    assert results['image'].shape == (370, 1226, 3)
    np.testing.assert_array_equal(results['intrinsics'], [[707.0912, 0, 601.8873], [0, 707.0912, 183.1104], [0, 0, 1]])
    near = [np.abs(results['image'].astype(int) - other).mean() for other in results['neighbors']]
    far = np.abs(results['image'].astype(int) - dataset.read_image(dataset.frames[-1])).mean()
    assert max(near) < far


def test_genuine_calibration(samples):
    projection = read_projection(samples / 'kitti_raw/2011_09_26/calib_cam_to_cam.txt', 2)
    np.testing.assert_array_equal(projection[0], [721.5377, 0, 609.5593, 44.85728])


def test_genuine_annotated_depth(samples, tmp_path):
    """A fifth of the pixels, 6.2 m nearest to 84.9 m, 13.8 m in the middle; none of them in the sky."""
    drive, source = '2011_09_26_drive_0002', samples / 'kitti_depth_annotated'
    folder = tmp_path / f'2011_09_26/{drive}_sync/image_02/data'
    folder.mkdir(parents=True)
    (folder / '0000000005.png').write_bytes((source / 'rgb/0000000005.png').read_bytes())
    depth = tmp_path / f'data_depth_annotated/val/{drive}_sync/proj_depth/groundtruth/image_02/0000000005.png'
    depth.parent.mkdir(parents=True)
    depth.write_bytes((source / 'depth/0000000005.png').read_bytes())
    write_text(tmp_path / 'list.txt', f'2011_09_26/{drive}_sync 5 l\n')
    dataset = KITTIRawDataset(str(tmp_path), 'val', ['depth'], [], split_files={'val': 'list.txt'})
    found = dataset.read(0)['gt_depth']
    assert found.shape == (375, 1242)
    assert (found > 0).mean() == pytest.approx(0.195, abs=0.001)
    valid = found[found > 0]
    assert np.percentile(valid, (1, 50)) == pytest.approx((6.2, 13.8), abs=0.1)
    assert valid.max() == pytest.approx(84.9, abs=0.1)
    assert not found[:100].any()
