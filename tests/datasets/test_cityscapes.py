import json

import numpy as np
import pytest
from genuine_layout import HEIGHT, WIDTH, read_uint16, save
from layout_cityscapes import CAMERA

from mtlbench.class_sets import class_set
from mtlbench.datasets import CityscapesDataset
from mtlbench.datasets.cityscapes import CITIES, SPLIT_OF_CITY
from mtlbench.datasets.label_ids import read_cityscapes_ids
from mtlbench.errors import ConfigError, DataError

TRAIN_IDS_19 = (7, 8, 11, 12, 13, 17, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 31, 32, 33)
LABELS_16 = (7, 8, 11, 12, 13, 17, 19, 20, 21, 23, 24, 25, 26, 28, 32, 33)
LABELS_13 = (7, 8, 11, 19, 20, 21, 23, 24, 25, 26, 28, 32, 33)
GROUPS = {
    'cityscapes_19': [{label} for label in TRAIN_IDS_19],
    'cityscapes_16': [{label} for label in LABELS_16],
    'cityscapes_13': [{label} for label in LABELS_13],
    'cityscapes_8': [{7}, {11}, {17}, {19}, {20}, {21}, {23}, {26, 28}],
    'cityscapes_7': [{7, 8}, {11, 12, 13}, {17, 19, 20}, {21, 22}, {23}, {24, 25}, {26, 27, 28, 29, 30, 31, 32, 33}],
    'cityscapes_7_xtam': [{7, 8}, {11, 13}, {17, 19, 20}, {21}, {23}, {24}, {26, 33}],
}
"""Label ids by training id, from the papers."""


@pytest.mark.parametrize('name', CityscapesDataset.class_sets)
def test_class_sets(cityscapes, name):
    groups = GROUPS[name]
    dataset = cityscapes(class_set=name)
    assert len(dataset.metainfo['classes']) == len(class_set(name)) == len(groups)
    written = read_uint16(next(dataset.root.rglob('aachen_000000_000019_gtFine_labelIds.png')))
    index = {label: position for position, group in enumerate(groups) for label in group}
    expected = [[index.get(label, 255) for label in row] for row in written]
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
    with pytest.raises(DataError, match=r'leftImg8bit/val/<city>/<city>_\*_leftImg8bit\.png'):
        cityscapes(split='val')


def test_small_copies_keep_depth_and_scale_the_camera(cityscapes):
    """Images at a quarter of the camera's size: the formula for the depth keeps the camera's own focal length."""
    full, small = cityscapes().read(0), cityscapes(camera_shape=(2 * HEIGHT, 2 * WIDTH)).read(0)
    np.testing.assert_array_equal(small['gt_depth'], full['gt_depth'])
    np.testing.assert_allclose(small['intrinsics'][:2], full['intrinsics'][:2] / 2)
    np.testing.assert_array_equal(small['native_intrinsics'], full['native_intrinsics'])
    assert full['intrinsics'][0, 2] == CAMERA['intrinsic']['u0']


def test_neighbors_come_from_the_sequence(cityscapes):
    results = cityscapes(neighbor_offsets=(-1, 1, 2)).read(0)
    assert results['neighbor_offsets'] == (-1, 1)
    assert [image.mean() for image in results['neighbors']] == [18, 20]


def test_neighbors_may_have_another_suffix(cityscapes):
    dataset = cityscapes(neighbor_offsets=(1,))
    for path in list(dataset.folder('leftImg8bit_sequence').rglob('*.png')):
        save(path.with_suffix('.jpg'), np.full((HEIGHT, WIDTH, 3), 7, np.uint8))
        path.unlink()
    assert dataset.neighbor(dataset.frames[0], 1).suffix == '.jpg'
    assert dataset.read(0)['neighbors'][0].mean() == 7


def test_frames_may_be_required_to_have_neighbors(cityscapes):
    lonely = 'ulm_000001_000020_leftImg8bit.png'
    next(cityscapes().root.rglob(lonely)).unlink()
    stems = [frame.split('/')[-1][:17] for frame in cityscapes(neighbor_offsets=(-1, 1), require_neighbors=True).frames]
    assert len(stems) == 5
    assert 'ulm_000001_000019' not in stems


def test_every_frame_of_the_video(cityscapes):
    """The camera of a frame without a camera file is that of the nearest labeled frame of its sequence."""
    dataset = cityscapes(folders={'leftImg8bit': 'leftImg8bit_sequence'}, tasks=[], neighbor_offsets=(-1, 1))
    assert len(dataset) == 18
    assert dataset.frames[0].endswith('aachen_000000_000018_leftImg8bit.png')
    results = dataset.read(0)
    assert results['neighbor_offsets'] == (1,)
    np.testing.assert_array_equal(results['native_intrinsics'][0], [50, 0, 30])


def test_camera_of_a_long_recording_is_the_nearest(cityscapes):
    dataset = cityscapes()
    camera = next(dataset.root.rglob('aachen_000000_000019_camera.json'))
    other = json.dumps({**CAMERA, 'intrinsic': {**CAMERA['intrinsic'], 'fx': 99}})
    camera.with_name('aachen_000000_000100_camera.json').write_text(other)
    focal = [dataset.read_intrinsics(f'x/aachen/aachen_000000_{number:06d}_leftImg8bit.png') for number in (18, 59, 60)]
    assert [matrix[0, 0] for matrix in focal] == [50, 50, 99]


def test_train_extra_has_no_classes(cityscapes):
    results = cityscapes(split='train_extra', tasks=['depth']).read(0)
    assert results['gt_depth'].any()
    with pytest.raises(ConfigError, match="the split 'train_extra' has no fine labels; give this stream tasks without"):
        cityscapes(split='train_extra', tasks=['semseg', 'depth'])


def test_skipped_frames(cityscapes):
    frames = cityscapes(split='train_extra', tasks=[], skip=['troisdorf_000001_000019']).frames
    assert len(frames) == 5
    assert not any('troisdorf_000001' in frame for frame in frames)


def test_subset(cityscapes):
    """Two parts of the split, each sorted; skipping comes after the draw, so that it moves no index."""
    everything = cityscapes().frames
    labeled, unlabeled = (cityscapes(subset=0.4, subset_part=part, tasks=['depth']).frames for part in PARTS)
    assert (len(labeled), len(unlabeled)) == (3, 3)
    assert sorted(labeled + unlabeled) == everything
    skipped = labeled[0].split('/')[-1][: -len('_leftImg8bit.png')]
    assert cityscapes(subset=3, skip=[skipped]).frames == labeled[1:]


def test_labels_of_unlabeled_frames_are_never_read(cityscapes):
    """All frames, a part of them with classes: the files of the others may hold anything."""
    labeled, unlabeled = (cityscapes(subset=0.4, subset_part=part, tasks=['depth']).frames for part in PARTS)
    dataset = cityscapes(subset=0.4, subset_part='both', tasks=['semseg', 'depth'])
    assert dataset.frames == sorted(labeled + unlabeled)
    for frame in unlabeled:
        dataset.path_of(frame, 'semseg').write_bytes(b'not an image')
    read = {frame: dataset.read(number) for number, frame in enumerate(dataset.frames)}
    assert [frame for frame, results in read.items() if 'gt_semseg' in results] == labeled
    assert all('gt_depth' in results for results in read.values())


PARTS = ('labeled', 'unlabeled')


@pytest.mark.parametrize(
    ('changes', 'words'),
    [
        ({'subset': 7}, r'subset: expected 1 \.\. 6 frames, or a share of them below 1, got 7'),
        ({'subset': 0}, 'got 0'),
        ({'subset': 2, 'subset_part': 'other'}, "subset_part is 'other', expected one of labeled, unlabeled"),
        ({'subset': 2, 'subset_part': 'unlabeled'}, "count as unlabeled; give this stream tasks without 'semseg'"),
    ],
)
def test_wrong_subsets(cityscapes, changes, words):
    with pytest.raises(ConfigError, match=words):
        cityscapes(**changes)


def test_official_split_by_city(cityscapes):
    dataset = cityscapes()
    assert {dataset.official_split(frame) for frame in dataset.frames} == {'train'}
    assert (
        dataset.official_split('leftImg8bit/train/bad-honnef/bad-honnef_000000_000000_leftImg8bit.png') == 'train_extra'
    )
    assert dataset.official_split('leftImg8bit/val/nowhere/nowhere_000000_000000_leftImg8bit.png') is None
    assert [len(cities.split()) for cities in CITIES.values()] == [18, 3, 6, 23]
    assert len(SPLIT_OF_CITY) == 50


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
    with pytest.raises(DataError, match=r'camera\.json: expected JSON with extrinsic\.baseline'):
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
    return CityscapesDataset(str(root), 'train', ['semseg', 'depth'], [], 'cityscapes_19', neighbor_offsets=(-1, 1))


def test_genuine_depth(genuine):
    """1 / 50 / 99 percentiles of 5.2 / 19-31 / 243-434 m, and 77-84 % of the pixels, as measured on genuine frames."""
    assert len(genuine) == 4
    for index in range(4):
        depth = genuine.read(index)['gt_depth']
        assert 0.77 - 0.005 <= (depth > 0).mean() <= 0.84 + 0.005
        near, middle, far = np.percentile(depth[depth > 0], (1, 50, 99))
        assert 4.9 <= near <= 5.6
        assert 18.5 <= middle <= 31.5
        assert 242 <= far <= 435


def test_genuine_road_has_the_measured_depth(genuine):
    for index in range(4):
        results = genuine.read(index)
        road = results['gt_depth'][(results['gt_semseg'] == 0) & (results['gt_depth'] > 0)]
        assert 8.2 <= np.median(road) <= 9.0


def test_genuine_labels_agree_with_the_instance_ids(genuine):
    for index, frame in enumerate(genuine.frames):
        labels = genuine.path_of(frame, 'semseg')
        instances = read_uint16(labels.with_name(labels.name.replace('labelIds', 'instanceIds')))
        from_instances = np.where(instances < 1000, instances, instances // 1000)
        table = np.full(34, 255)
        table[list(TRAIN_IDS_19)] = range(19)
        np.testing.assert_array_equal(genuine.read(index)['gt_semseg'], table[from_instances])


def test_genuine_cameras_differ_between_cities(genuine):
    focal = {frame.split('/')[2]: genuine.read_intrinsics(frame)[0, 0] for frame in genuine.frames}
    assert focal == {'aachen': 2262.52, 'cologne': 2262.52, 'dusseldorf': 2262.52, 'hamburg': 2268.36}


def test_genuine_neighbors_are_read_where_they_exist(genuine):
    frame = 'leftImg8bit/train/aachen/aachen_000001_000001_leftImg8bit.png'
    assert genuine.neighbor(frame, 1).is_file()
    assert genuine.neighbor(frame, 2) is None
    assert genuine.read(0)['neighbor_offsets'] == ()


def test_genuine_video(samples):
    """Three frames of a snippet; its camera file is that of its frame 19."""
    options = {'folders': {'leftImg8bit': 'leftImg8bit_sequence'}, 'neighbor_offsets': (-1, 1)}
    root = str(samples / 'cityscapes')
    dataset = CityscapesDataset(root, 'train', [], [], 'cityscapes_19', require_neighbors=True, **options)
    assert [frame.split('/')[-1] for frame in dataset.frames] == ['aachen_000001_000001_leftImg8bit.png']
    results = dataset.read(0)
    assert results['intrinsics'][0, 0] == 2262.52
    differences = [np.abs(results['image'].astype(int) - other).mean() for other in results['neighbors']]
    assert max(differences) < 20  # gray values; two images of different places differ by more than 40


def test_genuine_video_as_jpg(samples):
    options = {'folders': dict.fromkeys(('leftImg8bit', 'leftImg8bit_sequence'), 'leftImg8bit_sequence_jpg')}
    options |= {'neighbor_offsets': (-1, 1), 'require_neighbors': True}
    dataset = CityscapesDataset(str(samples / 'cityscapes_extra'), 'train', [], [], 'cityscapes_19', **options)
    assert len(dataset) == 8


@pytest.mark.parametrize('name', CityscapesDataset.class_sets)
def test_genuine_label_maps(samples, name):
    """Fifteen label maps of frankfurt: every pixel has the class of the table, or is ignored."""
    for path in sorted((samples / 'cityscapes_extra/gtFine/val/frankfurt').glob('*labelIds.png'))[::5]:
        ids, labels = read_cityscapes_ids(path, name), read_uint16(path)
        for index, group in enumerate(GROUPS[name]):
            np.testing.assert_array_equal(ids == index, np.isin(labels, list(group)))


def test_genuine_training_ids(samples):
    """They agree with those of the dataset's own scripts; the source resized label and training ids separately."""
    folder = samples / 'cityscapes_tiny/gtFine/val/frankfurt'
    made = read_uint16(folder / 'frankfurt_000000_000294_gtFine_labelTrainIds.png')
    ids = read_cityscapes_ids(folder / 'frankfurt_000000_000294_gtFine_labelIds.png', 'cityscapes_19')
    assert (ids == made).mean() > 0.995
