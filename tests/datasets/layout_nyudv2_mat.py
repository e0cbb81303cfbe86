"""NYUDv2 as the official file, in the axes in which HDF5 shows arrays of MATLAB, with the files beside it."""

import h5py
import numpy as np
from genuine_layout import HEIGHT, WIDTH, noise, room_depth
from scipy.io import savemat

FRAMES = 5
SPLITS = {'trainNdxs': (3, 1, 4), 'testNdxs': (5, 2)}
"""Frames of each split, counted from 1."""


def write(root):
    """Noise, labels 0 .. 894, a room whose depth grows from frame to frame; returns what was written by name."""
    generator = np.random.default_rng(0)
    root.mkdir(parents=True, exist_ok=True)
    content = {
        'images': np.stack([noise(generator) for _ in range(FRAMES)]),
        'depths': np.stack([(1 + number / 10) * room_depth() for number in range(FRAMES)]).astype(np.float32),
        'labels': np.stack([(np.arange(HEIGHT * WIDTH) + number).reshape(HEIGHT, WIDTH) % 895 for number in range(5)]),
    }
    content['labels'] = content['labels'].astype(np.uint16)
    with h5py.File(root / 'nyu_depth_v2_labeled.mat', 'w', userblock_size=512) as file:
        for name, values in content.items():
            # MATLAB's H x W x 3 x N, seen from the last axis to the first.
            reverse = np.moveaxis(values, 0, -1).T
            file.create_dataset(name, data=reverse, chunks=(1, *reverse.shape[1:]), compression='gzip')
    savemat(root / 'splits.mat', {name: np.array(frames, np.uint16)[:, None] for name, frames in SPLITS.items()})
    content['classes'] = generator.integers(1, 41, 894).astype(np.uint8)
    savemat(root / 'classMapping40.mat', {'mapClass': content['classes'][None]})
    return content
