"""Synscapes, some images of each split."""

import json

import numpy as np
from genuine_layout import HEIGHT, WIDTH, ground_depth, noise, save, write_text

NUMBERS = (1, 2, 10, 20000, 20001, 20002, 21001)
CAMERA = {'fx': 40.0, 'fy': 42.0, 'u0': 29.5, 'v0': 17.0, 'resx': WIDTH, 'resy': HEIGHT}


def write(root):
    """Depth as ``.npy``, which needs no optional package."""
    generator = np.random.default_rng(0)
    for number in NUMBERS:
        save(root / f'img/rgb/{number}.png', noise(generator))
        save(root / f'img/class/{number}.png', generator.integers(0, 34, (HEIGHT, WIDTH)).astype(np.uint8))
        write_text(root / f'meta/{number}.json', json.dumps({'camera': {'intrinsic': CAMERA}}))
        depth = root / f'img/depth/{number}.npy'
        depth.parent.mkdir(parents=True, exist_ok=True)
        np.save(depth, ground_depth().astype(np.float32))
