"""KITTI raw data, some short drives."""

import numpy as np
from genuine_layout import ground_depth, noise, save, write_text

DRIVES = {'2011_09_26_drive_0001': 12, '2011_09_26_drive_0095': 12, '2011_10_03_drive_0042': 10}
PROJECTIONS = {2: '40 0 29.5 4 0 40 17 0.2 0 0 1 0.003', 3: '40 0 29.5 -17 0 40 17 2.2 0 0 1 0.003'}


LISTS = {'eigen/test': (1,), 'eigen_zhou/train': (0, 2), 'eigen_zhou/val': (2,)}
"""Drives in each list of frames, by their position."""


def write(root):
    """Noise; both colored cameras; annotated depth of the frames that have both neighbors, in every other pixel."""
    generator = np.random.default_rng(0)
    for drive, frames in DRIVES.items():
        date = drive[:10]
        write_text(root / date / 'calib_cam_to_cam.txt', calibration())
        for camera in (2, 3):
            for frame in range(frames):
                save(root / date / f'{drive}_sync/image_{camera:02d}/data/{frame:010d}.png', noise(generator))
                if 0 < frame < frames - 1:
                    save(annotated(root, drive, frame, camera), stored_depth())
    for name, drives in LISTS.items():
        listed = [list(DRIVES)[number] for number in drives]
        lines = [f'{drive[:10]}/{drive}_sync {frame:010d} l' for drive in listed for frame in range(DRIVES[drive])]
        write_text(root / f'splits/{name}_files.txt', '\n'.join(lines) + '\n')


def annotated(root, drive, frame, camera=2):
    """The annotated depth of a frame; the drive of the test list is in the validation part."""
    part = 'val' if drive == '2011_09_26_drive_0095' else 'train'
    folder = root / f'data_depth_annotated/{part}/{drive}_sync/proj_depth/groundtruth/image_{camera:02d}'
    return folder / f'{frame:010d}.png'


def stored_depth():
    """Depth of the ground in 1/256 m, in every other column."""
    stored = np.rint(256 * ground_depth()).astype(np.uint16)
    stored[:, 1::2] = 0
    return stored


def calibration():
    """A date, as genuine, and the projections of the colored cameras."""
    lines = [f'P_rect_{camera:02d}: {numbers}' for camera, numbers in PROJECTIONS.items()]
    return '\n'.join(['calib_time: 09-Jan-2012 13:57:47', 'corner_dist: 9.950000e-02', *lines, ''])
