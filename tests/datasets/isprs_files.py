"""Tiles of the ISPRS sets as delivered, and the patches that are cut from them."""

import numpy as np
from genuine_layout import save

from mtlbench.class_sets.isprs import CLASSES

PALETTE = np.array([*CLASSES.values(), (0, 0, 0)], np.uint8)
BLACK = len(CLASSES)


def blocky(generator, shape, high, edge=4):
    """Random numbers, equal in squares of ``edge`` pixels."""
    rows, columns = (-(-length // edge) for length in shape)
    small = generator.integers(0, high, (rows, columns))
    return small.repeat(edge, 0).repeat(edge, 1)[: shape[0], : shape[1]]


def write_tile(root, tree, tile, shape, generator, kinds=('img', 'label', 'label_noBoundary', 'height')):
    """The files of one tile, unrelated to each other; returns the class numbers by kind, the image and the grays."""
    made = {
        'img': generator.integers(0, 256, (*shape, 3)).astype(np.uint8),
        'label': blocky(generator, shape, BLACK),
        'label_noBoundary': blocky(generator, shape, BLACK + 1),
        'height': blocky(generator, shape, 200, 16).astype(np.uint8),
    }
    for kind in kinds:
        pixels = PALETTE[made[kind]] if kind.startswith('label') else made[kind]
        save(tree.files[kind].path(root, tile), pixels)
    return made


def write_patches(root, tiles):
    """Two patches a tile, with all six classes and the ignored one."""
    generator = np.random.default_rng(0)
    ids = np.array([*range(len(CLASSES)), 255], np.uint8)
    for tile in tiles:
        for left in (0, 256):
            name = f'{tile}_{left}_0_{left + 512}_512.png'
            flat = blocky(generator, (512, 512), 256, 32).astype(np.uint8)
            save(root / 'patches_512/img' / name, np.stack([flat, flat.T, 255 - flat], -1))
            save(root / 'patches_512/label' / name, ids[blocky(generator, (512, 512), 7, 16)])
            save(root / 'patches_512/height' / name, blocky(generator, (512, 512), 200, 16).astype(np.uint8))
