import layout_kitti_raw
import numpy as np
import pytest
from genuine_layout import write_text

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
        ({'tasks': ['depth']}, r"tasks is 'depth', expected one of none"),
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
