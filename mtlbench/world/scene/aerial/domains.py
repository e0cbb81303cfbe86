"""Styles of the towns of the two aerial datasets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from mtlbench.world.scene.model import Color


@dataclass(frozen=True)
class Domain:
    """Style of a town.

    Args:
        level: Height above sea level, in meters.
        blocks: Relative frequency of each kind of block of :mod:`blocks`.
        pitch: Smallest and largest distance between parallel streets, in meters.
        floors: Smallest and largest number of floors of apartment blocks.
        trees: Factor on the number of trees.
        bend: Amplitude of the streets' bends, in meters.
        colors: Linear (infrared, red, green) colors in 0..1 by surface. Vegetation is bright in infrared.
    """

    level: float
    blocks: Mapping[str, float]
    pitch: tuple[float, float]
    floors: tuple[int, int]
    trees: float
    bend: float
    colors: Mapping[str, tuple[Color, ...]]


DOMAINS = {
    'potsdam': Domain(
        level=35.0,
        blocks={'perimeter': 0.28, 'rows': 0.26, 'houses': 0.18, 'hall': 0.1, 'park': 0.12, 'site': 0.08},
        pitch=(52.0, 68.0),
        floors=(3, 6),
        trees=1.7,
        bend=1.5,
        colors={
            'asphalt': ((0.15, 0.145, 0.145),),
            'paving': ((0.36, 0.33, 0.31), (0.3, 0.27, 0.25), (0.42, 0.37, 0.33)),
            'lawn': ((0.4, 0.17, 0.16), (0.36, 0.27, 0.21)),
            'crown': ((0.33, 0.12, 0.11), (0.38, 0.13, 0.12), (0.26, 0.15, 0.12), (0.3, 0.09, 0.1)),
            'hedge': ((0.36, 0.1, 0.11), (0.3, 0.13, 0.11)),
            'tiles': ((0.42, 0.27, 0.13), (0.34, 0.2, 0.1), (0.13, 0.13, 0.14), (0.2, 0.19, 0.19)),
            'flat roof': ((0.24, 0.24, 0.25), (0.45, 0.44, 0.43), (0.16, 0.16, 0.17), (0.34, 0.31, 0.28)),
            'soil': ((0.42, 0.35, 0.25), (0.36, 0.3, 0.22)),
            'water': ((0.012, 0.03, 0.045),),
            'court': ((0.4, 0.22, 0.1), (0.13, 0.17, 0.2)),
        },
    ),
    'vaihingen': Domain(
        level=270.0,
        blocks={'houses': 0.62, 'perimeter': 0.12, 'rows': 0.08, 'hall': 0.07, 'park': 0.07, 'site': 0.04},
        pitch=(44.0, 58.0),
        floors=(2, 4),
        trees=2.5,
        bend=5.0,
        colors={
            'asphalt': ((0.2, 0.23, 0.25),),
            'paving': ((0.38, 0.41, 0.42), (0.3, 0.34, 0.36)),
            'lawn': ((0.6, 0.12, 0.14), (0.52, 0.27, 0.22)),
            'crown': ((0.5, 0.055, 0.075), (0.42, 0.04, 0.06), (0.58, 0.09, 0.1), (0.32, 0.05, 0.07)),
            'hedge': ((0.5, 0.06, 0.09), (0.4, 0.05, 0.08)),
            'tiles': ((0.46, 0.38, 0.24), (0.4, 0.3, 0.2), (0.36, 0.25, 0.16), (0.2, 0.21, 0.22)),
            'flat roof': ((0.4, 0.44, 0.46), (0.26, 0.29, 0.31)),
            'soil': ((0.44, 0.42, 0.33), (0.5, 0.46, 0.38)),
            'water': ((0.015, 0.05, 0.06),),
            'court': ((0.42, 0.3, 0.16),),
        },
    ),
}
"""Potsdam: apartment blocks, courtyards, wide streets. Vaihingen: houses in gardens, winding lanes, many trees."""
