"""NYUv2 in MTAN's package: numbered arrays, three frames a split, with the types that were met."""

import numpy as np
from genuine_layout import HEIGHT, WIDTH, noise, room_depth
from layout_nyudv2 import directions

FRAMES = 3
TYPES = (np.float32, np.float64, np.int64)
"""Of the labels of each frame."""


def write(root):
    """Noise, every id with -1 for ignored pixels, depth of a ground plane with a hole, its normals."""
    write_splits(
        root, lambda number: dict(label=ids(13).astype(TYPES[number]), depth=stored_depth(), normal=directions())
    )


def write_splits(root, labels_of):
    """Images of noise, and the arrays of ``labels_of(number)`` by kind."""
    generator = np.random.default_rng(0)
    for split in ('train', 'val'):
        for number in range(FRAMES):
            image = (noise(generator) / 255).astype(np.float32)
            write_arrays(root / split, number, image=image, **labels_of(number))


def write_arrays(folder, number, **arrays):
    for kind, values in arrays.items():
        (folder / kind).mkdir(parents=True, exist_ok=True)
        np.save(folder / kind / f'{number}.npy', values)


def ids(classes):
    """Ids -1 .. ``classes`` - 1 in turn."""
    return np.arange(HEIGHT * WIDTH).reshape(HEIGHT, WIDTH) % (classes + 1) - 1


def stored_depth():
    depth = room_depth().astype(np.float32)
    depth[0, :3] = (0, -1, np.nan)
    return depth[..., None]
