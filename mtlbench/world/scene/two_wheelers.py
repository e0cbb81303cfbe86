"""Bicycles and motorcycles with their riders. The origin is on the ground; x forward, y left, z up."""

from __future__ import annotations

import numpy as np

from mtlbench.world.scene.model import Color, Material, Part
from mtlbench.world.scene.people import CYCLING, RIDING, rider
from mtlbench.world.scene.shapes import box, hoop, limb, prism, wheel
from mtlbench.world.scene.things import BLACK, STEEL, tint
from mtlbench.world.scene.vehicles import HEADLIGHT, RUBBER, TAILLIGHT

FRAMES: tuple[Color, ...] = (
    (0.03, 0.03, 0.03), (0.4, 0.03, 0.03), (0.05, 0.12, 0.4), (0.45, 0.45, 0.45), (0.05, 0.25, 0.12), (0.55, 0.4, 0.03),
)  # fmt: skip


def bicycle(rng: np.random.Generator) -> tuple[Part, ...]:
    """A bicycle: two wheels, a frame of tubes, handlebar and saddle."""
    paint = _paint(rng)
    saddle, head, pedals, hub = (-0.2, 0, 0.86), (0.36, 0, 0.88), (-0.02, 0, 0.3), (-0.52, 0, 0.34)
    tubes = ((saddle, pedals), (pedals, head), (saddle, head), (pedals, hub), (saddle, hub), (head, (0.52, 0, 0.34)))
    return (
        *(hoop(0.35, 0.05, (x, 0, 0.35), RUBBER) for x in (-0.52, 0.52)),
        *(limb(start, end, (0.028, 0.028), paint, sides=4) for start, end in tubes),
        *(box((0.06, 0.02, 0.68), (x, 0, 0.35), STEEL) for x in (-0.52, 0.52)),  # spokes
        limb(head, (0.4, 0, 1.05), (0.022, 0.022), STEEL, sides=4),
        box((0.05, 0.56, 0.04), (0.42, 0, 1.06), BLACK),
        box((0.26, 0.14, 0.07), (-0.22, 0, 0.93), BLACK),
    )


def motorcycle(rng: np.random.Generator) -> tuple[Part, ...]:
    """A motorcycle."""
    paint = _paint(rng)
    body = [
        (-0.45, 0.35),
        (0.3, 0.3),
        (0.5, 0.62),
        (0.42, 0.92),
        (0.1, 0.95),
        (-0.15, 0.78),
        (-0.75, 0.82),
        (-0.8, 0.7),
    ]
    return (
        *(wheel(0.32, 0.14, (x, 0, 0.32), RUBBER) for x in (-0.68, 0.72)),
        *(wheel(0.16, 0.16, (x, 0, 0.32), STEEL) for x in (-0.68, 0.72)),
        prism(body[:5], 0.15, paint),
        prism([body[0], body[4], body[5], body[6], body[7]], 0.13, BLACK),
        *(limb((0.46, y, 0.95), (0.72, y, 0.32), (0.035, 0.035), STEEL, sides=4) for y in (-0.1, 0.1)),
        limb((-0.1, -0.2, 0.32), (-0.8, -0.2, 0.42), (0.06, 0.06), STEEL),
        box((0.05, 0.7, 0.05), (0.42, 0, 1.03), BLACK),
        box((0.08, 0.18, 0.16), (0.56, 0, 0.86), HEADLIGHT),
        box((0.05, 0.16, 0.08), (-0.82, 0, 0.76), TAILLIGHT),
    )


def ridden(category: str, rng: np.random.Generator) -> dict[str, tuple[Part, ...]]:
    """Return a 'bicycle' or 'motorcycle' and its rider, by category."""
    if category == 'bicycle':
        return {'bicycle': bicycle(rng), 'rider': rider(rng, CYCLING, helmet=rng.random() < 0.5)}
    return {'motorcycle': motorcycle(rng), 'rider': rider(rng, RIDING, helmet=True)}


def _paint(rng: np.random.Generator) -> Material:
    return Material('plain', (tint(FRAMES[rng.integers(len(FRAMES))], rng),), gloss=0.1)
