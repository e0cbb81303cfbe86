"""Cityscapes in MTAN's package: numbered arrays, three frames a split."""

import numpy as np
from genuine_layout import ground_depth
from layout_nyuv2_mtan import FRAMES, colors, ids, write_arrays

RIG = 473.575


def write(root):
    """Noise, every id of both sets with -1 for ignored pixels, inverse depth of a ground plane with holes."""
    generator = np.random.default_rng(0)
    for split in ('train', 'val'):
        for number in range(FRAMES):
            write_arrays(
                root / split,
                number,
                image=colors(generator),
                label_7=ids(7).astype(np.float32),
                label_19=ids(19).astype(np.float32),
                depth=(stored_disparity() / 65535).astype(np.float32)[..., None],
            )


def stored_disparity():
    """The 16-bit disparity of the original files; the first pixel is missing, the second at infinity."""
    stored = np.rint(256 * RIG / ground_depth()).clip(2, 65535) + 1
    stored[0, :2] = (0, 1)
    return stored.clip(max=65535)
