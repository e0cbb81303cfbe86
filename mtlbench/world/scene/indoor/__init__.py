"""Furnished rooms, whose objects have the names of the 40 NYU classes."""

from __future__ import annotations

import zlib

import numpy as np

from mtlbench.world.scene.indoor.plans import PLANS, furnish
from mtlbench.world.scene.indoor.view import walk
from mtlbench.world.scene.model import Scene

__all__ = ['KINDS', 'build_room_scene']

KINDS = tuple(PLANS)


def build_room_scene(kind: str, name: str, frames: int, seed: int) -> Scene:
    """Build a room of one of :data:`KINDS` and a walk of ``frames`` frames through it.

    Each name yields another room.
    """
    rng = np.random.default_rng([seed, zlib.crc32(f'{kind}/{name}'.encode())])
    room = furnish(kind, rng)
    return Scene(name, walk(room, frames, rng), instances=room.things, lamps=room.lamps)
