import json

import layout_scannet
import numpy as np
import pytest
from genuine_layout import HEIGHT, WIDTH, save, write_text

from mtlbench.class_sets import class_set
from mtlbench.class_sets.nyu40 import NYU40
from mtlbench.datasets import Draw, ScanNetDataset
from mtlbench.errors import ConfigError, DataError
from mtlbench.geometry import unproject


@pytest.fixture
def build(tmp_path):
    layout_scannet.write(tmp_path)

    def make(**changes):
        options = {'split': 'train', 'tasks': ['semseg', 'depth'], 'pipeline': [], 'class_set': 'nyudv2_40'}
        return ScanNetDataset(**{'data_root': str(tmp_path), **options, **changes})

    return make


def numbers(dataset, scene):
    return [int(frame.split('/')[-1][:-4]) for frame in dataset.frames if f'/{scene}/' in frame]


def test_every_twentieth_frame_with_a_pose(build):
    """In the order of the numbers, which is not that of the names; at number 40 the camera is lost."""
    dataset = build()
    for scene in layout_scannet.SCENES['train']:
        assert numbers(dataset, scene) == [0, 20, 60, 80, 100, 120]
    assert len(dataset) == 12
    assert numbers(build(frame_stride=50), 'scene0000_00') == [0, 50, 100]


def test_frames_without_poses_are_taken(build):
    dataset = build()
    for path in dataset.root.glob('scans/*/pose/*.txt'):
        path.unlink()
    assert numbers(build(), 'scene0001_01') == [0, 20, 40, 60, 80, 100, 120]
    assert 'pose' not in build().read(0)


def test_splits_are_lists_of_scenes(build):
    scenes = {split: {f.split('/')[1] for f in build(split=split).frames} for split in ('train', 'val', 'test')}
    assert scenes == {split: set(names) for split, names in layout_scannet.SCENES.items()}
    expected = {'scene0000_00': 'train', 'scene0015_00': 'val', 'scene0707_00': 'test', 'scene9999_00': None}
    assert {s: build().official_split(f'scans/{s}/color/0.jpg') for s in expected} == expected


def test_lists_of_the_users_own(build):
    write_text(build().root / 'own/few.txt', 'scene0015_00\n')
    dataset = build(split='few', split_files={'few': 'own/few.txt'})
    assert {frame.split('/')[1] for frame in dataset.frames} == {'scene0015_00'}
    with pytest.raises(ConfigError, match="split is 'most', expected one of train, val, test"):
        build(split='most')


def test_labels_go_through_the_table(build):
    ids = build().read(0)['gt_semseg']
    of_raw = {0: 255, **{raw: label - 1 if label else 255 for raw, label in layout_scannet.RAW.items()}}
    np.testing.assert_array_equal(ids, np.vectorize(of_raw.get)(layout_scannet.raw_labels()))
    assert NYU40[ids[0, 1]] == 'chair' and NYU40[ids[0, 4]] == 'other prop'


def test_twenty_classes_of_the_benchmark(build):
    ids = build(layout='frames_25k', class_set='scannet_20', tasks=['semseg']).read(0)['gt_semseg'].ravel()[:41]
    classes = class_set('scannet_20').classes
    kept = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 14, 16, 24, 28, 33, 34, 36, 39]
    assert [label for label in range(41) if ids[label] != 255] == kept
    assert [classes[ids[label]] for label in kept] == [NYU40[label - 1] for label in kept]
    assert classes[14] == 'refrigerator' and class_set('scannet_20').palette[14] == (255, 127, 14)


def test_depth_in_meters_and_in_the_size_of_its_camera(build):
    depth = build().read(0)['gt_depth']
    assert depth.shape == (HEIGHT // 2, WIDTH // 2) and depth.dtype == np.float32
    assert depth[0, 0] == 0 and depth[0, 1] == 3
    np.testing.assert_allclose(depth, layout_scannet.stored_depth() / 1000, rtol=1e-6)


def test_resize_brings_fields_of_different_sizes_together(build):
    """Points on the ground, 15 cm below the camera, stay there: depth and intrinsics are those of the same image.

    A row of the stored depth becomes four, and belongs to the first of them: up to three rows off, of which one is
    15 cm / (row - horizon).
    """
    dataset = build(pipeline=[{'type': 'Resize', 'size': (2 * HEIGHT, WIDTH)}, {'type': 'PackSample'}])
    sample = dataset[Draw(0, 0)]['data_samples']
    depth, camera = sample.label('depth')[0].numpy(), np.asarray(sample.metainfo['intrinsics'])
    assert depth.shape == sample.label('semseg').shape[1:] == (2 * HEIGHT, WIDTH)
    np.testing.assert_allclose(camera, layout_scannet.COLOR_K[:3, :3] * [[1], [2], [1]])
    rows = np.arange(2 * HEIGHT)
    ground = (rows > 50) & (rows < 70)
    heights = unproject(depth, camera)[1][ground] * 40 / 42
    bound = 0.15 * 3 / (rows[ground] - 3 - 34) + 1e-3  # and depth is stored in millimeters
    assert (abs(heights - 0.15) < bound[:, None]).all()


def test_camera_and_pose_of_the_frame(build):
    dataset = build()
    results = dataset.read(1)
    np.testing.assert_allclose(results['intrinsics'], layout_scannet.COLOR_K[:3, :3])
    np.testing.assert_allclose(results['pose'], layout_scannet.pose(20))


@pytest.mark.parametrize('layout', ['scans', 'frames_25k'])
def test_both_layouts(build, layout):
    dataset = build(layout=layout, tasks=['semseg', 'depth'])
    frame, results = dataset.frames[1], dataset.read(1)
    assert frame == {'scans': 'scans/scene0000_00/color/20.jpg'}.get(
        layout, 'scannet_frames_25k/scene0000_00/color/000100.jpg'
    )
    np.testing.assert_allclose(results['intrinsics'], layout_scannet.COLOR_K[:3, :3])
    np.testing.assert_allclose(results['pose'], layout_scannet.pose(100 if layout == 'frames_25k' else 20))
    assert results['gt_semseg'].shape == results['image'].shape[:2] == (HEIGHT, WIDTH)
    assert results['gt_depth'].max() == 3


def test_neighbors_by_number(build):
    dataset = build(neighbor_offsets=(-10, 10), tasks=[])
    names = [dataset.neighbor('scans/scene0000_00/color/100.jpg', offset) for offset in (-10, 10, 5)]
    assert [path and path.name for path in names] == ['90.jpg', '110.jpg', None]
    assert dataset.read(0)['neighbor_offsets'] == (10,)
    complete = build(neighbor_offsets=(-10, 10), tasks=[], require_neighbors=True)
    assert numbers(complete, 'scene0000_00') == [20, 60, 80, 100]
    assert len(complete.read(0)['neighbors']) == 2


def test_neighbors_of_numbers_with_zeros_in_front(build):
    dataset = build()
    folder = dataset.root / 'scans/scene0000_00/color'
    for name in ('0994.png', '1004.png'):
        save(folder / name, np.zeros((4, 4, 3), np.uint8))
    assert dataset.neighbor('scans/scene0000_00/color/1004.png', -10) == folder / '0994.png'
    assert dataset.neighbor('scans/scene0000_00/color/0994.png', 10) == folder / '1004.png'


def test_few_labels(build):
    """Half of the frames count as labeled; the two parts are what there is."""
    options = {'subset': 0.5, 'subset_seed': 3}
    labeled = build(**options)
    unlabeled = build(**options, subset_part='unlabeled', tasks=['depth'])
    assert len(labeled) == len(unlabeled) == 6
    assert sorted(labeled.frames + unlabeled.frames) == sorted(build().frames)
    assert build(subset=0.5, subset_seed=4).frames != labeled.frames
    everything = build(**options, subset_part='both')
    for frame in unlabeled.frames:
        everything.path_of(frame, 'semseg').write_bytes(b'not an image')
    with_classes = [frame for number, frame in enumerate(everything.frames) if 'gt_semseg' in everything.read(number)]
    assert sorted(with_classes) == sorted(labeled.frames)
    with pytest.raises(ConfigError, match=r'subset_part=.unlabeled. count as unlabeled'):
        build(**options, subset_part='unlabeled')


@pytest.mark.parametrize(
    ('name', 'content', 'words'),
    [
        ('scannetv2-labels.combined.tsv', 'id\tnyu40id\n0\t0\n', r'0\.png holds the label id 1, which is not in '),
        (
            'scannetv2-labels.combined.tsv',
            'id\tname\n2\tchair\n',
            r"combined\.tsv: expected tab-separated columns 'id'",
        ),
        ('scannetv2-labels.combined.tsv', 'id\tnyu40id\n2\tchair\n', r'combined\.tsv: expected tab-separated columns'),
        ('scannetv2-labels.combined.tsv', 'id\tnyu40id\n2\t41\n1\t1\n21\t2\n22\t2\n90\t2\n1163\t2', 'the label id 41'),
        ('scans/scene0000_00/intrinsic/intrinsic_color.txt', '1 0 0\n', r'intrinsic_color\.txt: expected 4 rows of 4'),
    ],
)
def test_broken_text_is_named(build, name, content, words):
    dataset = build()
    write_text(dataset.root / name, content)
    with pytest.raises(DataError, match=words):
        dataset.read(0)


def test_missing_files_are_named(build):
    dataset = build()
    (dataset.root / 'scans/scene0000_00/label-filt/0.png').unlink()
    with pytest.raises(DataError, match=r'label-filt/0\.png is missing'):
        dataset.read(0)
    (dataset.root / 'scannetv2_train.txt').unlink()
    with pytest.raises(DataError, match=r'scannetv2_train\.txt is missing'):
        build()


@pytest.fixture
def genuine(samples, tmp_path):
    """Four frames of one scan, made smaller so that the intrinsics of the depth camera are theirs, too."""
    source = samples / 'scannet/scans/scene_unknown_a'
    for path in source.rglob('*.*'):
        target = tmp_path / 'scans' / source.name / path.relative_to(source)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.with_name(target.name.replace('_depth', '_color')).write_bytes(path.read_bytes())
    (tmp_path / 'scannetv2_train.txt').write_text(source.name)
    options = {'frame_stride': 6, 'neighbor_offsets': (-6, 6)}
    return ScanNetDataset(str(tmp_path), 'train', [], [], 'nyudv2_40', **options)


def test_genuine_poses_and_intrinsics(genuine):
    """Rotations of a camera held upright: its y points down, which is -z of the room; steps of centimeters."""
    frames = [genuine.read(index) for index in range(len(genuine))]
    poses = np.stack([frame['pose'] for frame in frames])
    assert numbers(genuine, 'scene_unknown_a') == [48, 54, 60, 66]
    np.testing.assert_allclose(
        poses[:, :3, :3] @ poses[:, :3, :3].transpose(0, 2, 1), np.eye(3)[None].repeat(4, 0), atol=1e-4
    )
    np.testing.assert_allclose(np.linalg.det(poses[:, :3, :3]), 1, atol=1e-4)
    assert (poses[:, 2, 1] < -0.7).all()
    steps = np.linalg.norm(np.diff(poses[:, :3, 3], axis=0), axis=1)
    assert (steps > 0.001).all() and (steps < 0.3).all()
    assert [frame['neighbor_offsets'] for frame in frames] == [(6,), (-6, 6), (-6, 6), (-6,)]
    np.testing.assert_allclose(frames[0]['intrinsics'][0], (577.590698, 0, 318.905426))
    assert frames[0]['image'].shape == (480, 640, 3)


def test_genuine_color_camera_at_another_size(samples, tmp_path):
    """An image of 1296 x 968 brought to 640 x 480 has about the intrinsics of the depth camera."""
    source = samples / 'scannet/scans/scene0711_00'
    (tmp_path / 'scans').mkdir()
    (tmp_path / 'scans/scene0711_00').symlink_to(source)
    (tmp_path / 'scannetv2_test.txt').write_text('scene0711_00\n')
    pipeline = [{'type': 'Resize', 'size': (480, 640)}]
    dataset = ScanNetDataset(str(tmp_path), 'test', [], pipeline, 'nyudv2_40', frame_stride=5)
    assert numbers(dataset, 'scene0711_00') == [1680, 1995]
    results = dataset[0]
    assert results['ori_shape'] == (968, 1296)
    expected = (1163.45 * 640 / 1296, 1164.79 * 480 / 968, 653.626 * 640 / 1296, 481.6 * 480 / 968)
    camera = results['intrinsics']
    np.testing.assert_allclose((camera[0, 0], camera[1, 1], camera[0, 2], camera[1, 2]), expected)
    assert json.dumps(dataset.fingerprint())
