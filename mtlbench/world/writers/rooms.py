"""What the indoor datasets have in common: rooms, their light, and the codes of what stands in them."""

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
"""Light that walls and floor have scattered; lamps and windows belong to the rooms."""
LABELS = {name: number for number, name in enumerate(NYU40, start=1)}
"""Ids of the 40 classes; the world calls its things as they are called."""


def numbered_room(number: int, name: str, frames: int, seed: int) -> Scene:
    """A room for a number: the kinds of rooms take turns."""
    return build_room_scene(KINDS[number % len(KINDS)], name, frames, seed)


def nyu40_ids(rendering: Rendering) -> NDArray[np.uint8]:
    """Ids (H, W) 1..40 of the 40 classes, 0 for nothing."""
    codes = np.array([LABELS.get(name, 0) for name in rendering.categories], np.uint8)
    return codes[rendering.category]


def boundaries(instance: NDArray[np.int32]) -> NDArray[np.bool_]:
    """Pixels (H, W) whose right, lower, or lower right neighbor belongs to another thing."""
    padded = np.pad(instance, ((0, 1), (0, 1)), mode='edge')
    here = padded[:-1, :-1]
    return (here != padded[:-1, 1:]) | (here != padded[1:, :-1]) | (here != padded[1:, 1:])
