"""NYUDv2 in the multi-task package, three frames a split: the first in the older form, the others in the newer."""

import numpy as np
from genuine_layout import HEIGHT, WIDTH, ground_depth, noise, room_depth, save, write_text

STEMS = {'train': ('0003', '0004', '0007'), 'val': ('0001', '0002', '0005')}


def write(root):
    """Noise, every label id, depth of a ground plane with a hole, its normals, edges in every fifth column."""
    generator = np.random.default_rng(0)
    for split, stems in STEMS.items():
        write_text(root / f'gt_sets/{split}.txt', '\n'.join(stems) + '\n')
        for number, stem in enumerate(stems):
            labels = np.arange(HEIGHT * WIDTH).reshape(HEIGHT, WIDTH) % 41
            save(root / f'segmentation/{stem}.png', labels.astype(np.uint8))
            image = root / f'images/{stem}.{"png" if number else "jpg"}'
            save(image, noise(generator))
            (_write_images if number else _write_arrays)(root, stem)


def directions():
    """Normals of ground and wall: x right, y down, z towards the camera; one pixel is invalid."""
    wall = ground_depth() >= 30
    normals = np.where(wall[..., None], (0.0, 0.0, 1.0), (0.0, -0.8, 0.6))
    normals[1, 2] = 0
    return normals.astype(np.float32)


def edges():
    return (np.arange(WIDTH) % 5 == 0).astype(np.uint8)[None].repeat(HEIGHT, 0)


def _write_arrays(root, stem):
    _save_depth(root, stem)
    for kind, values in (('normals', directions()), ('edge', edges().astype(np.float32))):
        (root / kind).mkdir(exist_ok=True)
        np.save(root / kind / f'{stem}.npy', values)


def _write_images(root, stem):
    _save_depth(root, stem)
    save(root / f'normals/{stem}.png', np.rint((directions() + 1) / 2 * 255).astype(np.uint8))
    save(root / f'edge/{stem}.png', edges() * np.uint8(255))


def _save_depth(root, stem):
    depth = room_depth().astype(np.float32)
    depth[0, :3] = (0, -1, np.nan)
    (root / 'depth').mkdir(exist_ok=True)
    np.save(root / 'depth' / f'{stem}.npy', depth)
