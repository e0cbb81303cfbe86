"""KITTI Stereo 2015, some images with labels and some without."""

import numpy as np
from genuine_layout import HEIGHT, WIDTH, ground_depth, noise, save, write_text
from layout_kitti_raw import calibration

RIG = 4 - -17
"""Meters times pixels, by the calibration."""


def write(root, frames=10):
    """Noise over a ground plane; a quarter of the pixels has no disparity."""
    generator = np.random.default_rng(0)
    for number in range(frames):
        for part in ('training', 'testing'):
            write_text(root / part / f'calib_cam_to_cam/{number:06d}.txt', calibration())
            for later in (10, 11):
                save(root / part / f'image_2/{number:06d}_{later}.png', noise(generator))
        labels = generator.integers(0, 34, (HEIGHT, WIDTH)).astype(np.uint8)
        save(root / f'training/semantic/{number:06d}_10.png', labels)
        disparity = RIG / ground_depth() * generator.uniform(0.9, 1.1, (HEIGHT, WIDTH))
        stored = np.rint(256 * disparity) * (generator.random((HEIGHT, WIDTH)) > 0.25)
        save(root / f'training/disp_occ_0/{number:06d}_10.png', stored.astype(np.uint16))
