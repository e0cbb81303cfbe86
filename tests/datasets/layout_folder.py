"""Own images in the folders ``train`` and ``val``, with classes, depth and a camera that a config may name."""

import json

import numpy as np
from genuine_layout import HEIGHT, WIDTH, ground_depth, noise, save, write_text

CAMERA = {'fx': 40.0, 'fy': 42.0, 'cx': 29.5, 'cy': 17.0}
OPTIONS = {'camera': {'files': 'camera.json'}}
IDS = {0: 'road', 7: 'car', 300: 'sky'}


def write(root):
    """Return the ids as stored, by the name of the frame."""
    generator, ids = np.random.default_rng(0), {}
    for split, count in (('train', 4), ('val', 2)):
        for number in range(count):
            name = f'{split}/{number:03d}'
            save(root / f'images/{name}.png', noise(generator))
            ids[name] = generator.choice([*IDS, 9], (HEIGHT, WIDTH)).astype(np.uint16)
            save(root / f'classes/{name}.png', ids[name])
            save(root / f'depth/{name}.png', (1000 * ground_depth() + 10 * number).astype(np.uint16))
    write_text(root / 'camera.json', json.dumps(CAMERA))
    return ids
