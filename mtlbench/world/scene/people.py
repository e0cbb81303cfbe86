"""People. The feet are on the ground at the origin; x forward, y left, z up; lengths in meters."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mtlbench.world.scene.model import Color, Material, Part
from mtlbench.world.scene.shapes import box, limb, shifted, tube
from mtlbench.world.scene.things import tint

SKINS: tuple[Color, ...] = ((0.55, 0.34, 0.25), (0.42, 0.25, 0.17), (0.2, 0.11, 0.07), (0.6, 0.4, 0.31))
HAIRS: tuple[Color, ...] = ((0.03, 0.02, 0.015), (0.1, 0.06, 0.03), (0.3, 0.2, 0.08), (0.35, 0.34, 0.32))
TOPS: tuple[Color, ...] = (
    (0.03, 0.03, 0.04), (0.05, 0.07, 0.15), (0.35, 0.04, 0.04), (0.6, 0.58, 0.54), (0.12, 0.2, 0.1), (0.4, 0.3, 0.16),
    (0.15, 0.15, 0.16), (0.08, 0.2, 0.4), (0.55, 0.4, 0.05), (0.3, 0.12, 0.3),
)  # fmt: skip
TROUSERS: tuple[Color, ...] = (
    (0.03, 0.035, 0.06), (0.06, 0.08, 0.16), (0.02, 0.02, 0.02), (0.25, 0.2, 0.13), (0.14, 0.14, 0.14),
)  # fmt: skip
LEATHER = Material('plain', ((0.03, 0.02, 0.015),))


@dataclass(frozen=True)
class Outfit:
    """Materials of a person."""

    skin: Material
    hair: Material
    top: Material
    trousers: Material

    @staticmethod
    def draw(rng: np.random.Generator) -> Outfit:
        """Return a random outfit."""
        palettes = (SKINS, HAIRS, TOPS, TROUSERS)
        return Outfit(*(Material('plain', (tint(p[rng.integers(len(p))], rng, 0.3),)) for p in palettes))


@dataclass(frozen=True)
class Posture:
    """Joints (x, z) in the plane of symmetry of a person 1.75 m tall; pairs are (right, left).

    Args:
        hips: Upper end of the legs.
        neck: Upper end of the back.
        knees: Both knees.
        feet: Both soles.
        elbows: Both elbows.
        hands: Both hands.
        reach: Distance of each hand from the middle.
    """

    hips: tuple[float, float]
    neck: tuple[float, float]
    knees: tuple[tuple[float, float], tuple[float, float]]
    feet: tuple[tuple[float, float], tuple[float, float]]
    elbows: tuple[tuple[float, float], tuple[float, float]]
    hands: tuple[tuple[float, float], tuple[float, float]]
    reach: float = 0.26


def upright(stride: float) -> Posture:
    """Return the posture of a standing (``stride`` 0) or walking person; the arms swing against the legs.

    Args:
        stride: Half the distance between the feet, in meters.
    """
    return Posture(
        hips=(0.0, 0.9), neck=(0.02, 1.45),
        knees=((0.6 * stride + 0.02, 0.48), (0.02 - 0.3 * stride, 0.47)), feet=((stride, 0.0), (-stride, 0.0)),
        elbows=((-0.35 * stride, 1.13), (0.35 * stride, 1.13)), hands=((-0.4 * stride, 0.88), (0.9 * stride, 0.9)),
    )  # fmt: skip


CYCLING = Posture(
    hips=(-0.22, 0.98), neck=(0.14, 1.46), knees=((0.2, 0.66), (0.24, 0.88)), feet=((0.04, 0.1), (0.06, 0.42)),
    elbows=((0.22, 1.18), (0.22, 1.18)), hands=((0.46, 1.07), (0.46, 1.07)),
)  # fmt: skip
RIDING = Posture(
    hips=(-0.25, 0.86), neck=(-0.05, 1.4), knees=((0.2, 0.72), (0.2, 0.72)), feet=((-0.05, 0.26), (-0.05, 0.26)),
    elbows=((0.1, 1.12), (0.1, 1.12)), hands=((0.42, 1.02), (0.42, 1.02)), reach=0.32,
)  # fmt: skip


def pedestrian(rng: np.random.Generator, walking: bool) -> tuple[Part, ...]:
    """A person on foot, 1.55 to 1.95 m tall, perhaps with a coat, a skirt or a bag."""
    outfit, scale = Outfit.draw(rng), float(rng.uniform(1.55, 1.95)) / 1.75
    parts = figure(outfit, upright(rng.uniform(0.18, 0.32) if walking else rng.uniform(0, 0.05)), scale)
    extra = rng.random()
    if extra < 0.3:
        parts += (limb((0, 0, 0.6 * scale), (0, 0, scale), (0.2, 0.17), outfit.top, flat=0.9, sides=8),)
    elif extra < 0.5:
        cloth = Material('plain', (tint((0.1, 0.1, 0.12), rng, 0.9),))
        parts += (box((0.16, 0.3, 0.42), (-0.2, 0, 1.2 * scale), cloth),)
    elif extra < 0.7:
        parts += (box((0.34, 0.12, 0.28), (0, -0.33 * scale, 0.72 * scale), LEATHER),)
    return parts


def rider(rng: np.random.Generator, posture: Posture, helmet: bool) -> tuple[Part, ...]:
    """A person on a two-wheeler that stands at the origin."""
    outfit = Outfit.draw(rng)
    if helmet:
        color = ((0.5, 0.04, 0.04), (0.6, 0.6, 0.6), (0.02, 0.02, 0.02), (0.05, 0.1, 0.4))[rng.integers(4)]
        outfit = Outfit(outfit.skin, Material('plain', (color,), gloss=0.1), outfit.top, outfit.trousers)
    return figure(outfit, posture, 1.0)


def figure(outfit: Outfit, posture: Posture, scale: float) -> tuple[Part, ...]:
    """Build legs, arms, trunk and head."""
    parts: list[Part] = []
    for index, side in enumerate((-1, 1)):
        hip, knee, foot = (
            _at(joint, side * 0.09, scale) for joint in (posture.hips, posture.knees[index], posture.feet[index])
        )
        shoulder = _at((posture.neck[0], posture.neck[1] - 0.05), side * 0.2, scale)
        elbow = _at(posture.elbows[index], side * 0.26, scale)
        hand = _at(posture.hands[index], side * posture.reach, scale)
        ankle = foot + np.array((0, 0, 0.07))
        parts += [
            limb(hip, knee, (0.095, 0.065), outfit.trousers),
            limb(knee, ankle, (0.065, 0.05), outfit.trousers),
            box((0.25, 0.09, 0.09), foot + np.array((0.05, 0, 0.045)), LEATHER),
            limb(shoulder, elbow, (0.06, 0.048), outfit.top),
            limb(elbow, hand, (0.048, 0.038), outfit.top),
            box((0.09, 0.06, 0.09), hand, outfit.skin),
        ]
    hips, neck = _at(posture.hips, 0, scale), _at(posture.neck, 0, scale)
    trunk = limb(hips - np.array((0, 0, 0.06)), neck, (0.17, 0.16, 0.2, 0.12), outfit.top, flat=0.65, sides=8)
    return (*parts, trunk, *_head(outfit, neck + np.array((0.01, 0, 0)), scale))


def _head(outfit: Outfit, neck: np.ndarray, scale: float) -> tuple[Part, ...]:
    """Build neck, face and hair, 0.3 m high."""
    face = tube([0.055, 0.055, 0.085, 0.09, 0.06], [-0.04, 0.05, 0.11, 0.2, 0.28], outfit.skin)
    hair = tube([0.08, 0.1, 0.102, 0.075, 0.03], [0.13, 0.17, 0.22, 0.275, 0.3], outfit.hair)
    sized = [Part(p.vertices * scale, p.faces, p.material, p.coords) for p in (face, shifted(hair, (-0.022, 0, 0)))]
    return tuple(shifted(part, neck) for part in sized)


def _at(joint: tuple[float, float], y: float, scale: float) -> np.ndarray:
    return np.array((joint[0], y, joint[1]), float) * scale
