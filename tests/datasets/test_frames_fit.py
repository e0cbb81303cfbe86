"""The files of a frame fit together: sizes, orientation, cameras. Files that nothing needs may be missing."""

import json

import cv2
import numpy as np
import pytest
from copies import build, faults_of, write_copy
from genuine_layout import write_text
from layout_cityscapes import CAMERA
from PIL import Image

from mtlbench.datasets.consistency import SizeRule
from mtlbench.datasets.transforms import ChooseIntrinsics
from mtlbench.errors import DataError, MTLBenchError
from mtlbench.registry import DATASETS
from mtlbench.structures import Batch

CHANGES = {
    'half': lambda pixels: pixels[::2, ::2],
    'cropped': lambda pixels: pixels[4:],
    'transposed': lambda pixels: pixels.swapaxes(0, 1),
    'one pixel': lambda pixels: pixels[:1, :1],
}
LABELS = {
    'vkitti2': ('semseg', 'depth'),
    'cityscapes': ('semseg', 'depth'),
    'synthia': ('semseg', 'depth'),
    'scannet': ('semseg',),
    'scannet 25k': ('semseg',),
    'kitti_stereo': ('semseg', 'depth'),
    'synscapes': ('semseg', 'depth'),
    'potsdam': ('semseg', 'height'),
    'vaihingen': ('semseg', 'height'),
}
"""Labels that the layout stores in the size of the image."""
OF_ANOTHER_SIZE = {'nyudv2': ('semseg', 'depth', 'normals', 'edges'), 'scannet': ('depth',), 'scannet 25k': ('depth',)}
"""Labels of which only the aspect is known."""


def change_size(path, change):
    if path.suffix == '.npy':
        np.save(path, change(np.load(path)))
        return
    cv2.imwrite(str(path), np.ascontiguousarray(change(cv2.imread(str(path), cv2.IMREAD_UNCHANGED))))


@pytest.mark.parametrize('change', CHANGES)
@pytest.mark.parametrize(('copy', 'field'), [(copy, field) for copy, fields in LABELS.items() for field in fields])
def test_labels_of_another_size(copy, field, change, tmp_path):
    config = write_copy(copy, tmp_path, neighbor_offsets=())
    dataset = build(config)
    path = dataset.path_of(dataset.frames[0], field)
    if copy.startswith(('potsdam', 'vaihingen')) and change == 'transposed':
        return  # squares
    change_size(path, CHANGES[change])
    with pytest.raises(DataError, match=rf'{path.name} has .* pixels, ') as refused:
        build(config).read(0)
    assert str(refused.value) in faults_of(config)


@pytest.mark.parametrize('change', ['cropped', 'transposed', 'one pixel'])
@pytest.mark.parametrize(
    ('copy', 'field'), [(copy, field) for copy, fields in OF_ANOTHER_SIZE.items() for field in fields]
)
def test_labels_of_another_aspect(copy, field, change, tmp_path):
    config = write_copy(copy, tmp_path)
    dataset = build(config)
    path = dataset.path_of(dataset.frames[0], field)
    change_size(path, CHANGES[change])
    with pytest.raises(DataError, match=rf'{path.name} has .* pixels, '):
        build(config).read(0)
    assert any(path.name in message for message in faults_of(config))


def test_genuine_sizes_are_of_one_aspect():
    assert SizeRule.ASPECT.allows((968, 1296), (480, 640))  # ScanNet
    assert SizeRule.ASPECT.allows((512, 682), (480, 640))  # a copy of NYUDv2
    assert SizeRule.SMALLER_IMAGE.allows((512, 1024), (1024, 2048))
    assert not SizeRule.SMALLER_IMAGE.allows((1024, 2048), (512, 1024))
    assert not SizeRule.ASPECT.allows((375, 1242), (370, 1226 - 40))


def test_smaller_copies_of_the_images(tmp_path):
    """In a folder of their own; but labels are never smaller."""
    config = write_copy('cityscapes', tmp_path, folders={'leftImg8bit': 'small'}, neighbor_offsets=())
    (tmp_path / 'leftImg8bit').rename(tmp_path / 'small')
    dataset = build(config)
    change_size(tmp_path / dataset.frames[0], CHANGES['half'])
    assert dataset.read(0)['image'].shape == (18, 30, 3)
    change_size(dataset.path_of(dataset.frames[1], 'semseg'), CHANGES['half'])
    with pytest.raises(DataError, match='or larger with the same aspect'):
        dataset.read(1)


@pytest.mark.parametrize('copy', ['cityscapes', 'kitti_raw', 'vkitti2'])
def test_neighbors_of_another_size(copy, tmp_path):
    config = write_copy(copy, tmp_path, neighbor_offsets=(1,))
    dataset = build(config)
    index = next(index for index, frame in enumerate(dataset.frames) if dataset.neighbor(frame, 1))
    path = dataset.neighbor(dataset.frames[index], 1)
    change_size(path, CHANGES['cropped'])
    with pytest.raises(DataError, match=rf'{path.name} has 60 x 32 pixels, but .* has 60 x 36'):
        dataset.read(index)
    assert any(path.name in message for message in faults_of(config))


@pytest.mark.parametrize('suffix', ['.png', '.jpg'])
def test_images_that_viewers_turn(suffix, tmp_path):
    config = write_copy('vkitti2', tmp_path)
    path = build(config).root / build(config).frames[0]
    exif = Image.Exif()
    for orientation in (1, 6):
        exif[0x0112] = orientation
        with Image.open(path) as image:
            pixels = image.copy()
        path.unlink()
        path = path.with_suffix(suffix)
        pixels.save(path, exif=exif)
        if orientation == 1:
            build(config).read(0)
    with pytest.raises(DataError, match=rf'{path.name} is rotated for display \(EXIF orientation 6\)'):
        build(config).read(0)
    assert any('EXIF orientation 6' in message for message in faults_of(config))


def test_an_image_among_others_of_another_size(tmp_path):
    """Its labels fit it, as after resizing part of a copy."""
    config = write_copy('synthia', tmp_path)
    dataset = build(config)
    frame = dataset.frames[0]
    for path in (dataset.root / frame, dataset.path_of(frame, 'semseg'), dataset.path_of(frame, 'depth')):
        change_size(path, CHANGES['half'])
    dataset.read(0)
    assert any('has 30 x 18 pixels, most have 60 x 36' in message for message in faults_of(config))


INTRINSICS = {
    'vkitti2': lambda root, row: write_text(root / 'Scene01/15-deg-left/intrinsic.txt', table(row)),
    'kitti_raw': lambda root, row: [write_text(path, projections(row)) for path in root.glob('*/calib_cam_to_cam.txt')],
    'scannet': lambda root, row: write_text(root / 'scans/scene0000_00/intrinsic/intrinsic_color.txt', matrix(row)),
}
ROWS = {
    'zero': '0 0 29.5 17',
    'nan': 'nan 40 29.5 17',
    'infinite': '40 40 inf 17',
    'negative': '-40 40 29.5 17',
    'outside': '40 40 299 17',
}


def table(row):
    return 'header\n' + ''.join(f'{frame} {camera} {row}\n' for frame in range(20) for camera in (0, 1))


def projections(row):
    fx, fy, u0, v0 = row.split()
    return ''.join(f'P_rect_0{camera}: {fx} 0 {u0} 4 0 {fy} {v0} 0.2 0 0 1 0.003\n' for camera in (2, 3))


def matrix(row):
    fx, fy, u0, v0 = row.split()
    return f'{fx} 0 {u0} 0\n0 {fy} {v0} 0\n0 0 1 0\n0 0 0 1\n'


@pytest.mark.parametrize('fault', ROWS)
@pytest.mark.parametrize('copy', INTRINSICS)
def test_intrinsics_that_no_camera_has(copy, fault, tmp_path):
    config = write_copy(copy, tmp_path)
    INTRINSICS[copy](tmp_path, ROWS[fault])
    dataset = build(config)
    place = next(index for index, frame in enumerate(dataset.frames) if 'Scene02' not in frame)
    with pytest.raises(DataError, match=r'focal lengths .* and the principal point') as refused:
        dataset.read(place)
    assert '.txt' in str(refused.value)
    assert str(refused.value) in faults_of(config)


def test_a_camera_of_a_larger_image(tmp_path):
    """Inside of the image, but far from its middle: images that were made smaller after the calibration."""
    config = write_copy('kitti_raw', tmp_path)
    INTRINSICS['kitti_raw'](tmp_path, '80 80 59 34')
    assert build(config).read(0)
    assert any('do not fit an image of 60 x 36 pixels' in message for message in faults_of(config))


@pytest.mark.parametrize('row', ['40 40 29.5', '', '40 40 29.5 17 1'])
def test_tables_with_missing_columns(row, tmp_path):
    config = write_copy('vkitti2', tmp_path)
    INTRINSICS['vkitti2'](tmp_path, row)
    assert any('expected 4; use the original file' in message for message in faults_of(config))


@pytest.mark.parametrize(
    'change',
    [
        {'baseline': 0},
        {'baseline': -0.2},
        {'baseline': float('nan')},
        {'fx': 0},
        {'fx': float('inf')},
    ],
)
def test_cameras_that_give_no_depth(change, tmp_path):
    config = write_copy('cityscapes', tmp_path, tasks=['depth'], neighbor_offsets=())
    camera = {key: {**CAMERA[key], **{k: v for k, v in change.items() if k in CAMERA[key]}} for key in CAMERA}
    for path in tmp_path.glob('camera/train/*/*.json'):
        path.write_text(json.dumps(camera))
    with pytest.raises(DataError, match=r'camera\.json(: expected JSON| has a baseline of .* expected positive)'):
        build(config).read(0)


def test_stereo_cameras_that_stand_in_one_place(tmp_path):
    config = write_copy('kitti_stereo', tmp_path, tasks=['depth'])
    for path in tmp_path.glob('training/calib_cam_to_cam/*'):
        path.write_text(projections('40 40 29.5 17'))
    with pytest.raises(DataError, match='the right camera is not to the right'):
        build(config).read(0)


CAMERA_FILES = {
    'vkitti2': '*/*/*trinsic.txt',
    'cityscapes': 'camera/**/*.json',
    'kitti_stereo': 'training/calib_cam_to_cam/*',
    'scannet': 'scans/*/intrinsic/*',
    'scannet 25k': 'scannet_frames_25k/*/intrinsics_color.txt',
}


@pytest.mark.parametrize('copy', CAMERA_FILES)
def test_classes_alone_need_no_cameras(copy, tmp_path):
    """No transform requires cameras; parts that need them report it, in training and in the check."""
    pipeline = [{'type': 'Resize', 'size': (18, 30)}, {'type': 'Pad', 'size': (20, 32)}]
    pipeline += [{'type': 'CenterCrop', 'size': (16, 24)}, {'type': 'PackSample'}]
    whole, config = (
        write_copy(copy, tmp_path / name, tasks=['semseg'], pipeline=pipeline, neighbor_offsets=())
        for name in ('whole', 'part')
    )
    assert 'intrinsics' in build(whole)[0]['data_samples']
    for path in list((tmp_path / 'part').glob(CAMERA_FILES[copy])):
        path.unlink()
    sample = build(config)[0]
    assert 'intrinsics' not in sample['data_samples']
    assert {fault.replace('/part/', '/whole/') for fault in faults_of(config)} == faults_of(whole)
    with pytest.raises(DataError, match=r'an objective needs intrinsics: .*is missing'):
        Batch({'images': sample['inputs'][None].float()}, [sample['data_samples']]).intrinsics()
    with pytest.raises(DataError, match=r'ChooseIntrinsics needs intrinsics: .*is missing'):
        ChooseIntrinsics('native').transform(build(config).read(0))
    if 'normals' in DATASETS.get(config['type']).label_fields:
        with pytest.raises(MTLBenchError, match='is missing'):
            build({**config, 'tasks': ['normals']})[0]
