"""NYUv2 and Cityscapes in MTAN's packages, and which package is read."""

import cv2
import layout_cityscapes
import layout_cityscapes_mtan
import layout_nyudv2
import layout_nyuv2_mtan
import numpy as np
import pytest
from genuine_layout import HEIGHT, WIDTH, ground_depth, room_depth
from layout_nyuv2_mtan import write_arrays

from mtlbench.datasets import CityscapesDataset, NYUDv2Dataset
from mtlbench.errors import ConfigError, DataError

BUILDERS = {
    'rooms': (NYUDv2Dataset, layout_nyuv2_mtan, 'nyudv2_13', ['semseg', 'depth', 'normals']),
    'streets': (CityscapesDataset, layout_cityscapes_mtan, 'cityscapes_7', ['semseg', 'depth']),
}


@pytest.fixture
def build(tmp_path):
    def make(which, **changes):
        member, layout, class_set, tasks = BUILDERS[which]
        root = tmp_path / which
        if not root.exists():
            layout.write(root)
        options = {'split': 'train', 'tasks': tasks, 'pipeline': [], 'class_set': class_set}
        return member(**{'data_root': str(root), **options, **changes})

    make.root = tmp_path
    return make


@pytest.mark.parametrize('which', BUILDERS)
def test_folders_are_the_splits(build, which):
    assert build(which).frames == [f'train/image/{number}.npy' for number in range(3)]
    val = build(which, split='val')
    assert val.frames == [f'val/image/{number}.npy' for number in range(3)]
    assert val.official_split(val.frames[0]) == 'val'
    with pytest.raises(ConfigError, match="split is 'test', expected one of train, val"):
        build(which, split='test', tasks=[])


def test_numbers_are_sorted_as_numbers(build):
    root = build('rooms').root
    for number in (10, 11):
        (root / f'train/image/{number}.npy').write_bytes((root / 'train/image/0.npy').read_bytes())
    assert [frame.split('/')[-1] for frame in build('rooms').frames] == [f'{n}.npy' for n in (0, 1, 2, 10, 11)]


@pytest.mark.parametrize('index', range(3))
def test_rooms(build, index):
    """Arrays of three types: the ids shift by nothing, -1 is ignored; depth that is not positive is invalid."""
    results = build('rooms').read(index)
    stored = np.load(build.root / f'rooms/train/image/{index}.npy')
    np.testing.assert_array_equal(results['image'], np.rint(stored * 255))
    label = np.arange(HEIGHT * WIDTH).reshape(HEIGHT, WIDTH) % 14
    np.testing.assert_array_equal(results['gt_semseg'], np.where(label == 0, 255, label - 1))
    depth = room_depth().astype(np.float32)
    depth[0, :3] = 0
    np.testing.assert_array_equal(results['gt_depth'], depth)
    np.testing.assert_allclose(results['gt_normals'], layout_nyudv2.directions(), atol=1e-6)
    assert [results[f'gt_{task}'].dtype for task in ('semseg', 'depth', 'normals')] == [
        np.uint8,
        np.float32,
        np.float32,
    ]
    assert 'gt_edges' not in build('rooms', tasks=['semseg', 'edges']).read(index)


@pytest.mark.parametrize('infinity', [False, True])
def test_streets(build, infinity):
    """Inverse depth is the stored disparity / 65535; depth is that of the usual cameras."""
    results = build('streets', infinity=infinity).read(0)
    stored = layout_cityscapes_mtan.stored_disparity()
    expected = 473.575 / ((stored.clip(2) - 1) / 256)
    expected[0, :2] = (0, np.inf if infinity else 0)
    np.testing.assert_allclose(results['gt_depth'], expected, rtol=1e-6)
    np.testing.assert_allclose(results['gt_depth'][1:], ground_depth()[1:], rtol=0.01)
    label = np.arange(HEIGHT * WIDTH).reshape(HEIGHT, WIDTH) % 8
    np.testing.assert_array_equal(results['gt_semseg'], np.where(label == 0, 255, label - 1))
    assert 'intrinsics' not in results and 'no cameras' in results['no_intrinsics']


def test_inverse_depth_of_the_fact_sheet(build):
    """Raw 5000 is v = 0.0762951, 19.5273 pixels and 24.2519 m at fx 2262.52 px and a baseline of 0.209313 m."""
    dataset = build('streets', rig=2262.52 * 0.209313)
    write_arrays(dataset.root / 'train', 0, depth=np.full((HEIGHT, WIDTH, 1), 0.0762951, np.float64))
    np.testing.assert_allclose(dataset.read(0)['gt_depth'], 24.2519, atol=1e-4)


def test_nineteen_classes_and_the_copy_without_a_number(build):
    label = np.arange(HEIGHT * WIDTH).reshape(HEIGHT, WIDTH) % 20
    found = build('streets', class_set='cityscapes_19').read(1)['gt_semseg']
    np.testing.assert_array_equal(found, np.where(label == 0, 255, label - 1))
    for split in ('train', 'val'):
        (build.root / f'streets/{split}/label_7').rename(build.root / f'streets/{split}/label')
    assert build('streets').read(1)['gt_semseg'].max() == 255


def test_part_of_the_frames(build):
    dataset = build('streets', subset=2, subset_part='both')
    assert sum('gt_semseg' in dataset.read(index) for index in range(3)) == 2


FAULTS = {
    'colors to 255': ('image', lambda image: image * 255, r'0\.npy holds colors of 0 \.\. 255, expected 0 \.\. 1'),
    'gray': ('image', lambda image: image[..., :1], 'expected three colors in the last axis'),
    'NaN': ('image', lambda image: image * np.nan, 'holds colors of nan'),
    'original ids': ('label', lambda label: label + 1, r'holds the id 13; expected -1 .* 0 \.\. 12'),
    'half ids': ('label', lambda label: label / 2, r'holds the id -0\.5'),
    'one axis less': ('depth', lambda depth: depth[..., 0], 'expected 3 dimensions'),
    'two depths': ('depth', lambda depth: depth.repeat(2, -1), 'expected one channel in the last axis'),
    'another size': (
        'depth',
        lambda depth: depth[::2, ::2],
        r'0\.npy has 30 x 18 pixels, but .* expected a file of the same',
    ),
    'objects': ('normal', lambda normal: np.array([{}], object), 'cannot be decoded'),
    'missing': ('normal', None, r'normal/0\.npy is missing'),
}


@pytest.mark.parametrize(('kind', 'change', 'words'), FAULTS.values(), ids=FAULTS)
def test_wrong_arrays_are_told_in_one_line(build, kind, change, words):
    dataset = build('rooms')
    path = dataset.root / f'train/{kind}/0.npy'
    if change is None:
        path.unlink()
    else:
        np.save(path, change(np.load(path)), allow_pickle=True)
    with pytest.raises(DataError, match=words) as told:
        dataset.read(0)
    assert '\n' not in str(told.value)


def test_meters_as_inverse_depth(build):
    dataset = build('streets')
    write_arrays(dataset.root / 'train', 0, depth=ground_depth()[..., None])
    with pytest.raises(DataError, match=r'holds inverse depths of .* \.\. 30, expected 0 \.\. 1'):
        dataset.read(0)


def test_classes_in_another_order_are_doubted(build):
    """Sky above the street, or below it."""
    for street, words in ((slice(18, 36), []), (slice(0, 18), ['the sky is below the street'])):
        dataset = build('streets')
        label = np.full((HEIGHT, WIDTH), 4)
        label[street] = 0
        write_arrays(dataset.root / 'train', 0, label_7=label)
        doubts = list(dataset.doubts(dataset.frames[0], 'semseg'))
        assert [doubt.message.split(';')[0] for doubt in doubts] == words


def test_classes_that_the_package_does_not_have(build):
    for which, class_set, known in (
        ('rooms', 'nyudv2_40', 'nyudv2_13'),
        ('streets', 'cityscapes_16', 'cityscapes_7 or'),
    ):
        with pytest.raises(ConfigError, match=f"class_set is '{class_set}', but MTAN's package .* has {known}") as told:
            build(which, class_set=class_set)
        assert '\n' not in str(told.value)


def test_one_package_a_folder(build):
    layout_cityscapes.write(build('streets').root, splits=('train',))
    with pytest.raises(DataError, match=r'leftImg8bit \(the original archives\) and train/image \(MTAN') as told:
        build('streets')
    assert '\n' not in str(told.value)
    (build.root / 'empty').mkdir()
    with pytest.raises(DataError, match=r'holds no package .* leftImg8bit .*, or train/image \(MTAN'):
        build('streets', data_root=str(build.root / 'empty'))


GENUINE = {
    'aachen_000001_000019': ((163857, 868749, 459058, 24185, 345442, 202997, 0, 32864), 0.433570, 0.129593, 0.111159),
    'hamburg_000000_046078': (
        (263697, 923518, 376813, 32782, 198123, 142703, 49778, 109738),
        0.492210,
        0.171879,
        0.119070,
    ),
}
"""By genuine frame: pixels of the ids -1 .. 6; largest inverse depth, share of zeros, mean of the others."""


@pytest.mark.parametrize(('stem', 'facts'), GENUINE.items(), ids=GENUINE)
def test_genuine_frames_in_this_package(samples, build, stem, facts):
    """A package made from original files gives their classes, and their depth but for the camera's own rig."""
    original = CityscapesDataset(str(samples / 'cityscapes'), 'train', ['semseg', 'depth'], [], 'cityscapes_7')
    (frame,) = (frame for frame in original.frames if stem in frame)
    counts = np.bincount(original.read_semseg(frame).ravel(), minlength=256)
    assert (counts[255], *counts[:7]) == facts[0]
    disparity = cv2.imread(str(original.path_of(frame, 'depth')), cv2.IMREAD_UNCHANGED)
    inverse = (disparity / 65535).astype(np.float32)
    assert inverse.max() == pytest.approx(facts[1], abs=1e-6)
    assert (inverse == 0).mean() == pytest.approx(facts[2], abs=1e-6)
    assert inverse[inverse > 0].mean() == pytest.approx(facts[3], abs=1e-6)
    dataset = build('streets', tasks=['depth'], rig=original.package.rig(frame))
    write_arrays(dataset.root / 'train', 0, depth=inverse[..., None])
    np.testing.assert_array_equal(dataset.read_depth('train/image/0.npy'), original.read_depth(frame))
