"""Virtual KITTI 2, a few frames of two scenes."""

import numpy as np
from genuine_layout import FOCAL, HEIGHT, HORIZON, WIDTH, ground_depth, save

from mtlbench.class_sets.vkitti2 import CLASSES

INTRINSICS = np.array([[FOCAL, 0, 29.5], [0, FOCAL, HORIZON], [0, 0, 1]])


def write(root, scenes=('Scene01', 'Scene02'), variation='15-deg-left', frames=10, modality='classSegmentation'):
    """Every frame has another image and other classes; returns the ids written, by scene and frame."""
    generator, ids_of = np.random.default_rng(0), {}
    palette = np.array([*CLASSES.values(), (0, 0, 0)], np.uint8)
    for scene in scenes:
        base = root / scene / variation
        for frame in range(frames):
            ids = ids_of[scene, frame] = generator.integers(0, 15, (HEIGHT, WIDTH))
            image = np.full((HEIGHT, WIDTH, 3), (10 + frame, 100, 0), np.uint8)
            image[..., 2] = 100 + np.arange(WIDTH)
            save(base / f'frames/rgb/Camera_0/rgb_{frame:05d}.jpg', image)
            save(base / f'frames/{modality}/Camera_0/classgt_{frame:05d}.png', palette[ids])
            depth = np.round(ground_depth() * 100).astype(np.uint16)
            depth[0, :3] = (65535, 0, 3000 - frame)
            save(base / f'frames/depth/Camera_0/depth_{frame:05d}.png', depth)
        header = 'frame cameraID K[0,0] K[1,1] K[0,2] K[1,2]'
        rows = [f'{frame} {camera} 40 40 29.5 17' for frame in range(frames) for camera in (0, 1)]
        (base / 'intrinsic.txt').write_text('\n'.join([header, *rows]) + '\n')
    return ids_of
