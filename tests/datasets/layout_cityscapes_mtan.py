"""Cityscapes in MTAN's package: numbered arrays, three frames a split."""

import numpy as np
from genuine_layout import ground_depth
from layout_nyuv2_mtan import ids, write_splits

RIG = 473.575


def write(root):
    """Noise, every id of both sets with -1 for ignored pixels, inverse depth of a ground plane with holes."""
    classes = {f'label_{count}': ids(count).astype(np.float32) for count in (7, 19)}
    depth = (stored_disparity() / 65535).astype(np.float32)[..., None]
    write_splits(root, lambda number: dict(**classes, depth=depth))


def stored_disparity():
    """The 16-bit disparity of the original files; the first pixel is missing, the second at infinity."""
    stored = np.rint(256 * RIG / ground_depth()).clip(2, 65535) + 1
    stored[0, :2] = (0, 1)
    return stored.clip(max=65535)
