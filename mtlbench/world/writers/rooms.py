"""Rooms, light and label codes that the indoor writers share."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mtlbench.class_sets.nyu40 import NYU40
from mtlbench.world.render import Light, Rendering
from mtlbench.world.scene import Scene
from mtlbench.world.scene.indoor import KINDS, build_room_scene

INDOORS = Light(
    sun=(0, 0, 0), ambient=(0.34, 0.34, 0.33), bounce=(0.36, 0.33, 0.29), zenith=(0.6, 0.58, 0.55),
    horizon=(0.5, 0.48, 0.45), clouds=0, visibility=1e4,
)  # fmt: skip
"""Light scattered by walls and floor; lamps and windows belong to the rooms."""
LABELS = {name: number for number, name in enumerate(NYU40, start=1)}
"""Ids of the 40 classes, whose names are the categories of indoor scenes."""


def numbered_room(number: int, name: str, frames: int, seed: int) -> Scene:
    """Build a room for a number; the kinds of rooms alternate."""
    return build_room_scene(KINDS[number % len(KINDS)], name, frames, seed)


def nyu40_ids(rendering: Rendering) -> NDArray[np.uint8]:
    """Return the ids (H, W) 1..40 of the 40 classes, 0 for none."""
    codes = np.array([LABELS.get(name, 0) for name in rendering.categories], np.uint8)
    return codes[rendering.category]


def boundaries(instance: NDArray[np.int32]) -> NDArray[np.bool_]:
    """Return a mask (H, W) of pixels whose right, lower, or lower right neighbor belongs to another instance."""
    padded = np.pad(instance, ((0, 1), (0, 1)), mode='edge')
    here = padded[:-1, :-1]
    return (here != padded[:-1, 1:]) | (here != padded[1:, :-1]) | (here != padded[1:, 1:])
