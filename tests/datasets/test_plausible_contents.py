"""Files that decode to what a label may hold, but mean something else, are found; genuine ones are not."""

import cv2
import numpy as np
import pytest
from copies import build, faults_of, write_copy
from genuine_layout import ground_depth, save

from mtlbench.class_sets.nyu40 import _NYU13_OF_40
from mtlbench.datasets.check.ground import ground_doubt, near_depth
from mtlbench.datasets.files import read_ids, read_uint16
from mtlbench.datasets.label_ids import cityscapes_doubts, nyu40_doubts
from mtlbench.datasets.nyudv2_files import normal_doubts, read_vectors

TRAIN_IDS = (7, 8, 11, 12, 13, 17, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 31, 32, 33)
THIRTEEN = np.array((0, *_NYU13_OF_40), np.uint8)


def change(path, make):
    if path.suffix == '.npy':
        np.save(path, make(np.load(path)))
        return
    pixels = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
    color = pixels.ndim == 3
    made = np.ascontiguousarray(make(pixels[..., ::-1] if color else pixels)).astype(pixels.dtype)
    cv2.imwrite(str(path), made[..., ::-1] if color else made)


def training_ids(labels):
    table = np.full(256, 19)
    table[list(TRAIN_IDS)] = range(19)
    return table[labels]


def walls(labels):
    """Make half of a room's pixels walls."""
    return np.where(np.arange(labels.size).reshape(labels.shape) % 2, labels, 1)


def between_colors(colors):
    """Mix the colors of the first columns, as interpolation does."""
    return np.where(np.arange(colors.shape[1])[:, None] < 3, colors // 2 + colors[:, ::-1] // 2, colors)


def classes_in_place_of_ids(labels):
    return np.where(labels == 1163, 21, np.where(labels == 90, 2, labels))


FAULTS = [
    # dataset, field, number of changed files (None: all), change, expected words
    ('cityscapes', 'depth', 1, lambda stored: 0 * stored + 65535, 'all valid pixels have the same depth'),
    ('cityscapes', 'depth', 1, lambda stored: 0 * stored, 'no pixel is valid'),
    (
        'cityscapes',
        'depth',
        1,
        lambda stored: 0 * stored + ground_depth() * 256,
        'depth map instead of a disparity map',
    ),
    ('cityscapes', 'depth', 1, lambda stored: stored // 100 + 1, 'another unit'),
    ('cityscapes', 'depth', None, lambda stored: stored // 10 + 1, 'another unit'),
    ('cityscapes', 'semseg', 1, training_ids, 'are these training ids?'),
    ('kitti_stereo', 'depth', 1, lambda stored: 0 * stored + 65535, 'all valid pixels have the same depth'),
    ('kitti_stereo', 'depth', 1, lambda stored: ground_depth() * 256, 'depth map instead of a disparity map'),
    ('kitti_stereo', 'semseg', 1, training_ids, 'are these training ids?'),
    ('synscapes', 'semseg', 1, training_ids, 'are these training ids?'),
    ('synscapes', 'depth', 1, lambda depth: 40 / depth, 'depth map instead of a disparity map'),
    ('synscapes', 'depth', None, lambda depth: depth * 100, 'another unit'),
    ('synscapes', 'depth', 1, lambda depth: depth * np.inf, 'negative or not finite'),
    ('vkitti2', 'depth', 1, lambda stored: 5000 / np.maximum(stored / 100, 1), 'depth map instead of a disparity map'),
    ('vkitti2', 'depth', None, lambda stored: np.minimum(stored.astype(int) * 10, 65535), 'another unit'),
    ('vkitti2', 'depth', 1, lambda stored: 0 * stored + 700, 'all valid pixels have the same depth'),
    ('vkitti2', 'semseg', 1, between_colors, 'the color of no class'),
    ('vkitti2', 'semseg', 1, lambda colors: colors[..., ::-1], 'the color of no class'),
    ('synthia', 'semseg', None, lambda labels: labels % 16, 'are these training ids?'),
    ('synthia', 'depth', 1, lambda stored: 0 * stored + 65535, 'all valid pixels have the same depth'),
    ('nyudv2', 'semseg', 1, lambda labels: THIRTEEN[walls(labels)], 'is this a map of 13 classes?'),
    ('nyudv2', 'semseg', None, lambda labels: THIRTEEN[labels], 'do the maps hold other classes?'),
    ('nyudv2', 'semseg', None, lambda labels: np.minimum(labels, 37), 'do the maps hold other classes?'),
    ('nyudv2', 'semseg', 1, lambda labels: 0 * labels + 41, 'holds the label id 41'),
    ('nyudv2', 'edges', 1, lambda edges: edges * 128, 'holds the value 128'),
    ('nyudv2', 'edges', 1, lambda edges: cv2.blur(edges, (3, 3)), 'holds the value 0.333'),
    ('nyudv2', 'depth', 1, lambda depth: depth * 1000, 'in its original unit?'),
    ('nyudv2', 'depth', 1, lambda depth: depth / 100, 'in its original unit?'),
    ('nyudv2', 'normals', 1, lambda normals: (normals + 1) / 2, 'do not have length 1'),
    ('nyudv2', 'normals', 1, lambda normals: (normals + 1) / 2 * 255, 'no pixel is valid'),
    ('nyudv2', 'normals', 1, lambda normals: normals * (1, -1, 1), 'does y point up?'),
    ('nyudv2', 'normals', None, lambda normals: normals[..., ::-1], 'point sideways'),
    ('scannet', 'depth', 1, lambda stored: stored // 10, 'another unit'),
    ('scannet', 'depth', 1, lambda stored: 0 * stored + 2000, 'all valid pixels have the same depth'),
    (
        'scannet',
        'semseg',
        None,
        lambda labels: np.where(labels == 1163, 21, np.where(labels == 90, 2, labels)),
        'instead of ids of the label table',
    ),
    ('scannet 25k', 'semseg', None, lambda labels: THIRTEEN[walls(labels)], 'is this a map of 13 classes?'),
    ('potsdam', 'semseg', 1, lambda labels: np.where(labels == 255, 0, labels + 1), 'holds the id 6'),
    ('vaihingen', 'semseg', 1, lambda labels: 0 * labels + 255, 'no pixel has a class'),
]


@pytest.mark.parametrize('fault', FAULTS, ids=lambda fault: f'{fault[0]}-{fault[1]}-{fault[4]}')
def test_faults_are_found(fault, tmp_path):
    copy, field, count, make, words = fault
    config = write_copy(copy, tmp_path, neighbor_offsets=())
    dataset, usual = build(config), faults_of(config)
    assert not any(words in message for message in usual)
    for frame in dataset.frames[:count]:
        change(dataset.path_of(frame, field), make)
    (found, *_) = [message for message in faults_of(config) - usual if words in message]
    assert '\n' not in found


@pytest.mark.parametrize('copy', ['vkitti2', 'cityscapes', 'nyudv2', 'potsdam', 'kitti_raw'])
def test_images_of_one_color(copy, tmp_path):
    config = write_copy(copy, tmp_path)
    dataset = build(config)
    path = dataset.root / dataset.frames[0]
    change(path, lambda pixels: 0 * pixels)
    assert any(f'{path}: all pixels have one color' in message for message in faults_of(config))


def test_ignored_edges_beside_edges_of_one(tmp_path):
    dataset = build(write_copy('nyudv2', tmp_path))
    path, stored = dataset.path_of(dataset.frames[1], 'edges'), np.zeros((36, 60), np.uint8)
    stored[:9], stored[20] = 255, 1
    save(path, stored)
    np.testing.assert_array_equal(dataset.read_edges(dataset.frames[1]), stored)


def test_genuine_maps_of_thirteen_classes(samples):
    for path in sorted((samples / 'nyudv2').glob('*/seg13/*.png')):
        assert [doubt.shared for doubt in nyu40_doubts(read_ids(path))] == [False, True]
    assert not list(nyu40_doubts(read_ids(samples / 'nyudv2/mtl_single/segmentation.png')))


def test_genuine_normals(samples):
    path = samples / 'nyudv2/mtl_single/normal.png'
    vectors = read_vectors(path)
    assert not list(normal_doubts(vectors[..., ::-1]))
    (doubt,) = normal_doubts(vectors)
    assert 'zyx' in doubt.message


def test_genuine_label_ids(samples):
    paths = sorted((samples / 'cityscapes_extra/gtFine').rglob('*labelIds.png'))
    assert paths
    assert not any(doubt for path in paths for doubt in cityscapes_doubts(path))


def test_genuine_depth_of_kitti(samples):
    """A depth map of KITTI has no ground doubt; as a disparity it has one."""
    (path,) = (samples / 'kitti_depth_annotated/depth').glob('*.png')
    meters = read_uint16(path) / 256
    assert ground_doubt(meters) is None
    assert 5 < near_depth(meters, ground_below=True) < 12
    disparity = np.divide(384, meters, out=np.zeros_like(meters), where=meters > 0)
    doubt = ground_doubt(disparity)
    assert doubt and not doubt.shared
    assert 'instead of a disparity map' in doubt.message
