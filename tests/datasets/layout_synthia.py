"""SYNTHIA-RAND-CITYSCAPES, a few images."""

import cv2
import numpy as np
from genuine_layout import HEIGHT, WIDTH, ground_depth, noise, save


def write(root, frames=10):
    """Labels in the red one of three 16-bit channels, numbers of things in the green one."""
    generator = np.random.default_rng(0)
    for number in range(frames):
        save(root / f'RGB/{number:07d}.png', noise(generator))
        labels = generator.integers(0, 23, (HEIGHT, WIDTH))
        things = generator.integers(0, 1000, (HEIGHT, WIDTH))
        save_uint16(root / f'GT/LABELS/{number:07d}.png', np.stack([labels, things, 0 * labels], -1))
        depth = np.round(ground_depth() * 100)
        depth[0, 0] = 65535
        save(root / f'Depth/Depth/{number:07d}.png', depth.astype(np.uint16))


def save_uint16(path, pixels):
    """RGB or gray pixels with 16 bits; Pillow cannot write the former."""
    path.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(path), pixels[..., ::-1].astype(np.uint16) if pixels.ndim == 3 else pixels.astype(np.uint16))
