"""Files of data sets that are missing, damaged, of another kind, or beside the others."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
from campaign import Fault, Plant, check, deleted, found, planted, refused, replaced, right, tool, train, written
from numpy.typing import NDArray
from PIL import Image
from place import Output, Place

VIDEO = 'vkitti2/Scene01/15-deg-left'
IMAGE = f'{VIDEO}/frames/rgb/Camera_0/rgb_00003.jpg'
CLASSES = f'{VIDEO}/frames/classSegmentation/Camera_0/classgt_00003.png'
DEPTH = f'{VIDEO}/frames/depth/Camera_0/depth_00003.png'
STREET = 'train/aachen/aachen_000000_000019'
DISPARITY = f'cityscapes/disparity/{STREET}_disparity.png'
LABELS = f'cityscapes/gtFine/{STREET}_gtFine_labelIds.png'
STREET_CAMERA = f'cityscapes/camera/{STREET}_camera.json'
KITTI = 'kitti_stereo/training/disp_occ_0/000000_10.png'
SCAN = 'scannet/scans/scene0000_00'
TRAIN = train('stl/s_vkitti2')
BEGUN = ('run/*',)
EVERY = ('--split', 'all')


def changed(path: str, change: Callable[[NDArray], NDArray]) -> Plant:
    """Change the pixels of an image, or the numbers of an array."""

    def plant(place: Place) -> None:
        file = place / path
        if file.suffix == '.npy':
            np.save(file, change(np.load(file)))
        else:
            pixels = cv2.imread(str(file), cv2.IMREAD_UNCHANGED)
            cv2.imwrite(str(file), np.ascontiguousarray(change(pixels)).astype(pixels.dtype))

    return plant


def changed_all(pattern: str, change: Callable[[NDArray], NDArray]) -> Plant:
    def plant(place: Place) -> None:
        place.make_ready(pattern)
        for path in sorted(place.root.glob(pattern)):
            changed(str(path.relative_to(place.root)), change)(place)

    return plant


def turned(path: str) -> Plant:
    """Let viewers turn an image."""

    def plant(place: Place) -> None:
        exif = Image.Exif()
        exif[0x0112] = 6
        with Image.open(place / path) as image:
            image.save(place / path, exif=exif)

    return plant


def beside(path: str, *names: str) -> Plant:
    """Put files that are no images beside one."""
    return lambda place: [((place / path).parent / name).write_bytes(b'\0') for name in names] and None


def saved_as(path: str, suffix: str) -> Plant:
    """Save an image once more in another format."""
    return lambda place: Image.open(place / path).save((place / path).with_suffix(suffix))


def renamed(pattern: str, suffix: str) -> Plant:
    def plant(place: Place) -> None:
        place.make_ready(pattern)
        for path in sorted(place.root.glob(pattern)):
            path.rename(path.with_suffix(suffix))

    return plant


def rewritten(path: str, change: Callable[[str], str | bytes]) -> Plant:
    """Change a text."""

    def plant(place: Place) -> None:
        content = change((place / path).read_text())
        (place / path).write_bytes(content if isinstance(content, bytes) else content.encode())

    return plant


def table(row: str) -> str:
    """Intrinsics of every frame."""
    rows = (f'{frame} {camera} {row}\n' for frame in range(11) for camera in (0, 1))
    return 'frame cameraID K[0,0] K[1,1] K[0,2] K[1,2]\n' + ''.join(rows)


def linked(path: str) -> Plant:
    """A link that leads nowhere, in place of a file."""

    def plant(place: Place) -> None:
        (place / path).unlink()
        (place / path).symlink_to('nowhere')

    return plant


def cut(path: str) -> Plant:
    return lambda place: (place / path).write_bytes((place / path).read_bytes()[:60]) and None


def written_panel(place: Place, output: Output) -> bool:
    return Path(place.root / 'browse').is_dir() and 'labeled_000' in output.text


FAULTS = [
    Fault(
        'classes half the size',
        planted(changed(CLASSES, lambda p: p[::2, ::2]), TRAIN),
        refused('classgt_00003', leaves=BEGUN),
    ),
    Fault(
        'classes of which rows were cut off',
        planted(changed(CLASSES, lambda p: p[4:]), check('vkitti2', *EVERY)),
        found('classgt_00003'),
    ),
    Fault(
        'depth that lies on its side',
        planted(changed(DEPTH, lambda p: p.T), check('vkitti2', *EVERY)),
        found('depth_00003'),
    ),
    Fault(
        'an image of one pixel',
        planted(changed(IMAGE, lambda p: p[:1, :1]), check('vkitti2', *EVERY)),
        found('rgb_00003', '1 x 1'),
    ),
    Fault(
        'an image that viewers turn',
        planted(turned(IMAGE), check('vkitti2', *EVERY)),
        found('rgb_00003', 'orientation'),
    ),
    Fault(
        'an image that viewers turn, in training',
        planted(turned(IMAGE), TRAIN),
        refused('rgb_00003', 'EXIF', leaves=BEGUN),
    ),
    Fault(
        'aerial classes of another size than their patch',
        planted(
            changed('potsdam/patches_512/label/2_10_0_0_512_512.png', lambda p: p[:256]),
            check('potsdam', '--split', 'train'),
        ),
        found('2_10_0_0_512_512', '512 x 256'),
    ),
    Fault(
        'depth of a room with another aspect',
        planted(changed(f'{SCAN}/depth/0.png', lambda p: p[:, 5:]), check('scannet', '--split', 'train')),
        found('depth/0.png', 'aspect'),
    ),
    Fault(
        'a video frame of another size',
        planted(
            changed(
                'kitti_raw/2011_09_26/2011_09_26_drive_0001_sync/image_02/data/0000000000.png', lambda p: p[::2, ::2]
            ),
            check('kitti_raw'),
        ),
        found('0000000000.png', '30 x 18'),
    ),
    Fault(
        'a frame as png and as jpg',
        planted(saved_as(IMAGE, '.png'), check('vkitti2', *EVERY)),
        found('11 frames', 'rgb_00003.png', 'same'),
    ),
    Fault(
        'files of viewers beside the frames',
        planted(beside(IMAGE, '._rgb_00003.jpg', 'rgb_foo.jpg', 'Thumbs.db', '.DS_Store'), TRAIN),
        right(),
    ),
    Fault(
        'files of viewers, in the check',
        planted(beside(IMAGE, 'rgb_foo.jpg', 'Thumbs.db'), check('vkitti2', *EVERY)),
        found('11 frames', 'rgb_foo.jpg', 'Thumbs.db'),
    ),
    Fault(
        'a link that leads nowhere',
        planted(linked(IMAGE), check('vkitti2', *EVERY)),
        found('rgb_00003.jpg', 'broken link'),
    ),
    Fault(
        'a folder named like a frame',
        planted(lambda place: (place / IMAGE).with_suffix('.png').mkdir(), check('vkitti2', *EVERY)),
        found('11 frames', 'rgb_00003.png', 'folder'),
    ),
    Fault('suffixes in capitals', planted(renamed('vkitti2/*/*/frames/rgb/*/*.jpg', '.JPG'), TRAIN), right()),
    Fault('the suffix jpeg', planted(renamed('vkitti2/*/*/frames/rgb/*/*.jpg', '.jpeg'), TRAIN), right()),
    Fault(
        'a list with a byte order mark and empty lines',
        planted(
            rewritten('nyudv2/gt_sets/train.txt', lambda text: '\ufeff' + text.replace('\n', '  \r\n\r\n')),
            tool('browse_dataset', 'nyudv2', '--root', 'nyudv2', '--count', '1'),
        ),
        right(written_panel),
    ),
    Fault(
        'a list of the odometry benchmark',
        planted(
            written('kitti_raw/list.txt', '00 4 l\n'),
            check('kitti_raw', '--cfg-options', 'train_dataloader.video.dataset.split_files.train=list.txt'),
        ),
        found('odometry'),
    ),
    Fault(
        'a list of frames that is not there',
        planted(
            deleted('kitti_raw/splits/eigen/test_files.txt'),
            tool('check_dataset', 'kitti_raw_eigen', '--root', 'kitti_raw', '--jobs', '1'),
        ),
        found('test_files.txt is missing', 'monodepth2'),
    ),
    Fault(
        'annotated depth that is not unpacked',
        planted(
            deleted('kitti_raw/data_depth_annotated'),
            tool('check_dataset', 'kitti_raw_eigen', '--root', 'kitti_raw', '--jobs', '1'),
        ),
        found('annotated depth', 'unpack'),
    ),
    Fault(
        'two packages in one folder',
        planted(written('nyudv2/nyu_depth_v2_labeled.mat', 'no'), check('nyudv2')),
        found('gt_sets', 'nyu_depth_v2_labeled.mat', 'move one of them'),
    ),
    Fault('a folder without a package', planted(deleted('nyudv2/gt_sets'), check('nyudv2')), found('holds no package')),
    Fault(
        'intrinsics of nothing',
        planted(written(f'{VIDEO}/intrinsic.txt', table('0 0 48 24')), check('vkitti2')),
        found('intrinsic.txt', 'positive'),
    ),
    Fault(
        'intrinsics that are no numbers',
        planted(replaced(STREET_CAMERA, '50.0', 'NaN'), check('cityscapes')),
        found('000019_camera.json'),
    ),
    Fault(
        'intrinsics without their last column',
        planted(written(f'{VIDEO}/intrinsic.txt', table('40 40 48')), TRAIN),
        refused('intrinsic.txt'),
    ),
    Fault(
        'a disparity of 65535 everywhere',
        planted(changed(DISPARITY, lambda p: 0 * p + 65535), check('cityscapes')),
        found('same depth'),
    ),
    Fault(
        'training ids in place of label ids',
        planted(changed(LABELS, lambda p: p % 19), check('cityscapes')),
        found('labelIds', 'training ids'),
    ),
    Fault(
        'a depth map in place of a disparity',
        planted(changed(KITTI, lambda p: 1.4e6 / np.maximum(p, 80)), check('kitti_stereo')),
        found('000000_10.png', 'disparity'),
    ),
    Fault(
        'edges of 128',
        planted(changed('nyudv2/edge/0004.png', lambda p: p // 2 + p % 2), check('nyudv2')),
        found('0004.png', '128'),
    ),
    Fault(
        'maps of 13 classes in place of 40',
        planted(changed_all('nyudv2/segmentation/*.png', lambda p: p % 14), check('nyudv2')),
        found('other classes'),
    ),
    Fault(
        'depth in millimeters',
        planted(changed('nyudv2/depth/0003.npy', lambda p: p * 1000), check('nyudv2')),
        found('unit'),
    ),
    Fault(
        'normals of which y points up',
        planted(changed('nyudv2/normals/0003.npy', lambda p: p * (1, -1, 1)), check('nyudv2')),
        found('0003.npy', 'y point up'),
    ),
    Fault(
        'one scene of two',
        planted(deleted('scannet/scans/scene0001_01'), check('scannet', '--split', 'train')),
        found('1 of 2 scenes'),
    ),
    Fault(
        'a share of a part of the frames',
        check('cityscapes', '--cfg-options', 'train_dataloader.labeled.dataset.subset=0.5'),
        found('expected 2975'),
    ),
    Fault('classes alone without cameras', planted(deleted(f'{VIDEO}/intrinsic.txt'), TRAIN), right()),
    Fault(
        'normals without cameras',
        planted(deleted('vkitti2/*/15-deg-left/intrinsic.txt'), train('stl/n_vkitti2')),
        refused('intrinsic.txt'),
    ),
    Fault('a depth file cut off', planted(cut(DEPTH), check('vkitti2', *EVERY)), found('depth_00003', 'decoded')),
    Fault(
        'a sheet where none can be written',
        tool('browse_dataset', 'vkitti2', '--root', 'vkitti2', '--count', '1', '--sheet', 'vkitti2/RENDERED/sheet.xyz'),
        refused('sheet.xyz'),
    ),
    Fault('tiles of no folder', tool('convert_isprs', 'potsdam', '--src', 'tiles', '--out', 'own'), refused('tiles')),
]
