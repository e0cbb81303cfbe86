"""Street styles of the towns that stand in for those of the datasets."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from mtlbench.world.scene.path import Relief
from mtlbench.world.scene.style import Look, Style

STREET = {'car': 0.66, 'van': 0.12, 'truck': 0.06, 'bus': 0.08, 'motorcycle': 0.04, 'bicycle': 0.04}
KERBSIDE = {'car': 0.84, 'van': 0.09, 'truck': 0.05, 'bus': 0.02}

CITYSCAPES_LOOK = Look(
    walls=((0.5, 0.45, 0.36), (0.36, 0.35, 0.33), (0.55, 0.53, 0.5), (0.42, 0.2, 0.14), (0.5, 0.4, 0.22),
           (0.27, 0.26, 0.26), (0.45, 0.35, 0.3)),
    asphalt=(0.1, 0.1, 0.105), paving=(0.27, 0.265, 0.26),
    leaves=((0.05, 0.09, 0.025), (0.08, 0.11, 0.03), (0.1, 0.1, 0.04)),
)  # fmt: skip
SYNTHIA_LOOK = Look(
    walls=((0.6, 0.22, 0.1), (0.15, 0.3, 0.55), (0.7, 0.55, 0.2), (0.2, 0.42, 0.38), (0.65, 0.62, 0.6),
           (0.5, 0.12, 0.12)),
    asphalt=(0.07, 0.075, 0.1), paving=(0.42, 0.3, 0.24), grass=((0.1, 0.3, 0.04), (0.2, 0.32, 0.06)),
    leaves=((0.05, 0.24, 0.02), (0.1, 0.28, 0.02), (0.3, 0.2, 0.02)),
)  # fmt: skip
SYNSCAPES_LOOK = Look(
    walls=((0.62, 0.6, 0.57), (0.48, 0.47, 0.46), (0.6, 0.54, 0.45), (0.35, 0.33, 0.32), (0.52, 0.42, 0.36)),
    asphalt=(0.15, 0.15, 0.15), paving=(0.42, 0.41, 0.39), grass=((0.13, 0.19, 0.06), (0.2, 0.2, 0.09)),
    leaves=((0.07, 0.13, 0.04), (0.1, 0.15, 0.04)),
)  # fmt: skip
KITTI_LOOK = Look(
    walls=((0.7, 0.66, 0.58), (0.62, 0.5, 0.33), (0.5, 0.24, 0.17), (0.66, 0.63, 0.6), (0.55, 0.5, 0.4)),
    asphalt=(0.14, 0.135, 0.13), paving=(0.34, 0.31, 0.29), grass=((0.15, 0.24, 0.05), (0.3, 0.27, 0.12)),
    leaves=((0.06, 0.15, 0.02), (0.12, 0.19, 0.03), (0.09, 0.13, 0.05)),
)  # fmt: skip


def european_city(rng: np.random.Generator) -> Style:
    """A city with many people, parked cars, cobbles and trams, at 17 frames per second."""
    wide = rng.random() < 0.3
    return Style(
        lanes=2 if wide else 1, lane=rng.uniform(3.3, 3.7) if wide else rng.uniform(4.2, 4.9), bay=1.2 * wide,
        speed=rng.uniform(0.4, 0.7), hertz=17, crossings=_crossings(rng, 45, 110), relief=_relief(rng, 0.18, 0.4),
        houses=rng.uniform(0.75, 0.97), floors=(3, 7), setback=rng.uniform(0.4, 4), pavement=rng.uniform(3, 5),
        traffic=rng.uniform(2, 4), driving=STREET, parked=KERBSIDE, trams=rng.choice((0.0, 0.35), p=(0.4, 0.6)),
        look=replace(CITYSCAPES_LOOK, cobbles=bool(rng.random() < 0.25)),
        density=dict(tree=rng.uniform(1, 5), bush=1.5, hedge=1, lamp=3, pole=0.5, sign=5, misc=3, wall=1.8, fence=2.2,
                     parked=rng.uniform(3, 9), person=rng.uniform(3, 6), walker=rng.uniform(8, 20), cyclist=2,
                     bicycle=4, motorcycle=1.5),
    )  # fmt: skip


def boulevards(rng: np.random.Generator) -> Style:
    """Wide roads between colorful houses, with many people."""
    return Style(
        lanes=int(rng.integers(2, 4)), lane=rng.uniform(3.3, 3.9), bay=1.2, speed=1.3,
        crossings=_crossings(rng, 60, 140), relief=_relief(rng, 0.06, 0.2),
        houses=rng.uniform(0.6, 0.95), floors=(3, 9), setback=rng.uniform(1, 8),
        pavement=rng.uniform(4, 6), traffic=rng.uniform(3, 5), driving=STREET, parked=KERBSIDE,
        trams=rng.choice((0.0, 0.2), p=(0.7, 0.3)), look=SYNTHIA_LOOK,
        density=dict(tree=rng.uniform(3, 7), conifer=0.5, bush=3, hedge=2, lamp=4, sign=5, misc=3, wall=1.5, fence=2.5,
                     parked=rng.uniform(2, 6), person=rng.uniform(5, 9), walker=rng.uniform(10, 24), cyclist=3,
                     bicycle=4, motorcycle=3),
    )  # fmt: skip


def tidy_city(rng: np.random.Generator) -> Style:
    """A new, pale and tidy city with roads of any width."""
    wide = rng.random() < 0.5
    return Style(
        lanes=2 if wide else 1, lane=rng.uniform(3.4, 3.8) if wide else rng.uniform(4.2, 4.8), bay=1.2 * wide,
        speed=1.2, crossings=_crossings(rng, 50, 120), relief=_relief(rng, 0.12, 0.3), houses=rng.uniform(0.7, 0.95),
        floors=(3, 8), setback=rng.uniform(1, 5), pavement=rng.uniform(3, 5), traffic=rng.uniform(2.5, 4.5),
        driving=STREET, parked=KERBSIDE, trams=rng.choice((0.0, 0.3), p=(0.6, 0.4)), look=SYNSCAPES_LOOK,
        density=dict(tree=rng.uniform(2, 6), bush=2, hedge=2, lamp=4, sign=6, misc=1.5, wall=1.8, fence=2.5,
                     parked=rng.uniform(2, 8), person=rng.uniform(3, 7), walker=rng.uniform(8, 20), cyclist=2.5,
                     bicycle=4, motorcycle=2),
    )  # fmt: skip


def small_town(rng: np.random.Generator) -> Style:
    """Houses in gardens, hedges and few people, at ten frames per second."""
    return Style(
        lane=rng.uniform(3.2, 4.2), bay=1.0, speed=rng.uniform(0.8, 1.3), crossings=_crossings(rng, 60, 160),
        relief=_relief(rng, 0.3, 0.8), houses=rng.uniform(0.3, 0.75), floors=(1, 4), setback=rng.uniform(3, 8),
        pavement=rng.uniform(1.6, 2.6), traffic=rng.uniform(1, 2.5), parked=KERBSIDE, look=KITTI_LOOK,
        driving={'car': 0.78, 'van': 0.1, 'truck': 0.05, 'bus': 0.03, 'motorcycle': 0.02, 'bicycle': 0.02},
        trams=rng.choice((0.0, 0.2), p=(0.85, 0.15)),
        density=dict(tree=rng.uniform(2, 6), conifer=0.8, bush=5, hedge=4, lamp=2, pole=1, sign=2.5, misc=1.5, wall=1.8,
                     fence=2.5, parked=rng.uniform(2, 6), person=1, walker=rng.uniform(1, 4), cyclist=0.8,
                     bicycle=1, motorcycle=0.4),
    )  # fmt: skip


DOMAINS: dict[str, Callable[[np.random.Generator], Style]] = {
    'cityscapes': european_city,
    'synthia': boulevards,
    'synscapes': tidy_city,
    'kitti': small_town,
}


def _crossings(rng: np.random.Generator, nearest: float, farthest: float) -> tuple[float, ...]:
    """Return the positions of crossing roads along the first 360 m; longer streets have none beyond."""
    gaps = rng.uniform(nearest, farthest, 8)
    return tuple(float(s) for s in np.cumsum(gaps) - nearest / 2 if s < 360)


def _relief(rng: np.random.Generator, bends: float, slope: float) -> Relief:
    return Relief(bends=rng.uniform(0.2, 1) * bends, slope=rng.uniform(0.2, 1) * slope, hills=18, flat=70)
