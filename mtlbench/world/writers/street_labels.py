"""Label encodings that the writers of street datasets share."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from mtlbench.world.render import Rendering

CITYSCAPES_LABELS: Mapping[str, int] = {
    'misc': 4, 'road': 7, 'sidewalk': 8, 'building': 11, 'wall': 12, 'fence': 13, 'guard rail': 14, 'pole': 17,
    'traffic light': 19, 'traffic sign': 20, 'tree': 21, 'vegetation': 21, 'terrain': 22, 'sky': 23, 'person': 24,
    'rider': 25, 'car': 26, 'van': 26, 'truck': 27, 'bus': 28, 'train': 31, 'motorcycle': 32, 'bicycle': 33,
}  # fmt: skip
"""Cityscapes label id of each category of a street; ``misc`` is 'static'."""

THINGS = ('person', 'rider', 'car', 'van', 'truck', 'bus', 'train', 'motorcycle', 'bicycle')
"""Categories whose instances are numbered."""


def coded(rendering: Rendering, codes: Mapping[str, int]) -> NDArray[np.uint8]:
    """Return the code (H, W) of each pixel's category."""
    return np.array([codes[name] for name in rendering.categories], np.uint8)[rendering.category]


def numbered(rendering: Rendering) -> NDArray[np.uint16]:
    """Return the instance numbers (H, W) of people and vehicles, counted from 1; 0 elsewhere."""
    is_thing = np.isin(rendering.categories, THINGS)[rendering.category]
    known = np.append(-1, np.where(is_thing, rendering.instance, -1))
    return np.unique(known, return_inverse=True)[1][1:].reshape(is_thing.shape).astype(np.uint16)


def centimeters(rendering: Rendering) -> NDArray[np.uint16]:
    """Return the depth (H, W) in centimeters, limited to 65535, which also stands for the sky."""
    return np.minimum(np.rint(rendering.depth * 100.0), np.iinfo(np.uint16).max).astype(np.uint16)
