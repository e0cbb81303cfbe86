"""Labels, cameras and classes of one's own data."""

import json

import layout_folder
import numpy as np
import pytest
from genuine_layout import HEIGHT, WIDTH, ground_depth, noise, save
from layout_folder import CAMERA, IDS
from PIL import Image

from mtlbench.datasets.check import check_splits
from mtlbench.errors import ConfigError, DataError
from mtlbench.structures import FieldKind
from mtlbench.structures.field import FIELD_KINDS

SEMSEG = dict(type='IdLabels', files='classes/{name}.png', ids=IDS)
DEPTH = dict(type='DepthLabels', files='depth/{name}.png', scale=0.001)
BOTH = dict(semseg=SEMSEG, depth=DEPTH)
NORMALS = dict(tasks=['normals'], labels=BOTH, computed=dict(normals='depth'))
FILE = dict(files='camera.json')
MATRIX = [[40, 0, 29.5], [0, 42, 17], [0, 0, 1]]


class FlowKind(FieldKind):
    """A kind that no codec reads."""

    name, padding = 'FLOW', np.nan


@pytest.fixture
def stored(tmp_path):
    return layout_folder.write(tmp_path)


def test_labels_are_those_of_the_files(stored, dataset):
    found = dataset(split='train', tasks=['semseg', 'depth'], labels=BOTH, camera=FILE)
    table = {0: 0, 7: 1, 300: 2, 9: 255}
    for index, frame in enumerate(found.frames):
        results = found.read(index)
        name = frame.removeprefix('images/').removesuffix('.png')
        assert np.array_equal(results['gt_semseg'], np.vectorize(table.get)(stored[name]))
        expected = ground_depth() + 0.01 * index
        np.testing.assert_allclose(results['gt_depth'], expected, atol=0.001)  # of the rounding to millimeters
        assert results['intrinsics'].tolist() == MATRIX
    assert found.metainfo['classes'] == ('road', 'car', 'sky')


def test_a_registered_class_set_gives_the_ids(stored, dataset):
    found = dataset(split='train', tasks=['semseg'], labels=dict(semseg=SEMSEG), class_set='cityscapes_19')
    assert set(np.unique(found.read(0)['gt_semseg'])) == {0, 10, 13, 255}
    assert len(found.metainfo['classes']) == 19
    assert found.task_settings(dict(labels=dict(semseg=SEMSEG), class_set='cityscapes_19')) == {
        'semseg': {'class_set': 'cityscapes_19'}
    }


def test_images_may_lack_labels(tmp_path, stored, dataset):
    (tmp_path / 'depth/train/001.png').unlink()
    (tmp_path / 'classes/train/002.png').unlink()
    found = dataset(split='train', tasks=['semseg', 'depth'], labels=BOTH)
    assert [found.labeled_tasks(frame) for frame in found.frames] == [
        ['semseg', 'depth'],
        ['semseg'],
        ['depth'],
        ['semseg', 'depth'],
    ]
    assert 'gt_depth' not in found.read(1)


@pytest.mark.parametrize(
    ('images', 'label'),
    [('{name}.png', '{name}_depth.png'), ('{name}', '{name}_depth'), ('{name}', 'depth/{name}.png')],
)
def test_labels_beside_the_images_are_no_images(tmp_path, dataset, images, label):
    for name in ('a', 'b', 'b_depth_of_field'):
        save(tmp_path / f'{name}.png', noise(np.random.default_rng(0)))
        stem = label.removesuffix('.png').format(name=name)
        save(tmp_path / f'{stem}.png', np.ones((HEIGHT, WIDTH), np.uint16))
    found = dataset(images=images, tasks=['depth'], labels=dict(depth=dict(DEPTH, files=label)))
    assert found.frames == ['a.png', 'b.png', 'b_depth_of_field.png']
    assert [found.labeled_tasks(frame) for frame in found.frames] == [['depth']] * 3


def test_normals_are_computed_or_read(tmp_path, stored, dataset):
    pipeline = [dict(type='NormalsFromDepth'), dict(type='PackSample')]
    (tmp_path / 'depth/train/001.png').unlink()
    computed = dataset(split='train', camera=FILE, pipeline=pipeline, **NORMALS)
    assert computed[0]['data_samples'].label('normals').norm(dim=0).max() == pytest.approx(1)
    assert not computed[1]['data_samples'].has_label('normals')
    (tmp_path / 'n/train').mkdir(parents=True)
    np.save(tmp_path / 'n/train/000.npy', np.tile(np.float32([0, 0, 1]), (HEIGHT, WIDTH, 1)))
    labels = dict(BOTH, normals=dict(type='NormalLabels', files='n/{name}.npy'))
    read = dataset(split='train', pipeline=pipeline, **{**NORMALS, 'labels': labels})
    assert (read[0]['data_samples'].label('normals')[2] == 1).all()
    with pytest.raises(ConfigError, match='camera is not set'):
        dataset(split='train', pipeline=pipeline, **NORMALS)
    with pytest.raises(ConfigError, match="tasks is 'normals', expected one of semseg, depth"):
        dataset(split='train', pipeline=pipeline, **{**NORMALS, 'computed': None})


def test_disparity_takes_the_focal_length_of_the_camera(tmp_path, stored, dataset):
    save(tmp_path / 'disparity/train/000.png', np.full((HEIGHT, WIDTH), 512, np.uint16))
    labels = dict(depth=dict(type='DisparityLabels', files='disparity/{name}.png', baseline=0.5, scale=1 / 256))
    for camera in (FILE, dict(CAMERA, fx=80, cx=59, cy=34, fy=84, size=(2 * HEIGHT, 2 * WIDTH))):
        found = dataset(split='train', tasks=['depth'], labels=labels, camera=camera)
        np.testing.assert_allclose(found.read(0)['gt_depth'], 0.5 * 40 / 2, rtol=1e-6)
    with pytest.raises(ConfigError, match='camera is not set'):
        dataset(split='train', tasks=['depth'], labels=labels)


@pytest.mark.parametrize(
    ('name', 'text'),
    [
        ('camera.txt', '40 42 29.5 17'),
        ('camera.txt', '40, 42, 29.5, 17\n'),
        ('camera.txt', '40 0 29.5\n0 42 17\n0 0 1'),
        ('camera.txt', '40 0 29.5 0\n0 42 17 0\n0 0 1 0\n0 0 0 1'),
        ('camera.json', json.dumps(CAMERA)),
        ('camera.json', json.dumps(MATRIX)),
        ('camera.json', json.dumps({'K': MATRIX, 'distortion': []})),
        (
            'camera.json',
            json.dumps({'fx': 20, 'fy': 21, 'cx': 14.75, 'cy': 8.5, 'width': WIDTH // 2, 'height': HEIGHT // 2}),
        ),
    ],
)
def test_files_of_cameras(tmp_path, stored, dataset, name, text):
    (tmp_path / name).write_text(text)
    results = dataset(split='train', camera=dict(files=name)).read(0)
    np.testing.assert_allclose(results['intrinsics'], MATRIX)


def test_a_camera_for_each_image_or_folder(tmp_path, stored, dataset):
    for number in range(4):
        (tmp_path / f'images/train/{number:03d}.txt').write_text(f'{40 + number} 42 29.5 17')
    each = dataset(split='train', camera=dict(files='images/{name}.txt'))
    assert [each.read(index)['intrinsics'][0, 0] for index in range(4)] == [40, 41, 42, 43]
    (tmp_path / 'images/train/k.txt').write_text('50 42 29.5 17')
    folder = dataset(images='images/{part}/{name}', split='train', camera=dict(files='images/{part}/k.txt'))
    assert folder.read(3)['intrinsics'][0, 0] == 50


def test_a_camera_of_a_larger_image_is_scaled(stored, dataset):
    camera = dict(fx=80, fy=84, cx=59, cy=34, size=(2 * HEIGHT, 2 * WIDTH))
    results = dataset(split='train', camera=camera).read(0)
    np.testing.assert_allclose(results['intrinsics'], MATRIX)
    assert results['native_shape'] == (2 * HEIGHT, 2 * WIDTH)


def test_a_missing_camera_matters_where_it_is_needed(stored, dataset):
    camera = dict(files='cameras/{name}.json')
    assert '000.json is missing' in dataset(split='train', camera=camera).read(0)['no_intrinsics']
    with pytest.raises(DataError, match=r'cameras/train/000\.json is missing; .* names it as the camera of .*000\.png'):
        dataset(split='train', camera=camera, **NORMALS).read(0)


def test_without_a_camera_a_sample_says_why(stored, dataset):
    assert 'camera is not set' in dataset(split='train').read(0)['no_intrinsics']


@pytest.mark.parametrize(
    ('changes', 'kind', 'message'),
    [
        (dict(camera=dict(fx=40)), ConfigError, r'camera is \{.fx.: 40\}, expected dict\(fx=\.\.\., fy='),
        (
            dict(camera=dict(CAMERA, fz=1)),
            ConfigError,
            r"camera: key is 'fz', expected one of fx, fy, cx, cy, files, size",
        ),
        (dict(camera=dict(CAMERA, size=35)), ConfigError, r'camera\.size is 35, expected \(height, width\)'),
        (dict(camera=40), ConfigError, r'camera is 40, expected dict'),
        (
            dict(camera=dict(files='camera.yaml')),
            ConfigError,
            r"camera\.files is 'camera\.yaml', expected .* \.json or",
        ),
        (
            dict(camera=dict(files='{scene}/camera.json')),
            ConfigError,
            r"camera\.files: placeholder is 'scene', expected one of name",
        ),
        (dict(camera=dict(files='bad.txt')), DataError, r'bad\.txt: expected fx, fy, cx and cy, or a matrix'),
        (dict(camera=dict(files='bad.json')), DataError, r'bad\.json: expected fx, fy, cx and cy, or a matrix'),
        (dict(camera=dict(CAMERA, cx=500)), DataError, r'principal point \(500, 17\), outside an image'),
        (dict(camera=dict(CAMERA, fx=-1)), DataError, r'focal lengths -1, 42'),
        (dict(labels=[DEPTH]), ConfigError, r'labels are \[.*, expected a dict'),
        (
            dict(labels=dict(depth=dict(DEPTH, files='depht/{name}.png'))),
            DataError,
            r'none of the 4 images .* has a file',
        ),
        (
            dict(labels=dict(depth=dict(DEPTH, files='depth/{nam}'))),
            ConfigError,
            r'expected the placeholders of images: \{n',
        ),
        (
            dict(labels=dict(depth=dict(DEPTH, files='depth/{name}.jpg'))),
            ConfigError,
            r'labels\.depth\.files .* can be read',
        ),
        (
            dict(labels=dict(depth=SEMSEG)),
            ConfigError,
            r'labels\.depth: IdLabels does not read labels of the kind DEPTH',
        ),
        (
            dict(labels=dict(depth=dict(files='a'))),
            ConfigError,
            r"labels\.depth is .*, expected a dict with type='DepthLab",
        ),
        (dict(labels=dict(depht=DEPTH), tasks=[]), ConfigError, r"unknown field 'depht'"),
        (
            dict(labels=dict(flow='f/{name}')),
            ConfigError,
            r"labels\.flow is 'f/\{name\}', expected a dict with type='MyL",
        ),
        (dict(labels=dict(depth=dict(DEPTH, scale=None))), DataError, r'000\.png holds whole numbers; set the scale'),
        (dict(labels=dict(semseg=SEMSEG)), ConfigError, r"FolderDataset: tasks is 'depth', expected one of semseg"),
        (dict(labels=BOTH, class_set='isprs_6'), ConfigError, r"the class 'road' is not in the class set 'isprs_6'"),
        (dict(labels=BOTH, class_set='mine'), ConfigError, r"class_set is 'mine', expected one of"),
    ],
)
def test_wrong_settings_are_one_line(tmp_path, stored, dataset, monkeypatch, changes, kind, message):
    monkeypatch.setitem(FIELD_KINDS, 'flow', FlowKind())
    for name in ('bad.txt', 'bad.json'):
        (tmp_path / name).write_text('[1, 2]')
    options = dict(split='train', tasks=['depth'], labels=dict(depth=DEPTH))
    with pytest.raises(kind, match=message) as told:
        dataset(**{**options, **changes}).read(0)
    assert '\n' not in str(told.value)


def test_a_label_of_another_size_is_told(tmp_path, stored, dataset):
    save(tmp_path / 'depth/train/000.png', np.ones((10, 10), np.uint16))
    with pytest.raises(DataError, match=r'depth/train/000\.png has 10 x 10 pixels, but .*images/train/000\.png has'):
        dataset(split='train', tasks=['depth'], labels=BOTH).read(0)


def test_a_rotated_photograph_is_told(tmp_path, stored, dataset):
    image = Image.fromarray(noise(np.random.default_rng(0)))
    exif = Image.Exif()
    exif[0x0112] = 6
    image.save(tmp_path / 'images/train/000.png', exif=exif)
    with pytest.raises(DataError, match=r'000\.png is rotated for display \(EXIF orientation 6\)'):
        dataset(split='train').read(0)


def test_gray_images_become_rgb(tmp_path, stored, dataset):
    gray = noise(np.random.default_rng(1))[..., 0]
    save(tmp_path / 'images/train/000.png', gray)
    image = dataset(split='train').read(0)['image']
    assert image.shape == (HEIGHT, WIDTH, 3)
    assert all(np.array_equal(image[..., channel], gray) for channel in range(3))


def test_the_check_reads_every_label(tmp_path, stored):
    config = dict(type='FolderDataset', name='mine', data_root=str(tmp_path), split='train', pipeline=[])
    config |= dict(tasks=['semseg', 'depth'], labels=BOTH, camera=FILE)
    (report,) = check_splits({'train': config})
    assert (report.title, report.wrong) == ('mine, train', 0), dict(report.faults)
    assert report.found('depth').startswith('100.0% valid')
    (tmp_path / 'depth/train/003.png').unlink()
    (report,) = check_splits({'train': config})
    assert report.wrong == 0 and report.found('depth').startswith('3 of 4 frames; 100.0% valid')
    save(tmp_path / 'depth/train/009.png', np.ones((10, 10), np.uint16))
    save(tmp_path / 'depth/train/002.png', np.ones((10, 10), np.uint16))
    (report,) = check_splits({'train': config})
    (alone,), (size,) = report.faults['frames'], report.faults['sizes']
    assert alone.startswith('labels.depth: 1 of 6 files have no image, for example') and alone.endswith('009.png')
    assert '002.png has 10 x 10 pixels' in size


def test_the_fingerprint_follows_the_labels(tmp_path, stored, dataset):
    def digests():
        return dataset(split='train', tasks=['semseg', 'depth'], labels=BOTH, camera=FILE).fingerprint()['content']

    before = digests()
    save(tmp_path / 'depth/train/000.png', np.ones((HEIGHT, WIDTH), np.uint16))
    after = digests()
    assert {name for name in before if before[name] != after[name]} == {'depth'}
