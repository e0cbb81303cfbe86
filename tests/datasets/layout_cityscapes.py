"""Cityscapes, a few frames of two cities a split."""

import json

import numpy as np
from genuine_layout import HEIGHT, WIDTH, ground_depth, noise, save, write_text

CAMERA = {
    'extrinsic': {'baseline': 0.2, 'pitch': 0.0, 'roll': 0.0, 'x': 1.7, 'y': 0.1, 'yaw': 0.0, 'z': 1.2},
    'intrinsic': {'fx': 50.0, 'fy': 52.0, 'u0': 30.0, 'v0': 18.0},
}
CITIES = {
    'train': ('aachen', 'ulm'),
    'val': ('frankfurt', 'lindau'),
    'test': ('berlin', 'munich'),
    'train_extra': ('bamberg', 'troisdorf'),
}


def write(root, splits=tuple(CITIES), frames=3):
    """Frame 19 of each snippet has labels, over a ground plane; 18 to 20 are video, gray, as bright as their number."""
    generator = np.random.default_rng(0)
    for split in splits:
        for city in CITIES[split]:
            for number in range(frames):
                _write_frame(root, generator, f'{split}/{city}/{city}_{number:06d}', split)


def _write_frame(root, generator, stem, split):
    save(root / f'leftImg8bit/{stem}_000019_leftImg8bit.png', noise(generator))
    rig = CAMERA['extrinsic']['baseline'] * CAMERA['intrinsic']['fx']
    stored = np.rint(256 * rig / ground_depth() * generator.uniform(0.9, 1.1, (HEIGHT, WIDTH))).astype(np.uint16) + 1
    stored[0, :3] = (0, 1, 2)
    save(root / f'disparity/{stem}_000019_disparity.png', stored)
    write_text(root / f'camera/{stem}_000019_camera.json', json.dumps(CAMERA))
    if split == 'train_extra':
        return
    labels = generator.integers(0, 34, (HEIGHT, WIDTH)).astype(np.uint8)
    save(root / f'gtFine/{stem}_000019_gtFine_labelIds.png', labels)
    for neighbor in (18, 19, 20):
        gray = np.full((HEIGHT, WIDTH, 3), neighbor, np.uint8)
        save(root / f'leftImg8bit_sequence/{stem}_{neighbor:06d}_leftImg8bit.png', gray)
