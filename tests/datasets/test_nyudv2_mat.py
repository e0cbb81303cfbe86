"""NYUDv2 from the official file: real HDF5 files in its layout."""

import pickle
import sys

import h5py
import layout_nyudv2
import layout_nyudv2_mat
import layout_nyuv2_mtan
import numpy as np
import pytest
from scipy.io import savemat
from torch.utils.data import DataLoader

from mtlbench.datasets import NYUDv2Dataset, content
from mtlbench.datasets.content import content_digests
from mtlbench.datasets.mat_files import read_variable
from mtlbench.datasets.nyudv2 import INTRINSICS
from mtlbench.errors import ConfigError, DataError, MissingExtraError

FILE = 'nyu_depth_v2_labeled.mat'


@pytest.fixture
def build(tmp_path):
    root = tmp_path / 'nyudv2'
    stored = layout_nyudv2_mat.write(root)

    def make(**changes):
        options = {'split': 'train', 'tasks': ['semseg', 'depth'], 'pipeline': [], 'class_set': 'nyudv2_40'}
        return NYUDv2Dataset(**{'data_root': str(root), **options, **changes})

    make.root, make.stored = root, stored
    return make


def test_splits_count_from_one(build):
    assert build().frames == [f'{FILE}/0001', f'{FILE}/0003', f'{FILE}/0004']
    assert build(split='val').frames == [f'{FILE}/0002', f'{FILE}/0005']
    assert [build().official_split(f'{FILE}/{number:04d}') for number in (1, 2, 6)] == ['train', 'val', None]
    with pytest.raises(ConfigError, match="split is 'test', expected one of train, val"):
        build(split='test')


@pytest.mark.parametrize(('position', 'number'), [(0, 1), (1, 3), (2, 4)])
def test_every_pixel_is_where_it_was_written(build, position, number):
    """The axes that HDF5 shows in reverse; label k has the class of entry k - 1 of the map, label 0 has none."""
    results, stored = build().read(position), {name: build.stored[name][number - 1] for name in ('images', 'depths')}
    np.testing.assert_array_equal(results['image'], stored['images'])
    np.testing.assert_array_equal(results['gt_depth'], stored['depths'])
    expected = [
        [255 if label == 0 else build.stored['classes'][label - 1] - 1 for label in row]
        for row in build.stored['labels'][number - 1]
    ]
    np.testing.assert_array_equal(results['gt_semseg'], expected)
    np.testing.assert_array_equal(results['intrinsics'][0, 0], INTRINSICS[0][0] * 60 / 640)
    assert results['img_path'].endswith(f'{FILE}/{number:04d}')


def test_thirteen_classes_by_way_of_the_forty(build):
    forty, thirteen = (build(class_set=f'nyudv2_{count}').read(0)['gt_semseg'] for count in (40, 13))
    pairs = set(zip(forty.ravel().tolist(), thirteen.ravel().tolist(), strict=True))
    assert len(pairs) == len(set(forty.ravel().tolist()))
    assert {0: 11, 1: 4, 3: 0, 255: 255}.items() <= dict(pairs).items()  # wall, floor, bed


def test_tasks_without_labels_are_left_out(build):
    dataset = build(tasks=['semseg', 'depth', 'normals', 'edges'])
    assert dataset.tasks == ('semseg', 'depth')
    assert {'gt_normals', 'gt_edges'}.isdisjoint(dataset.read(0))


def test_genuine_map_and_splits(samples):
    """Every class from 1 to 37 has one label; the lists of the multi-task package are the same split."""
    meta = samples / 'nyudv2/meta'
    (mapping,), (splits,) = (list(meta.rglob(name)) for name in ('classMapping40.mat', 'splits.mat'))
    classes = read_variable(mapping, 'mapClass')
    assert classes.size == 894 and [classes[label - 1] for label in (1, 5, 11, 21, 157, 894)] == [40, 5, 2, 1, 4, 40]
    counts = np.bincount(classes, minlength=41)
    assert counts[1:].tolist() == [1] * 37 + [68, 82, 707]
    train, test = (read_variable(splits, name) for name in ('trainNdxs', 'testNdxs'))
    assert (train.size, test.size) == (795, 654) and not set(train.tolist()) & set(test.tolist())
    assert train[:3].tolist() == [3, 4, 5] and test[:4].tolist() == [1, 2, 9, 14]


def test_a_frame_is_read_without_the_others(build, monkeypatch):
    """Of a hundred frames of random numbers, which do not compress, reading one reads one."""
    with h5py.File(build.root / FILE, 'w') as file:
        images = np.random.default_rng(0).integers(0, 256, (100, 3, 60, 36)).astype(np.uint8)
        file.create_dataset('images', data=images, chunks=(1, 3, 60, 36))
    read, original = [], h5py.Dataset.__getitem__

    def counted(array, *args):
        values = original(array, *args)
        read.append(values.nbytes)
        return values

    dataset = build(tasks=[])
    monkeypatch.setattr(h5py.Dataset, '__getitem__', counted)
    dataset.read(0)
    assert read == [3 * 60 * 36]


def test_workers_read_with_handles_of_their_own(build):
    """The dataset holds no open file, so that it can be sent to a worker, and two read what one reads."""
    dataset = build()
    alone = [results['image'] for results in (dataset.read(index) for index in range(3))]
    pickle.dumps(dataset)
    loader = DataLoader(Images(dataset), batch_size=None, num_workers=2)
    for one, other in zip(alone, loader, strict=True):
        np.testing.assert_array_equal(one, other)


class Images:
    def __init__(self, dataset):
        self.dataset = dataset

    def __len__(self):
        return len(self.dataset)

    def __getitem__(self, index):
        return self.dataset.read(index)['image']


def test_digest_of_a_large_file_reads_pieces_of_it(tmp_path, monkeypatch):
    """Half a pixel more in the middle, another size, and the same file."""
    monkeypatch.setattr(content, 'MOST_BYTES', 64 * 100)
    path, values = tmp_path / 'large', np.zeros(64 * 400, np.uint8)
    path.write_bytes(values.tobytes())
    first = content._digest(path)
    assert len(content._sample(path)) < 64 * 100 + 10 and content._digest(path) == first
    path.write_bytes(np.append(values, 0).astype(np.uint8).tobytes())
    assert content._digest(path) != first
    values[-1] = 1
    path.write_bytes(values.tobytes())
    assert content._digest(path) != first


def test_fingerprint_knows_the_file(build):
    before = content_digests(build())
    with h5py.File(build.root / FILE, 'r+') as file:
        file['depths'][0] = 2
    assert content_digests(build()) != before


def rewrite(root, **arrays):
    with h5py.File(root / FILE, 'w') as file:
        for name, values in arrays.items():
            file[name] = values


IMAGES = np.zeros((5, 3, 60, 36), np.uint8)
LABELS = np.zeros((5, 60, 36), np.uint16)
FAULTS = {
    'truncated': (
        lambda root: (root / FILE).write_bytes((root / FILE).read_bytes()[:3000]),
        'labeled.mat cannot be read',
    ),
    'empty': (lambda root: (root / FILE).write_bytes(b''), 'labeled.mat cannot be read'),
    'older version': (lambda root: savemat(root / FILE, {'images': [1]}), 'labeled.mat cannot be read'),
    'folder': (lambda root: ((root / FILE).unlink(), (root / FILE).mkdir()), 'labeled.mat cannot be read'),
    'no images': (lambda root: rewrite(root, depths=[1]), "has no array 'images'"),
    'no depths': (lambda root: rewrite(root, images=IMAGES, labels=LABELS), "has no array 'depths'"),
    'colors last': (
        lambda root: rewrite(root, images=IMAGES.transpose(0, 3, 2, 1)),
        r"array 'images' has the shape \(5, 36, 60, 3\), expected \(1 or more, 3, any, any\)",
    ),
    'fewer frames': (lambda root: rewrite(root, images=IMAGES[:3]), r'lists the frames 1 \.\. 4, but .* holds 3'),
    'label without a class': (lambda root: rewrite(root, images=IMAGES, labels=LABELS + 900), 'has the label 900, but'),
    'no splits': (lambda root: (root / 'splits.mat').unlink(), r'splits\.mat is missing; put it beside'),
    'no classes': (lambda root: (root / 'classMapping40.mat').unlink(), r'classMapping40\.mat is missing; put it'),
    'text as splits': (
        lambda root: (root / 'splits.mat').write_text('no'),
        r'splits\.mat cannot be read as a MATLAB file',
    ),
    'other variables': (lambda root: savemat(root / 'splits.mat', {'x': [1]}), "has no variable 'trainNdxs'"),
    'words': (lambda root: savemat(root / 'splits.mat', {'trainNdxs': 'no'}), 'does not hold numbers'),
    'frame 0': (lambda root: savemat(root / 'splits.mat', {'trainNdxs': [0, 1]}), r'lists the frames 0 \.\. 1'),
    '894 classes': (
        lambda root: savemat(root / 'classMapping40.mat', {'mapClass': np.arange(1, 895)}),
        r'has classes of 1 \.\. 894, expected 1 \.\. 40',
    ),
}


@pytest.mark.parametrize(('plant', 'words'), FAULTS.values(), ids=FAULTS)
def test_wrong_files_are_told_in_one_line(build, plant, words):
    plant(build.root)
    with pytest.raises(DataError, match=words) as told:
        build().read(0)
    assert '\n' not in str(told.value)


def test_without_h5py(build, monkeypatch):
    monkeypatch.setitem(sys.modules, 'h5py', None)
    with pytest.raises(MissingExtraError, match=r'h5py.*mtlbench\[mat\]'):
        build()


def test_classes_need_no_file_of_classes_for_depth(build):
    (build.root / 'classMapping40.mat').unlink()
    assert build(tasks=['depth']).read(0)['gt_depth'].any()


def test_no_package(tmp_path):
    with pytest.raises(
        DataError, match=r'gt_sets \(the multi-task package\), or nyu_.*\.mat .*, or train/image'
    ) as told:
        NYUDv2Dataset(str(tmp_path), 'train', [], [], 'nyudv2_40')
    assert '\n' not in str(told.value)


@pytest.mark.parametrize('other', [layout_nyudv2, layout_nyuv2_mtan])
def test_two_packages(build, other):
    other.write(build.root)
    with pytest.raises(DataError, match=r'holds .* and .*MTAN|holds gt_sets .* and nyu_depth_v2_labeled\.mat') as told:
        build()
    assert '\n' not in str(told.value)
