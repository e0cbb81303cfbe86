"""Writers of small datasets in their genuine layouts and encodings."""

import json

import cv2
import numpy as np
from PIL import Image

from mtlbench.datasets.vkitti2 import CLASSES

HEIGHT, WIDTH = 36, 60
INTRINSICS_VKITTI2 = np.array([[40.0, 0, 29.5], [0, 40.0, 17.0], [0, 0, 1]])
CAMERA = {
    'extrinsic': {'baseline': 0.2, 'pitch': 0.0, 'roll': 0.0, 'x': 1.7, 'y': 0.1, 'yaw': 0.0, 'z': 1.2},
    'intrinsic': {'fx': 50.0, 'fy': 52.0, 'u0': 30.0, 'v0': 18.0},
}


def save(path, array):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(array).save(path)


def ground_depth(height=HEIGHT, width=WIDTH):
    """A ground plane 1.5 m below the camera up to 30 m, a wall there behind it."""
    rows = np.maximum(np.arange(height) - INTRINSICS_VKITTI2[1, 2], 1e-6)
    return np.minimum(1.5 * INTRINSICS_VKITTI2[1, 1] / rows, 30.0)[:, None].repeat(width, 1)


def write_vkitti2(
    root, scenes=('Scene01', 'Scene02'), variation='15-deg-left', frames=10, modality='classSegmentation'
):
    """Every frame has another picture and other classes; returns the ids written, by scene and frame."""
    generator, ids_of = np.random.default_rng(0), {}
    palette = np.array([*CLASSES.values(), (0, 0, 0)], np.uint8)
    for scene in scenes:
        base = root / scene / variation
        for frame in range(frames):
            ids = ids_of[scene, frame] = generator.integers(0, 15, (HEIGHT, WIDTH))
            picture = np.full((HEIGHT, WIDTH, 3), (10 + frame, 100, 0), np.uint8)
            picture[..., 2] = 100 + np.arange(WIDTH)
            save(base / f'frames/rgb/Camera_0/rgb_{frame:05d}.jpg', picture)
            save(base / f'frames/{modality}/Camera_0/classgt_{frame:05d}.png', palette[ids])
            depth = np.round(ground_depth() * 100).astype(np.uint16)
            depth[0, :2] = (65535, 0)
            save(base / f'frames/depth/Camera_0/depth_{frame:05d}.png', depth)
        header = 'frame cameraID K[0,0] K[1,1] K[0,2] K[1,2]'
        rows = [f'{frame} {camera} 40 40 29.5 17' for frame in range(frames) for camera in (0, 1)]
        (base / 'intrinsic.txt').write_text('\n'.join([header, *rows]) + '\n')
    return ids_of


def write_cityscapes(root, split='train', cities=('aachen', 'ulm'), frames=3):
    generator = np.random.default_rng(0)
    for city in cities:
        for number in range(frames):
            stem = f'{city}_{number:06d}_000019'
            picture = generator.integers(0, 256, (HEIGHT, WIDTH, 3)).astype(np.uint8)
            save(root / f'leftImg8bit/{split}/{city}/{stem}_leftImg8bit.png', picture)
            for neighbour in (18, 20):
                name = f'{city}_{number:06d}_{neighbour:06d}_leftImg8bit.png'
                save(root / f'leftImg8bit_sequence/{split}/{city}/{name}', np.full_like(picture, neighbour))
            labels = generator.integers(0, 34, (HEIGHT, WIDTH)).astype(np.uint8)
            save(root / f'gtFine/{split}/{city}/{stem}_gtFine_labelIds.png', labels)
            stored = generator.integers(0, 3000, (HEIGHT, WIDTH)).astype(np.uint16)
            stored[0, :3] = (0, 1, 2)
            save(root / f'disparity/{split}/{city}/{stem}_disparity.png', stored)
            camera = root / f'camera/{split}/{city}/{stem}_camera.json'
            camera.parent.mkdir(parents=True, exist_ok=True)
            camera.write_text(json.dumps(CAMERA))


def read_uint16(path):
    return cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
