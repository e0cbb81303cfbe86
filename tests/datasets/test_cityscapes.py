import numpy as np
import pytest
from genuine_layout import HEIGHT, WIDTH, read_uint16, save
from layout_cityscapes import CAMERA

from mtlbench.datasets import CityscapesDataset
from mtlbench.datasets.cityscapes import LABEL_SETS
from mtlbench.errors import ConfigError, DataError
from mtlbench.structures import class_set

TRAIN_IDS_19 = (7, 8, 11, 12, 13, 17, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 31, 32, 33)
LABELS_16 = (7, 8, 11, 12, 13, 17, 19, 20, 21, 23, 24, 25, 26, 28, 32, 33)
LABELS_13 = (7, 8, 11, 19, 20, 21, 23, 24, 25, 26, 28, 32, 33)


@pytest.mark.parametrize(
    ('name', 'labels'), [('cityscapes_19', TRAIN_IDS_19), ('cityscapes_16', LABELS_16), ('cityscapes_13', LABELS_13)]
)
def test_class_sets(cityscapes, name, labels):
    assert LABEL_SETS[name] == labels
    assert len(class_set(name)) == len(labels)
    dataset = cityscapes(class_set=name)
    written = read_uint16(next(dataset.root.rglob('aachen_000000_000019_gtFine_labelIds.png')))
    expected = [[labels.index(label) if label in labels else 255 for label in row] for row in written]
    np.testing.assert_array_equal(dataset.read(0)['gt_semseg'], expected)


def test_depth_from_disparity(cityscapes):
    dataset = cityscapes()
    stored = read_uint16(next(dataset.root.rglob('aachen_000000_000019_disparity.png'))).astype(float)
    depth = dataset.read(0)['gt_depth']
    assert depth.dtype == np.float32
    with np.errstate(divide='ignore', invalid='ignore'):
        expected = np.where(stored > 1, 0.2 * 50 / ((stored - 1) / 256), 0)
    np.testing.assert_allclose(depth, expected, rtol=1e-6)
    assert tuple(depth[0, :3] > 0) == (False, False, True)


def test_frames_are_sorted_and_official(cityscapes):
    frames = cityscapes().frames
    assert frames == sorted(frames)
    assert len(frames) == 6
    with pytest.raises(DataError, match=r'leftImg8bit/val/\*/\*_leftImg8bit\.png'):
        cityscapes(split='val')


def test_small_copies_keep_depth_and_scale_the_camera(cityscapes):
    """Pictures at a quarter of the camera's size: the formula for the depth keeps the camera's own focal length."""
    full, small = cityscapes().read(0), cityscapes(camera_shape=(2 * HEIGHT, 2 * WIDTH)).read(0)
    np.testing.assert_array_equal(small['gt_depth'], full['gt_depth'])
    np.testing.assert_allclose(small['intrinsics'][:2], full['intrinsics'][:2] / 2)
    np.testing.assert_array_equal(small['native_intrinsics'], full['native_intrinsics'])
    assert full['intrinsics'][0, 2] == CAMERA['intrinsic']['u0']


def test_neighbours_come_from_the_sequence(cityscapes):
    results = cityscapes(neighbour_offsets=(-1, 1, 2)).read(0)
    assert results['neighbour_offsets'] == (-1, 1)
    assert [picture.mean() for picture in results['neighbours']] == [18, 20]


def test_folders_of_unpacked_archives(cityscapes):
    root = cityscapes().root
    target = root / 'gtFine_trainvaltest'
    target.mkdir()
    (root / 'gtFine').rename(target / 'gtFine')
    assert 'gt_semseg' in cityscapes(folders={'gtFine': 'gtFine_trainvaltest/gtFine'}).read(0)


def test_label_beyond_the_last_is_an_error(cityscapes):
    dataset = cityscapes()
    save(next(dataset.root.rglob('aachen_000000_*labelIds.png')), np.full((HEIGHT, WIDTH), 34, np.uint8))
    with pytest.raises(DataError, match=r'aachen_000000_000019_gtFine_labelIds\.png holds the label id 34'):
        dataset.read(0)


@pytest.mark.parametrize('content', ['{', '{"intrinsic": {}}', '[]', '{"intrinsic": {"fx": "a"}}'])
def test_broken_camera_file_is_named(cityscapes, content):
    dataset = cityscapes()
    for path in dataset.root.rglob('*_camera.json'):
        path.write_text(content)
    with pytest.raises(DataError, match=r'camera\.json: expected json with extrinsic\.baseline'):
        dataset.read(0)


def test_missing_camera_file_is_named(cityscapes):
    dataset = cityscapes()
    for path in dataset.root.rglob('*_camera.json'):
        path.unlink()
    with pytest.raises(DataError, match='camera_trainvaltest'):
        dataset.read(0)


def test_depth_alone_needs_no_labels(cityscapes):
    dataset = cityscapes(tasks=['normals'])
    for path in dataset.root.rglob('*labelIds.png'):
        path.unlink()
    assert dataset.read(0)['gt_depth'].any()


def test_unknown_class_set(cityscapes):
    with pytest.raises(ConfigError, match='cityscapes_19, cityscapes_16, cityscapes_13'):
        cityscapes(class_set='cityscapes')


def test_missing_folder_says_what_can_be_done(tmp_path):
    with pytest.raises(DataError, match='website of the Cityscapes dataset'):
        CityscapesDataset(str(tmp_path / 'none'), 'train', ['semseg'], [], 'cityscapes_19')


@pytest.fixture
def genuine(samples):
    root = samples / 'cityscapes'
    return CityscapesDataset(str(root), 'train', ['semseg', 'depth'], [], 'cityscapes_19', neighbour_offsets=(-1, 1))


def test_genuine_depth(genuine):
    """1 / 50 / 99 percentiles of 5.2 / 19-31 / 243-434 m, and 77-84 % of the pixels, as measured for the sheet."""
    assert len(genuine) == 4
    for index in range(4):
        depth = genuine.read(index)['gt_depth']
        assert 0.77 - 0.005 <= (depth > 0).mean() <= 0.84 + 0.005
        near, middle, far = np.percentile(depth[depth > 0], (1, 50, 99))
        assert 4.9 <= near <= 5.6
        assert 18.5 <= middle <= 31.5
        assert 242 <= far <= 435


def test_genuine_road_is_where_the_sheet_says(genuine):
    for index in range(4):
        results = genuine.read(index)
        road = results['gt_depth'][(results['gt_semseg'] == 0) & (results['gt_depth'] > 0)]
        assert 8.2 <= np.median(road) <= 9.0


def test_genuine_labels_agree_with_the_instance_ids(genuine):
    for index, frame in enumerate(genuine.frames):
        labels = genuine._file(frame, 'gtFine', 'gtFine_labelIds.png')
        instances = read_uint16(labels.with_name(labels.name.replace('labelIds', 'instanceIds')))
        from_instances = np.where(instances < 1000, instances, instances // 1000)
        table = np.full(34, 255)
        table[list(TRAIN_IDS_19)] = range(19)
        np.testing.assert_array_equal(genuine.read(index)['gt_semseg'], table[from_instances])


def test_genuine_cameras_differ_between_cities(genuine):
    focal = {frame.split('/')[2]: genuine.read_intrinsics(frame)[0, 0] for frame in genuine.frames}
    assert focal == {'aachen': 2262.52, 'cologne': 2262.52, 'dusseldorf': 2262.52, 'hamburg': 2268.36}


def test_genuine_neighbours_are_read_where_they_exist(genuine, monkeypatch):
    frame = 'leftImg8bit/train/aachen/aachen_000001_000001_leftImg8bit.png'
    assert genuine.neighbour(frame, 1).is_file()
    assert genuine.neighbour(frame, 2) is None
    assert genuine.read(0)['neighbour_offsets'] == ()
