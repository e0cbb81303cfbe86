import cv2
import layout_synthia
import numpy as np
import pytest
from genuine_layout import HEIGHT, WIDTH, ground_depth, read_uint16, save

from mtlbench.class_sets import class_set
from mtlbench.datasets import SYNTHIADataset
from mtlbench.datasets.files import read_uint16_channel
from mtlbench.datasets.synthia import LABELS
from mtlbench.errors import ConfigError, DataError

TABLE_16 = {1: 9, 2: 2, 3: 0, 4: 1, 5: 4, 6: 8, 7: 5, 8: 12, 9: 7, 10: 10, 11: 15, 12: 14, 15: 6, 17: 11, 19: 13, 21: 3}
TABLE_7 = {3: 0, 4: 0, 22: 0, 2: 1, 5: 1, 7: 2, 9: 2, 15: 2, 6: 3, 1: 4, 10: 5, 8: 6, 11: 6}
"""Training ids by label id, from the papers."""


@pytest.fixture
def build(tmp_path):
    layout_synthia.write(tmp_path)

    def make(**changes):
        options = {'split': 'all', 'tasks': ['semseg', 'depth'], 'pipeline': [], 'class_set': 'cityscapes_16'}
        return SYNTHIADataset(**{'data_root': str(tmp_path), **options, **changes})

    return make


@pytest.mark.parametrize(('name', 'table'), [('cityscapes_16', TABLE_16), ('cityscapes_7', TABLE_7)])
def test_classes_are_in_the_red_channel(build, name, table):
    dataset = build(class_set=name)
    written = read_uint16(dataset.root / 'GT/LABELS/0000000.png')[..., 2]
    expected = [[table.get(label, 255) for label in row] for row in written]
    np.testing.assert_array_equal(dataset.read(0)['gt_semseg'], expected)


def test_class_names_are_those_of_cityscapes():
    names = {index: LABELS[label][0] for label, index in TABLE_16.items()}
    names[10] = 'person'  # here 'pedestrian'
    assert tuple(names[index] for index in range(16)) == class_set('cityscapes_16').classes


def test_depth_and_camera(build):
    results = build().read(0)
    expected = ground_depth()
    expected[0, 0] = 655.35
    np.testing.assert_allclose(results['gt_depth'], expected, atol=0.0051)  # stored in cm
    np.testing.assert_allclose(results['native_intrinsics'], [[532.740352, 0, 640], [0, 532.740352, 380], [0, 0, 1]])
    assert results['native_shape'] == (760, 1280)
    np.testing.assert_allclose(results['intrinsics'][0, 2], 640 * WIDTH / 1280)


def test_repacked_copies(build):
    """A suffix in the names of images; labels of one channel; depth of three equal channels, in another folder."""
    dataset = build()
    first = build().read(0)
    (dataset.root / 'RGB/0000000.png').rename(dataset.root / 'RGB/0000000_PIT.png')
    labels = read_uint16(dataset.root / 'GT/LABELS/0000000.png')[..., 2]
    layout_synthia.save_uint16(dataset.root / 'parsed_LABELS/0000000.png', labels)
    depth = read_uint16(dataset.root / 'Depth/Depth/0000000.png')
    layout_synthia.save_uint16(dataset.root / 'Depth/0000000.png', np.stack([depth] * 3, -1))
    dataset = build(folders={'LABELS': 'parsed_LABELS', 'Depth': 'Depth'})
    again = dataset.read(0)
    assert dataset.frames[0] == 'RGB/0000000_PIT.png'
    for field in ('gt_semseg', 'gt_depth'):
        np.testing.assert_array_equal(again[field], first[field])


def test_splits(build):
    parts = {split: build(split=split).frames for split in ('train', 'val', 'all')}
    assert (len(parts['train']), len(parts['val'])) == (8, 2)
    assert sorted(parts['train'] + parts['val']) == parts['all']
    assert build(split='train', split_protocol='reference').frames == parts['train']
    for changes, words in (
        ({'split': 'test'}, "split is 'test', expected one of train, val, all"),
        ({'split_protocol': 'x'}, "split_protocol is 'x', expected one of disjoint, reference"),
    ):
        with pytest.raises(ConfigError, match=words):
            build(**changes)


def test_eight_bits_are_too_few(build):
    dataset = build()
    save(dataset.root / 'GT/LABELS/0000000.png', np.zeros((HEIGHT, WIDTH, 3), np.uint8))
    with pytest.raises(DataError, match=r'LABELS/0000000\.png has uint8 values, expected 16 bits'):
        dataset.read(0)


def test_label_beyond_the_last(build):
    dataset = build()
    layout_synthia.save_uint16(dataset.root / 'GT/LABELS/0000000.png', np.full((HEIGHT, WIDTH), 23))
    with pytest.raises(DataError, match=r'0000000\.png holds the label id 23; the ids of SYNTHIA are 0 \.\. 22'):
        dataset.read(0)


def test_missing_depth_is_named(build):
    with pytest.raises(DataError, match=r'Depths/0000000\.png is missing'):
        build(folders={'Depth': 'Depths'}).read(0)


@pytest.fixture
def image(tmp_path):
    """A large png of three 16-bit channels, as bytes."""
    pixels = np.random.default_rng(0).integers(0, 65536, (120, 160, 3)).astype(np.uint16)
    return tmp_path / 'x.png', pixels, cv2.imencode('.png', pixels[..., ::-1])[1].tobytes()


@pytest.mark.parametrize('channel', [0, 1, 2])
def test_channels_of_16_bits(image, channel):
    path, pixels, content = image
    path.write_bytes(content)
    np.testing.assert_array_equal(read_uint16_channel(path, channel), pixels[..., channel])


@pytest.mark.parametrize('share', [0, 0.01, 0.3, 0.5, 0.9, 0.99, 0.9999])
def test_cut_off_files_are_refused(image, share):
    path, _, content = image
    path.write_bytes(content[: int(share * len(content))])
    with pytest.raises(DataError, match=r'x\.png cannot be decoded'):
        read_uint16_channel(path)


def test_damaged_files_are_refused(image):
    """One byte of the compressed pixels is another one."""
    path, _, content = image
    for position in range(200, len(content) - 20, len(content) // 20):
        damaged = bytearray(content)
        damaged[position] ^= 0x55
        path.write_bytes(damaged)
        with pytest.raises(DataError, match='cannot be decoded'):
            read_uint16_channel(path)
