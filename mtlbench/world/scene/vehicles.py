"""Cars, vans and trucks. The origin is on the ground below the center; x forward, y left, z up."""

from __future__ import annotations

import numpy as np

from mtlbench.world.scene.model import Color, Material, Part
from mtlbench.world.scene.shapes import box, prism, wheel

GLASS = Material('plain', ((0.03, 0.04, 0.05),), gloss=0.35)
RUBBER = Material('plain', ((0.02, 0.02, 0.02),))
RIM = Material('plain', ((0.45, 0.45, 0.47),), gloss=0.1)
DARK = Material('plain', ((0.04, 0.04, 0.045),))
HEADLIGHT = Material('plain', ((0.9, 0.9, 0.8),), gloss=0.2)
TAILLIGHT = Material('plain', ((0.55, 0.02, 0.02),), gloss=0.1)
PLATE = Material('plain', ((0.75, 0.75, 0.6),))
PAINTS: tuple[Color, ...] = (
    (0.6, 0.6, 0.62), (0.05, 0.05, 0.06), (0.3, 0.31, 0.33), (0.45, 0.03, 0.03), (0.03, 0.07, 0.3), (0.7, 0.7, 0.68),
    (0.05, 0.2, 0.1), (0.5, 0.4, 0.1), (0.15, 0.25, 0.4), (0.25, 0.16, 0.1), (0.12, 0.12, 0.14), (0.55, 0.25, 0.05),
)  # fmt: skip


def make_vehicle(category: str, rng: np.random.Generator) -> tuple[Part, ...]:
    """Return the parts of a random 'car', 'van' or 'truck'."""
    tint = np.asarray(PAINTS[rng.integers(len(PAINTS))]) * rng.uniform(0.7, 1.2)
    paint = Material('paint', (_color(tint),), gloss=0.12)
    return {'car': _car, 'van': _van, 'truck': _truck}[category](paint, rng)


def _color(values: np.ndarray) -> Color:
    red, green, blue = (float(v) for v in np.clip(values, 0, 1))
    return red, green, blue


def _car(paint: Material, rng: np.random.Generator) -> tuple[Part, ...]:
    length, width = rng.uniform(3.8, 4.7), rng.uniform(1.65, 1.85)
    belt, top = rng.uniform(0.82, 0.95), rng.uniform(1.4, 1.55)
    half, tail = length / 2, rng.uniform(0.75, 1.0)
    body = [(-half, 0.3), (half, 0.28), (half, 0.62), (half - 0.35, 0.78), (half * 0.4, belt), (-half * 0.9, belt),
            (-half, belt - 0.12)]  # fmt: skip
    cabin = [(half * 0.45, belt), (half * 0.1, top - 0.04), (-half * tail * 0.7, top - 0.04), (-half * tail, belt)]
    roof = [
        (half * 0.12, top - 0.05),
        (half * 0.05, top),
        (-half * tail * 0.65, top),
        (-half * tail * 0.72, top - 0.05),
    ]
    side = width / 2
    return (
        prism(body, [side * 0.96, side * 0.93, side * 0.95, side, side, side, side * 0.97], paint),
        prism(cabin, [side * 0.97, side * 0.78, side * 0.78, side * 0.97], GLASS),
        prism(roof, side * 0.8, paint),
        _pillars(half * 0.1 - half * tail * 0.28, belt, top, side, paint),
        *_wheels(half * 0.62, side, 0.31),
        *_lamps(half, side, 0.6, belt - 0.25),
    )


def _van(paint: Material, rng: np.random.Generator) -> tuple[Part, ...]:
    length, top = rng.uniform(4.6, 5.6), rng.uniform(1.9, 2.4)
    half, side = length / 2, rng.uniform(0.9, 1.0)
    body = [(-half, 0.35), (half, 0.32), (half, 0.9), (half - 0.7, 1.1), (half - 1.3, top - 0.06), (half - 1.6, top),
            (-half + 0.1, top), (-half, top - 0.15)]  # fmt: skip
    screen = [(half - 0.68, 1.12), (half - 1.22, top - 0.16), (half - 1.27, top - 0.16), (half - 0.8, 1.12)]
    window = [(half - 1.0, 1.1), (half - 1.5, top - 0.3), (half - 2.3, top - 0.3), (half - 2.3, 1.1)]
    back = box((0.03, side * 1.5, top * 0.28), (-half - 0.005, 0, top * 0.72), GLASS)
    extra = [(half - 2.5, 1.1), (half - 2.5, top - 0.3), (-half + 0.4, top - 0.3), (-half + 0.4, 1.1)]
    parts = [
        prism(body, [side, side * 0.95, side, side, side * 0.95, side * 0.92, side * 0.92, side * 0.95], paint),
        prism(screen, side * 0.85, GLASS),
        prism(window, side * 1.003, GLASS),
        back,
        *_wheels(half * 0.62, side, 0.34),
        *_lamps(half, side, 0.75, 1.0),
    ]
    if rng.random() < 0.5:
        parts.append(prism(extra, side * 1.003, GLASS))
    return tuple(parts)


def _truck(paint: Material, rng: np.random.Generator) -> tuple[Part, ...]:
    length, top = rng.uniform(6.5, 9.5), rng.uniform(3.0, 3.8)
    half, side = length / 2, 1.2
    load = Material('planks', (_color(rng.uniform(0.1, 0.75, 3)), _color(rng.uniform(0.1, 0.6, 3))), (1.2,))
    cab = [(half - 1.9, 0.5), (half, 0.45), (half, 1.4), (half - 0.25, 2.55), (half - 1.9, 2.65)]
    screen = [(half + 0.01, 1.45), (half - 0.21, 2.4), (half - 0.3, 2.4), (half - 0.1, 1.45)]
    window = [(half - 0.35, 1.45), (half - 0.5, 2.3), (half - 1.3, 2.3), (half - 1.3, 1.45)]
    return (
        prism(cab, [side, side, side, side * 0.95, side * 0.95], paint),
        prism(screen, side * 0.9, GLASS),
        prism(window, side * 1.005, GLASS),
        box((length - 2.1, side * 2, top - 0.95), (-1.05, 0, 0.95 + (top - 0.95) / 2), load),
        box((length - 0.4, 0.9, 0.3), (0, 0, 0.75), DARK),
        *_wheels(half * 0.72, side, 0.48),
        *_wheels(half * 0.42, side, 0.48)[:2],
        *_lamps(half, side, 0.75, 0.85),
    )


def _wheels(reach: float, side: float, radius: float) -> tuple[Part, ...]:
    """Return tires and rims, back to front."""
    spots = [(x, y) for x in (-reach, reach) for y in (-side * 0.9, side * 0.9)]
    tyres = [wheel(radius, 0.24, (x, y, radius), RUBBER) for x, y in spots]
    rims = [wheel(radius * 0.6, 0.27, (x, y, radius), RIM) for x, y in spots]
    return tuple(part for pair in zip(tyres, rims, strict=True) for part in pair)


def _pillars(x: float, belt: float, top: float, side: float, paint: Material) -> Part:
    return prism([(x - 0.05, belt), (x + 0.05, belt), (x + 0.04, top - 0.03), (x - 0.04, top - 0.03)],
                 [side * 0.985, side * 0.985, side * 0.8, side * 0.8], paint)  # fmt: skip


def _lamps(half: float, side: float, front: float, back: float) -> tuple[Part, ...]:
    lamps = [box((0.06, 0.32, 0.14), (half - 0.01, y, front - 0.02), HEADLIGHT) for y in (-side * 0.7, side * 0.7)]
    lamps += [box((0.06, 0.3, 0.18), (-half + 0.01, y, back), TAILLIGHT) for y in (-side * 0.72, side * 0.72)]
    lamps.append(box((0.04, 0.5, 0.12), (-half - 0.03, 0, back - 0.2), PLATE))
    lamps.append(box((0.08, side * 1.8, 0.12), (-half + 0.01, 0, 0.42), DARK))
    return tuple(lamps)
