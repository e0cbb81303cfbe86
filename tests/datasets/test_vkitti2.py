import json

import numpy as np
import pytest
from genuine_layout import HEIGHT, WIDTH, save
from layout_vkitti2 import INTRINSICS, write

from mtlbench.class_sets import class_set
from mtlbench.class_sets.vkitti2 import CLASSES
from mtlbench.datasets.vkitti2 import decode_colors
from mtlbench.errors import ConfigError, DataError


def test_reads_what_was_written(vkitti2):
    dataset = vkitti2(split='val')
    assert len(dataset) == 4
    for index, frame in enumerate(dataset.frames):
        results = dataset.read(index)
        scene, number = frame.split('/')[0], int(frame[-9:-4])
        ids = vkitti2.ids[scene, number]
        np.testing.assert_array_equal(results['gt_semseg'], np.where(ids == 14, 255, ids))
        np.testing.assert_allclose(results['image'].mean((0, 1)), (10 + number, 100, 129.5), atol=3)  # JPEG rounds
        np.testing.assert_array_equal(results['intrinsics'], INTRINSICS)
        assert results['gt_depth'].dtype == np.float32
        assert results['gt_depth'][0, 0] == pytest.approx(655.35, abs=1e-3)
        assert results['gt_depth'][0, 1] == 0
        assert results['gt_depth'][-1, 0] == pytest.approx(1.5 * 40 / (HEIGHT - 1 - 17), abs=0.0051)  # stored in cm
        assert (results['ori_shape'], results['domain']) == ((HEIGHT, WIDTH), 'vkitti2')
        assert results['img_path'].endswith(frame)


def test_classes_are_those_of_the_class_set(vkitti2):
    assert vkitti2().metainfo['classes'] == class_set('vkitti2_14').classes == tuple(CLASSES)


def test_decoding_is_exact():
    colors = np.array([[(210, 0, 200), (210, 0, 201), (0, 139, 139), (139, 139, 0), (0, 0, 0)]], np.uint8)
    np.testing.assert_array_equal(decode_colors(colors), [[0, 255, 13, 255, 255]])


def test_genuine_color_table(samples):
    rows = [line.split() for line in (samples / 'vkitti2_text/Scene01/clone/colors.txt').read_text().splitlines()[1:]]
    written = {name: tuple(map(int, color)) for name, *color in rows}
    assert {name: CLASSES[name] for name in written if name != 'Undefined'} == {
        name: color for name, color in written.items() if name != 'Undefined'
    }


def test_genuine_intrinsics(samples, tmp_path):
    from mtlbench.datasets.text_files import read_frame_table

    rows = read_frame_table(samples / 'vkitti2_text/Scene01/clone/intrinsic.txt')
    np.testing.assert_array_equal(rows[0, 1], (725.0087, 725.0087, 620.5, 187))


def test_only_the_files_of_the_tasks_are_opened(vkitti2):
    dataset = vkitti2(tasks=['depth'])
    for path in vkitti2.root.rglob('classgt_*.png'):
        path.unlink()
    assert 'gt_semseg' not in dataset.read(0)
    with pytest.raises(DataError, match=r'classgt_\d{5}\.png is missing'):
        vkitti2(tasks=['semseg']).read(0)


def test_lower_case_folders(tmp_path, vkitti2):
    write(vkitti2.root, modality='classsegmentation')
    assert vkitti2().read(0)['gt_semseg'].shape == (HEIGHT, WIDTH)


def test_parallel_trees(vkitti2):
    vkitti2()
    for path in list(vkitti2.root.glob('Scene*/*/frames/depth')):
        target = vkitti2.root / 'vkitti_2.0.3_depth' / path.relative_to(vkitti2.root)
        target.parent.mkdir(parents=True)
        path.rename(target)
    assert vkitti2(folders={'depth': 'vkitti_2.0.3_depth'}).read(0)['gt_depth'].max() > 600


def test_neighbors(vkitti2):
    dataset = vkitti2(neighbor_offsets=(-1, 1))
    for index, frame in enumerate(dataset.frames):
        number = int(frame[-9:-4])
        expected = tuple(offset for offset in (-1, 1) if 0 <= number + offset < 10)
        results = dataset.read(index)
        assert results['neighbor_offsets'] == expected
        reds = [round(float(image[..., 0].mean())) - 10 for image in results['neighbors']]
        assert reds == pytest.approx([number + offset for offset in expected], abs=3)


def test_extrinsic_matrix(vkitti2):
    dataset = vkitti2()
    assert 'extrinsic' not in dataset.read(0)
    scene, variation, *_ = dataset.frames[0].split('/')
    rows = '\n'.join(f'{frame} 0 ' + ' '.join(map(str, range(16))) for frame in range(10))
    (vkitti2.root / scene / variation / 'extrinsic.txt').write_text(f'frame cameraID r1,1 r1,2\n{rows}\n')
    np.testing.assert_array_equal(dataset.read(0)['extrinsic'], np.arange(16).reshape(4, 4))


def test_split_by_scene(vkitti2):
    options = {'split_protocol': 'by_scene', 'val_scenes': ['Scene02']}
    assert {frame[:7] for frame in vkitti2(split='val', **options).frames} == {'Scene02'}
    assert {frame[:7] for frame in vkitti2(split='train', **options).frames} == {'Scene01'}


def test_random_splits_cover_all_frames_once(vkitti2):
    train, val = vkitti2(split='train').frames, vkitti2(split='val').frames
    assert (len(train), len(val), len({*train, *val})) == (16, 4, 20)


def test_fingerprint(vkitti2):
    first, second = vkitti2().fingerprint(), vkitti2(split_seed=1).fingerprint()
    assert first['split_digest'] != second['split_digest']
    assert (first['dataset'], first['rendered'], first['samples']) == ('vkitti2', False, 16)
    (vkitti2.root / 'RENDERED.json').write_text(json.dumps({'rendered': True}))
    assert vkitti2().fingerprint()['rendered']
    (vkitti2.root / 'RENDERED.json').write_text('{}')
    with pytest.raises(DataError, match=r'RENDERED\.json'):
        vkitti2().fingerprint()


@pytest.mark.parametrize(
    ('changes', 'words'),
    [
        ({'tasks': ['edges']}, "tasks is 'edges', expected one of semseg, depth, normals"),
        ({'class_set': 'cityscapes_19'}, 'expected one of vkitti2_14, vkitti2_8'),
        ({'folders': {'flow': 'x'}}, "folders is 'flow'"),
        ({'split': 'test'}, "split is 'test', expected one of train, val, all"),
        ({'split_protocol': 'random'}, 'expected one of disjoint, reference, by_scene'),
        ({'split_protocol': 'by_scene'}, 'needs val_scenes'),
    ],
)
def test_wrong_settings(vkitti2, changes, words):
    with pytest.raises(ConfigError, match=words):
        vkitti2(**changes)


def test_missing_folder_names_the_ways_on(vkitti2, tmp_path):
    missing = tmp_path / 'nowhere'
    with pytest.raises(DataError) as caught:
        vkitti2(data_root=str(missing))
    for words in (str(missing), 'Naver Labs', f'mtlbench render vkitti2 --out {missing}'):
        assert words in str(caught.value)


def test_empty_split_names_folder_and_pattern(vkitti2, tmp_path):
    with pytest.raises(DataError, match=r'Scene\*/\{fog\}/frames/rgb/Camera_\{0\}/rgb_\*\.jpg'):
        vkitti2(variations=('fog',))


def spoil(dataset, pattern, content):
    for path in dataset.root.rglob(pattern):
        content(path)
    return dataset


def cut_in_half(path):
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


@pytest.mark.parametrize(
    ('pattern', 'content', 'words'),
    [
        ('rgb_*.jpg', cut_in_half, r'rgb_\d+\.jpg cannot be decoded'),
        ('rgb_*.jpg', lambda path: path.write_bytes(b''), r'rgb_\d+\.jpg cannot be decoded'),
        ('depth_*.png', cut_in_half, r'depth_\d+\.png cannot be decoded'),
        ('depth_*.png', lambda path: path.unlink(), r'depth_\d+\.png is missing'),
        ('depth_*.png', lambda path: save(path, np.zeros((4, 4), np.uint8)), "'L', expected 16-bit single-channel"),
        ('classgt_*.png', lambda path: save(path, np.zeros((4, 4), np.uint8)), "'L', expected 8-bit RGB"),
        ('intrinsic.txt', lambda path: path.unlink(), r'intrinsic\.txt is missing'),
        ('intrinsic.txt', lambda path: path.write_text('frame\n0 0 a b c d\n'), r'intrinsic\.txt: expected a header'),
        (
            'intrinsic.txt',
            lambda path: path.write_text('frame\n99 0 1 1 1 1\n'),
            r'has no row for frame \d+ of camera 0',
        ),
    ],
)
def test_damaged_files_are_named(vkitti2, pattern, content, words):
    with pytest.raises(DataError, match=words):
        spoil(vkitti2(), pattern, content).read(0)


def test_groups_shared_with_cityscapes(vkitti2):
    dataset, groups = vkitti2(class_set='vkitti2_8', split='all'), class_set('cityscapes_8')
    assert (dataset.metainfo['classes'], dataset.metainfo['palette']) == (groups.classes, groups.palette)
    # The index of Terrain, Sky, Tree, Vegetation, Building, Road, GuardRail, TrafficSign, TrafficLight, Pole, Misc,
    # Truck, Car, Van, and pixels of no class.
    table = np.array([255, 6, 5, 5, 1, 0, 255, 4, 3, 2, 255, 7, 7, 7, 255])
    np.testing.assert_array_equal(dataset.read(0)['gt_semseg'], table[vkitti2.ids['Scene01', 0]])


def test_all_frames(vkitti2):
    frames = vkitti2(split='all').frames
    assert (len(frames), frames) == (20, sorted(frames))
