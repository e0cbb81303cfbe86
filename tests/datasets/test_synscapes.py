import json
import shutil
import sys

import layout_synscapes
import numpy as np
import pytest
from genuine_layout import HEIGHT, WIDTH, ground_depth, read_uint16, save, write_text

from mtlbench.datasets import SynscapesDataset
from mtlbench.datasets.synscapes import INTRINSICS
from mtlbench.errors import ConfigError, DataError, MissingExtraError


@pytest.fixture
def build(tmp_path):
    layout_synscapes.write(tmp_path)

    def make(**changes):
        options = {'split': 'train', 'tasks': ['semseg', 'depth'], 'pipeline': [], 'class_set': 'cityscapes_19'}
        return SynscapesDataset(**{'data_root': str(tmp_path), **options, **changes})

    return make


def test_splits_are_consecutive_numbers(build):
    numbers = {split: [int(f[8:-4]) for f in build(split=split).frames] for split in ('train', 'val', 'test')}
    assert numbers == {'train': [1, 2, 10, 20000], 'val': [20001, 20002], 'test': [21001]}
    dataset = build()
    expected = {1: 'train', 20000: 'train', 20001: 'val', 21000: 'val', 21001: 'test', 25000: 'test', 25001: None}
    assert {number: dataset.official_split(f'img/rgb/{number}.png') for number in expected} == expected
    assert dict(dataset.official_counts) == {'train': 20000, 'val': 1000, 'test': 4000}
    with pytest.raises(ConfigError, match="split is 'all', expected one of train, val, test"):
        build(split='all')


def test_labels_and_depth(build):
    results = build().read(0)
    labels = read_uint16(build().root / 'img/class/1.png')
    np.testing.assert_array_equal(results['gt_semseg'] == 13, labels == 26)
    np.testing.assert_allclose(results['gt_depth'], ground_depth(), rtol=1e-6)
    assert results['gt_depth'].dtype == np.float32


def test_camera_of_the_frame(build):
    """The json says to which size its numbers refer; the intrinsics of the image as loaded are those."""
    results = build().read(0)
    np.testing.assert_allclose(results['intrinsics'], [[40, 0, 29.5], [0, 42, 17], [0, 0, 1]])
    np.testing.assert_allclose(results['native_intrinsics'][0, 2], 29.5 * 1440 / WIDTH)


def test_published_camera_where_there_is_no_json(build):
    dataset = build(folders={'meta': 'nowhere'})
    np.testing.assert_allclose(dataset.read(0)['native_intrinsics'], INTRINSICS)
    np.testing.assert_allclose(dataset.read(0)['intrinsics'][1, 1], 1592.79032 * HEIGHT / 720)


def test_larger_images(build):
    dataset = build()
    for path in (dataset.root / 'img/rgb').glob('*.png'):
        large = np.zeros((2 * HEIGHT, 2 * WIDTH, 3), np.uint8)
        save(dataset.root / 'img/rgb-2k' / path.name, large)
    results = build(folders={'rgb': 'img/rgb-2k'}).read(0)
    assert results['image'].shape == (2 * HEIGHT, 2 * WIDTH, 3)
    np.testing.assert_allclose(results['intrinsics'][0, 0], 80)


@pytest.mark.parametrize('content', ['{', '{"camera": {}}', '[]', '{"camera": {"intrinsic": {"fx": "a"}}}'])
def test_broken_json_is_named(build, content):
    dataset = build()
    (dataset.root / 'meta/1.json').write_text(content)
    with pytest.raises(DataError, match=r'meta/1\.json: expected JSON with camera\.intrinsic\.\{fx, fy'):
        dataset.read(0)


@pytest.mark.parametrize(
    ('spoil', 'words'),
    [
        (lambda path: path.unlink(), r'depth/1\.exr is missing'),
        (lambda path: path.write_bytes(path.read_bytes()[:500]), r'depth/1\.npy cannot be decoded'),
        (lambda path: path.write_bytes(b''), r'depth/1\.npy cannot be decoded'),
        (lambda path: np.save(path, np.zeros(4)), r'1\.npy holds an array of shape \(4,\), expected 2 dimensions'),
    ],
)
def test_damaged_depth_is_named(build, spoil, words):
    pytest.importorskip('OpenEXR')
    dataset = build()
    spoil(dataset.root / 'img/depth/1.npy')
    with pytest.raises(DataError, match=words):
        dataset.read(0)


@pytest.fixture
def exr(build):
    """Builds the dataset with OpenEXR files of one channel."""
    OpenEXR = pytest.importorskip('OpenEXR')  # noqa: N806

    def make(channel='Z'):
        dataset = build()
        path = dataset.root / 'img/depth/1.exr'
        depth = ground_depth().astype(np.float32)
        header = {'compression': OpenEXR.ZIPS_COMPRESSION, 'type': OpenEXR.scanlineimage}
        OpenEXR.File(header, {channel: depth}).write(str(path))
        path.with_suffix('.npy').unlink()
        return dataset, path

    return make


def test_depth_from_exr(exr):
    dataset, _ = exr()
    np.testing.assert_array_equal(dataset.read(0)['gt_depth'], ground_depth().astype(np.float32))


def test_broken_exr_is_named(exr):
    dataset, path = exr()
    content = path.read_bytes()
    for size in (0, 100, len(content) // 2, len(content) - 3):
        path.write_bytes(content[:size])
        with pytest.raises(DataError, match=r'depth/1\.exr cannot be decoded'):
            dataset.read(0)


def test_exr_without_the_channel(exr):
    dataset, _ = exr('Y')
    with pytest.raises(DataError, match=r"1\.exr has no channel 'Z', only Y"):
        dataset.read(0)


def test_exr_needs_an_optional_package(build, monkeypatch):
    dataset = build()
    (dataset.root / 'img/depth/1.npy').rename(dataset.root / 'img/depth/1.exr')
    monkeypatch.setitem(sys.modules, 'OpenEXR', None)
    with pytest.raises(MissingExtraError, match=r"pip install 'mtlbench\[exr\]'"):
        dataset.read(0)


def test_genuine_frame(samples, tmp_path):
    """Depth of 5.4 m to 8.8 km with 6 to 11 % of sky; the published camera."""
    pytest.importorskip('OpenEXR')
    shutil.copytree(samples / 'synscapes/img', tmp_path / 'img')
    write_text(tmp_path / 'meta/1.json', (samples / 'synscapes/camera.json').read_text())
    results = SynscapesDataset(str(tmp_path), 'train', ['depth'], [], 'cityscapes_19').read(0)
    depth = results['gt_depth']
    assert depth.shape == results['image'].shape[:2] == (720, 1440)
    assert depth.min() == pytest.approx(5.4, abs=0.1)
    assert 8700 < depth.max() < 8935
    assert 0.055 <= (depth > 1000).mean() <= 0.115
    np.testing.assert_allclose(results['intrinsics'], INTRINSICS, rtol=1e-12)
    assert json.loads((samples / 'synscapes/camera.json').read_text())['camera']['intrinsic']['resx'] == 1440
