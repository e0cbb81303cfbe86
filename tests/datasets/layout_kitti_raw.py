"""KITTI raw data, some short drives."""

import numpy as np
from genuine_layout import noise, save, write_text

DRIVES = {'2011_09_26_drive_0001': 12, '2011_09_26_drive_0095': 12, '2011_10_03_drive_0042': 10}
PROJECTIONS = {2: '40 0 29.5 4 0 40 17 0.2 0 0 1 0.003', 3: '40 0 29.5 -17 0 40 17 2.2 0 0 1 0.003'}


def write(root):
    """Noise; both colored cameras."""
    generator = np.random.default_rng(0)
    for drive, frames in DRIVES.items():
        date = drive[:10]
        write_text(root / date / 'calib_cam_to_cam.txt', calibration())
        for camera in (2, 3):
            for frame in range(frames):
                save(root / date / f'{drive}_sync/image_{camera:02d}/data/{frame:010d}.png', noise(generator))


def calibration():
    """A date, as genuine, and the projections of the colored cameras."""
    lines = [f'P_rect_{camera:02d}: {numbers}' for camera, numbers in PROJECTIONS.items()]
    return '\n'.join(['calib_time: 09-Jan-2012 13:57:47', 'corner_dist: 9.950000e-02', *lines, ''])
