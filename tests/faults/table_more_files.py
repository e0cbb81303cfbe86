"""Further files that are missing, copied, shifted or of another kind, and where tools write."""

from __future__ import annotations

import gzip
import shutil
from pathlib import Path

import numpy as np
from campaign import Fault, Plant, check, found, planted, refused, replaced, right, says, tool, train, written
from place import Place
from table_commands import PNG, panels, partly, photos, predict
from table_data import (
    BEGUN,
    CLASSES,
    DEPTH,
    EVERY,
    IMAGE,
    STREET,
    STREET_CAMERA,
    TRAIN,
    VIDEO,
    changed,
    changed_all,
    table,
)

FRAMES = f'{VIDEO}/frames'
LISTED = 'nyudv2/depth/0003.npy'


def copied_tree(old: str, new: str) -> Plant:
    return lambda place: shutil.copytree(place / old, place.root / new) and None


def over_others(path: str, pattern: str) -> Plant:
    """Put a copy of one file in place of all others."""

    def plant(place: Place) -> None:
        content = (place / path).read_bytes()
        for other in place.root.glob(pattern):
            other.write_bytes(content)

    return plant


def zipped(path: str) -> Plant:
    return lambda place: (place / path).write_bytes(gzip.compress((place / path).read_bytes())) and None


def saved(path: str, values: object) -> Plant:
    """Save other numbers in place of an array's."""
    return lambda place: np.save(place / path, np.asarray(values), allow_pickle=True)


def stored_as(path: str, dtype: str, order: str = 'C') -> Plant:
    return lambda place: np.save(place / path, np.asarray(np.load(place / path), dtype, order=order))


def in_circles(path: str) -> Plant:
    """A folder that is a link to itself."""

    def plant(place: Place) -> None:
        shutil.rmtree(place / path)
        (place / path).symlink_to(Path(path).name)

    return plant


FAULTS = [
    Fault(
        'a copy of a scene beside it',
        planted(copied_tree('vkitti2/Scene01', 'vkitti2/Scene01 copy'), check('vkitti2', *EVERY)),
        found('11 frames', 'Scene01 copy'),
    ),
    Fault(
        'a hidden copy of a city',
        planted(
            copied_tree('cityscapes/leftImg8bit/train/ulm', 'cityscapes/leftImg8bit/train/.ulm'),
            check('cityscapes', '--tasks', 'semseg'),
        ),
        found('6 frames', '.ulm/ulm_000000_000019_leftImg8bit.png is not named'),
    ),
    Fault(
        'classes of one frame in place of all others',
        planted(over_others(CLASSES, f'{FRAMES}/classSegmentation/*/*.png'), check('vkitti2', *EVERY)),
        found('semseg: 11 of 11', 'same pixels'),
    ),
    Fault(
        'one image in place of all others',
        planted(over_others(IMAGE, f'{FRAMES}/rgb/*/*.jpg'), check('vkitti2', *EVERY)),
        found('image: 11 of 11', 'same pixels'),
    ),
    Fault(
        'edges and the rest swapped',
        planted(changed('nyudv2/edge/0004.png', lambda pixels: 255 - pixels), check('nyudv2')),
        found('0004.png', 'swapped'),
    ),
    Fault(
        'a list with a name too long for a file',
        planted(written('nyudv2/gt_sets/train.txt', '0003\n' + 'x' * 3000), check('nyudv2')),
        found('does not exist; 1 of 2 images'),
    ),
    Fault(
        'two rows of intrinsics for a frame',
        planted(replaced(f'{VIDEO}/intrinsic.txt', '3 0 ', '2 0 '), check('vkitti2', *EVERY)),
        found('intrinsic.txt'),
    ),
    Fault(
        'digits of another script',
        planted(written(f'{FRAMES}/rgb/Camera_0/rgb_0000٣.jpg', PNG), TRAIN),
        right(),
    ),
    Fault('an image that was zipped', planted(zipped(IMAGE), TRAIN), refused('rgb_00003', 'decoded', leaves=BEGUN)),
    Fault(
        'an image that was zipped, read by another process',
        planted(zipped(IMAGE), train('stl/s_vkitti2', 'train_dataloader.labeled.num_workers=2')),
        refused('rgb_00003', 'decoded', leaves=BEGUN),
    ),
    Fault('intrinsics that were zipped', planted(zipped(STREET_CAMERA), check('cityscapes')), found('camera.json')),
    Fault(
        'depth with 8 bits',
        planted(
            lambda place: (place / DEPTH).write_bytes(PNG) and None,
            check('vkitti2', *EVERY),
        ),
        found('depth_00003', '16-bit'),
    ),
    Fault(
        'depth of meters for centimeters',
        planted(changed_all(f'{FRAMES}/depth/*/*.png', lambda p: p // 100), check('vkitti2', *EVERY)),
        found('unit'),
    ),
    Fault('an array of objects', planted(saved(LISTED, [{'depth': 1}]), check('nyudv2')), found('0003.npy')),
    Fault(
        'an array of complex numbers',
        planted(saved(LISTED, np.ones((36, 60), complex)), check('nyudv2')),
        found('real numbers'),
    ),
    Fault(
        'depth of infinity',
        planted(saved(LISTED, np.full((36, 60), np.inf)), check('nyudv2')),
        found('no pixel is valid'),
    ),
    Fault(
        'arrays of other layouts',
        planted(stored_as(LISTED, '>f8', 'F'), tool('browse_dataset', 'nyudv2', '--root', 'nyudv2', '--count', '1')),
        right(says('labeled_000')),
    ),
    Fault(
        'a folder of images that leads to itself',
        planted(in_circles(f'{FRAMES}/rgb'), check('vkitti2', *EVERY)),
        found('Camera_0', 'cannot be listed'),
    ),
    Fault(
        'a camera of another size',
        planted(written(f'{VIDEO}/intrinsic.txt', table('725 725 620 187')), check('vkitti2', *EVERY)),
        found('intrinsic.txt', 'resized or cropped'),
    ),
    Fault(
        'a baseline in centimeters',
        planted(
            *(
                replaced(f'cityscapes/camera/train/{city}/{city}_00000{number}_000019_camera.json', ': 0.2', ': 20.0')
                for city in ('aachen', 'ulm')
                for number in range(3)
            ),
            check('cityscapes'),
        ),
        found('unit'),
    ),
    Fault(
        'colors in place of label ids',
        planted(
            lambda place: (place / f'cityscapes/gtFine/{STREET}_gtFine_labelIds.png').write_bytes(PNG) and None,
            check('cityscapes'),
        ),
        found('labelIds', 'RGB'),
    ),
    Fault(
        'photographs whose names leave no room for more',
        planted(
            written('photos/' + 'l' * 251 + '.png', PNG), *photos(z__png=PNG), predict('photos', '--out', 'panels')
        ),
        right(panels(f'{"l" * 240}.png', 'z.png')),
    ),
    Fault(
        'a damaged photograph with a line break in its name',
        planted(*photos(z__png=PNG), written('photos/a\nb.png', 'x'), predict('photos', '--out', 'panels')),
        partly('1 of 2 images', 'z.png'),
    ),
    Fault(
        'a damaged frame with a terminal escape in its path',
        planted(
            lambda place: (place / 'nyudv2').rename(place.root / 'nyu\x1b[1m') and None,
            written('nyu\x1b[1m/segmentation/0003.png', 'x'),
            tool('check_dataset', 'nyudv2', '--root', 'nyu\x1b[1m', '--jobs', '1'),
        ),
        found('0003.png', '\\x1b[1m'),
    ),
    Fault(
        'crops of nothing',
        tool(
            'train',
            'stl/s_vkitti2',
            '--profile',
            'tiny.py',
            '--data-root',
            'vkitti2',
            '--work-dir',
            'run',
            '--cfg-options',
            'train_dataloader.labeled.dataset.pipeline.0.size=(0,0)',
        ),
        refused('size', leaves=BEGUN),
    ),
    Fault(
        'patches finer than any memory',
        planted(
            written('tiles/notes.txt', ''),
            tool('convert_isprs', 'vaihingen', '--src', 'tiles', '--out', 'own', '--gsd', '1e-9'),
        ),
        refused('gsd'),
    ),
]
