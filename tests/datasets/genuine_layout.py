"""Common parts of the writers of small datasets in their original layouts (``layout_<name>.py``).

Every registered dataset has one: ``write(root)`` writes a few frames for each split that a config may ask for.
"""

import cv2
import numpy as np
from PIL import Image

HEIGHT, WIDTH = 36, 60
FOCAL, HORIZON = 40.0, 17.0


def save(path, array):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(array).save(path)


def write_text(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def read_uint16(path):
    return cv2.imread(str(path), cv2.IMREAD_UNCHANGED)


def noise(generator, channels=3):
    """An image of nothing in particular."""
    return generator.integers(0, 256, (HEIGHT, WIDTH, channels)).astype(np.uint8)


def ground_depth(height=HEIGHT, width=WIDTH):
    """A ground plane 1.5 m below the camera up to 30 m, a wall there behind it."""
    rows = np.maximum(np.arange(height) - HORIZON, 1e-6)
    return np.minimum(1.5 * FOCAL / rows, 30.0)[:, None].repeat(width, 1)


def room_depth():
    """The same ten times smaller, as in a room."""
    return ground_depth() / 10
