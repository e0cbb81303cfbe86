"""Streets by name: the five of Virtual KITTI 2, and any number in the style of each other dataset."""

from __future__ import annotations

import zlib

import numpy as np

from mtlbench.world.scene.domains import DOMAINS
from mtlbench.world.scene.model import Scene
from mtlbench.world.scene.path import Relief
from mtlbench.world.scene.street import build_street
from mtlbench.world.scene.style import Style

STREETS: dict[str, Style] = {
    'Scene01': Style(  # crowded, urban
        lane=4.0, speed=1.2, houses=0.75, floors=(2, 6), setback=4, pavement=3.0, traffic=3.5,
        crossings=(75, 230, 400),
        density=dict(tree=3.5, bush=1.5, hedge=1.5, lamp=2.5, sign=3, misc=3, parked=6),
    ),
    'Scene02': Style(  # urban road with crossings
        lane=3.8, speed=1.0, houses=0.6, floors=(2, 5), setback=7, pavement=2.5, traffic=2.5,
        crossings=(28, 95, 190, 300), relief=Relief(bends=0.2, slope=0.3),
        density=dict(tree=4, bush=4, hedge=3, lamp=3, pole=1, sign=3, misc=2, parked=2),
    ),
    'Scene06': Style(  # the camera stands at a crossing
        lanes=2, lane=3.4, speed=0.0, houses=0.7, floors=(3, 7), setback=4, pavement=3.0, traffic=3,
        crossings=(24, 140), relief=Relief(bends=0.12, slope=0.2),
        density=dict(tree=3, bush=3, hedge=1, lamp=2.5, sign=3, misc=2.5, parked=1.5),
    ),
    'Scene18': Style(  # a road through a forest
        lane=3.6, speed=1.6, pavement=0, wood=3, rail=0.3, traffic=1.6, houses=0,
        relief=Relief(bends=0.3, slope=0.8, hills=45, flat=35),
        density=dict(bush=7, pole=1.5, sign=1.5, misc=0.5, hedge=0.5),
    ),
    'Scene20': Style(  # a highway
        lanes=3, lane=3.7, speed=2.4, pavement=0, rail=0.85, traffic=2.2, houses=0.12, floors=(2, 5), setback=28,
        relief=Relief(bends=0.25, slope=0.8, hills=40, flat=40),
        density=dict(tree=4, conifer=4, bush=7, hedge=1, lamp=2, pole=0.5, sign=2.2, misc=1),
    ),
}  # fmt: skip


def build_scene(name: str, frames: int, seed: int) -> Scene:
    """Build one of :data:`STREETS`, long enough for ``frames`` frames; equal seeds yield equal scenes."""
    rng = np.random.default_rng([seed, zlib.crc32(name.encode())])
    return build_street(name, STREETS[name], frames, rng)


def build_street_scene(domain: str, name: str, frames: int, seed: int) -> Scene:
    """Build a street of one of :data:`DOMAINS`, long enough for ``frames`` frames; each name yields another street."""
    rng = np.random.default_rng([seed, zlib.crc32(f'{domain}/{name}'.encode())])
    return build_street(name, DOMAINS[domain](rng), frames, rng)
