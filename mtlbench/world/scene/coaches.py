"""Buses and trams. The origin is on the ground below the center; x forward, y left, z up."""

from __future__ import annotations

import numpy as np

from mtlbench.world.scene.model import Color, Material, Part
from mtlbench.world.scene.shapes import box, limb, prism, wheel
from mtlbench.world.scene.vehicles import DARK, GLASS, HEADLIGHT, RIM, RUBBER, TAILLIGHT

LIVERIES: tuple[tuple[Color, Color], ...] = (
    ((0.6, 0.42, 0.03), (0.1, 0.1, 0.1)), ((0.5, 0.03, 0.04), (0.6, 0.6, 0.58)),
    ((0.65, 0.65, 0.63), (0.05, 0.15, 0.4)),
    ((0.05, 0.16, 0.42), (0.6, 0.6, 0.58)), ((0.62, 0.6, 0.5), (0.05, 0.3, 0.12)),
)  # fmt: skip
"""Upper and lower paint."""
SIGN = Material('glow', ((0.5, 0.28, 0.03),))


def bus(rng: np.random.Generator) -> tuple[Part, ...]:
    """A city bus, 10.5 to 12.5 m long."""
    half, side = float(rng.uniform(5.2, 6.2)), 1.25
    wheels = [(x, y) for x in (-half * 0.45, half * 0.55) for y in (-side * 0.92, side * 0.92)]
    return (
        *_coach(half, side, 3.05, rng),
        *(wheel(0.5, 0.26, (x, y, 0.5), RUBBER) for x, y in wheels),
        *(wheel(0.28, 0.3, (x, y, 0.5), RIM) for x, y in wheels),
        box((2.4, 1.8, 0.22), (-1.0, 0, 3.1), DARK),
    )


def tram(rng: np.random.Generator) -> tuple[Part, ...]:
    """A tram, 18 to 23 m long, with dark bogies."""
    half, side = float(rng.uniform(9, 11.5)), 1.2
    low, joint, high = (0.0, 3.4), (-0.9, 4.3), (0.1, 5.2)
    hoist = [((a[0], y, a[1]), (b[0], y, b[1])) for a, b in ((low, joint), (joint, high)) for y in (-0.4, 0.4)]
    return (
        *_coach(half, side, 3.4, rng),
        *(box((2.4, side * 1.7, 0.4), (x, 0, 0.25), DARK) for x in (-half * 0.65, 0, half * 0.65)),
        *(box((0.5, side * 2 + 0.02, 2.7), (x, 0, 1.85), DARK) for x in (-half * 0.33, half * 0.33)),  # bellows
        *(limb(first, second, (0.04, 0.04), DARK, sides=4) for first, second in hoist),
        box((0.25, 1.6, 0.06), (0.1, 0, 5.23), DARK),
    )


def _coach(half: float, side: float, top: float, rng: np.random.Generator) -> tuple[Part, ...]:
    """A long body with windows all around, doors, lamps, and a line number."""
    upper, lower = (Material('paint', (color,), gloss=0.1) for color in LIVERIES[rng.integers(len(LIVERIES))])
    body = [(-half, 0.4), (half, 0.4), (half, 1.2), (half - 0.25, top - 0.15), (half - 0.45, top), (-half + 0.3, top),
            (-half, top - 0.2)]  # fmt: skip
    skirt = [(-half - 0.005, 0.35), (half + 0.005, 0.35), (half + 0.005, 0.95), (-half - 0.005, 0.95)]
    front = [(half + 0.01, 1.2), (half - 0.2, top - 0.5), (half - 0.4, top - 0.5), (half - 0.2, 1.2)]
    count = int(2 * half / 1.5)
    step = (2 * half - 0.8) / count
    doors = {1, count // 2, count - 1}
    panes = [
        box((step - 0.14, side * 2 + 0.02, low), (-half + 0.4 + step * (k + 0.5), 0, middle), GLASS)
        for k in range(count)
        for low, middle in ([(2.1, 1.55)] if k in doors else [(1.15, 1.95)])
    ]
    lamps = [box((0.08, 0.35, 0.2), (half, y, 0.75), HEADLIGHT) for y in (-side * 0.7, side * 0.7)]
    lamps += [box((0.06, 0.2, 0.4), (-half - 0.01, y, 1.2), TAILLIGHT) for y in (-side * 0.8, side * 0.8)]
    return (
        prism(body, side, upper),
        prism(skirt, side * 1.005, lower),
        prism(front, side * 0.93, GLASS),
        *panes,
        *lamps,
        box((0.03, side * 1.5, 1.0), (-half - 0.01, 0, 2.0), GLASS),
        box((0.12, side * 1.2, 0.28), (half - 0.27, 0, top - 0.28), SIGN),
    )
