"""ScanNet, exported scans and the sample of 25000 frames: two small scenes to train, two to validate, one to test.

Depth is half as large as the image, as it is smaller in the original.
"""

import numpy as np
from genuine_layout import HEIGHT, WIDTH, noise, room_depth, save, write_text

SCENES = {'train': ('scene0000_00', 'scene0001_01'), 'val': ('scene0011_00', 'scene0015_00'), 'test': ('scene0707_00',)}
RAW = {2: 5, 1: 1, 21: 1, 1163: 40, 22: 4, 90: 0}
"""The class of each raw id; the last has none."""
COLOR_K = np.array([[40.0, 0, 29.5, 0], [0, 42.0, 17, 0], [0, 0, 1, 0], [0, 0, 0, 1]])
NUMBERS = range(0, 130, 10)
LOST = 40


def write(root):
    """Every tenth frame; the camera is lost at number 40."""
    generator = np.random.default_rng(0)
    header = 'id\traw_category\tcategory\tcount\tnyu40id\teigen13id\tnyuClass\n'
    rows = (f'{raw}\tthing\tthing\t7\t{label or ""}\t3\tthing\n' for raw, label in RAW.items())
    write_text(root / 'scannetv2-labels.combined.tsv', header + ''.join(rows))
    for split, scenes in SCENES.items():
        write_text(root / f'scannetv2_{split}.txt', '\n'.join(scenes) + '\n')
        for scene in scenes:
            _write_scan(root / 'scans' / scene, generator)
            _write_sample(root / 'scannet_frames_25k' / scene, generator)


def pose(number):
    matrix = np.eye(4)
    matrix[:3, 3] = (number / 100, 0.5, 1.25)
    return np.full((4, 4), -np.inf) if number == LOST else matrix


def stored_depth():
    depth = np.round(room_depth()[::2, ::2] * 1000).astype(np.uint16)
    depth[0, 0] = 0
    return depth


def raw_labels():
    return np.resize(np.array([0, *RAW], np.uint16), (HEIGHT, WIDTH))


def _write_scan(folder, generator):
    for number in NUMBERS:
        save(folder / f'color/{number}.jpg', noise(generator))
        save(folder / f'depth/{number}.png', stored_depth())
        save(folder / f'label-filt/{number}.png', raw_labels())
        write_text(folder / f'pose/{number}.txt', _text(pose(number)))
    write_text(folder / 'intrinsic/intrinsic_color.txt', _text(COLOR_K))


def _write_sample(folder, generator):
    for number in (0, 100):
        save(folder / f'color/{number:06d}.jpg', noise(generator))
        save(folder / f'depth/{number:06d}.png', stored_depth())
        save(
            folder / f'label/{number:06d}.png', (np.arange(HEIGHT * WIDTH).reshape(HEIGHT, WIDTH) % 41).astype(np.uint8)
        )
        write_text(folder / f'pose/{number:06d}.txt', _text(pose(number)))
    write_text(folder / 'intrinsics_color.txt', _text(COLOR_K))


def _text(matrix):
    return '\n'.join(' '.join(f'{value:.6f}' for value in row) for row in matrix) + '\n'
