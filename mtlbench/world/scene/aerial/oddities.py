"""Objects outside the five main classes: water, courts, containers, soil, bins."""

from __future__ import annotations

import numpy as np

from mtlbench.world.scene.aerial.builder import CLUTTER, PAINT, Builder, Rect
from mtlbench.world.scene.model import Material, Part
from mtlbench.world.scene.shapes import blob, box, tube
from mtlbench.world.scene.things import tint

STEEL_COLORS = ((0.5, 0.12, 0.08), (0.08, 0.15, 0.35), (0.12, 0.3, 0.2), (0.55, 0.4, 0.1), (0.5, 0.5, 0.5))


def pond(town: Builder, rect: Rect) -> None:
    """Add a round water surface."""
    p, q = rect.middle
    wide, tall = (length / 2 for length in rect.size)
    water = Material('plain', (town.color('water'),), gloss=0.08)
    angle = np.linspace(0, 2 * np.pi, 40, endpoint=False)
    reach = 0.85 + 0.12 * np.sin(3 * angle + town.rng.uniform(0, 6))
    rim = town.plan.point(p + wide * reach * np.cos(angle), q + tall * reach * np.sin(angle), 0.03)
    points = np.concatenate([town.plan.point(p, q, 0.03)[None], rim])
    ring = np.arange(40)
    faces = np.column_stack([np.zeros(40, int), ring + 1, (ring + 1) % 40 + 1])
    town.scene.add(CLUTTER, Part(points, faces, water, points))


def court(town: Builder, rect: Rect) -> None:
    """Add a tennis court with its lines."""
    p, q = rect.middle
    along = rect.size[0] >= rect.size[1]
    long, wide = min(max(rect.size), 33.0), min(min(rect.size), 17.0)
    town.lay(CLUTTER, _across(p, q, long / 2, wide / 2, along), 0.04, town.material('court', 'plain'))
    a, b, line = long * 0.33, wide * 0.3, 0.09
    marks = [(0.0, s * share * b, a, line) for s in (-1, 1) for share in (0.75, 1)]
    marks += [(s * a, 0.0, line, b) for s in (-1, 1)] + [(s * a * 0.54, 0.0, line, b * 0.75) for s in (-1, 1)]
    marks += [(0.0, 0.0, a * 0.54, line), (0.0, 0.0, line, b * 1.1)]
    for x, y, half_x, half_y in marks:
        dp, dq = (x, y) if along else (y, x)
        town.lay(CLUTTER, _across(p + dp, q + dq, half_x, half_y, along), 0.045, PAINT)


def _across(p: float, q: float, half_long: float, half_wide: float, along: bool) -> Rect:
    dp, dq = (half_long, half_wide) if along else (half_wide, half_long)
    return Rect(p - dp, p + dp, q - dq, q + dq)


def containers(town: Builder, rect: Rect) -> None:
    """Add some shipping containers or skips, side by side."""
    rng = town.rng
    for p in np.arange(rect.p0, rect.p1, 3.2):
        if rng.random() < 0.75:
            color = tint(STEEL_COLORS[rng.integers(len(STEEL_COLORS))], rng)
            length, height = rng.choice([6.1, 4.0, 3.5]), rng.uniform(1.5, 2.6)
            load = box((2.4, length, height), (0, 0, height / 2), Material('planks', (color, color), (0.4,)))
            town.put(CLUTTER, (load,), (float(p), rect.middle[1]), rng.normal(0, 0.05))


def bins(town: Builder, spot: tuple[float, float]) -> None:
    """Add a row of waste containers."""
    for number in range(int(town.rng.integers(2, 5))):
        color = STEEL_COLORS[town.rng.integers(len(STEEL_COLORS))]
        bin_ = box((1.1, 1.0, 1.2), (0, 0, 0.6), Material('plain', (color,)))
        town.put(CLUTTER, (bin_,), (spot[0] + 1.3 * number, spot[1]))


def bare_soil(town: Builder, rect: Rect) -> None:
    """Add bare soil."""
    town.lay(CLUTTER, rect, 0.03, Material('grass', town.domain.colors['soil']))


def playground(town: Builder, rect: Rect) -> None:
    """Add a climbing frame in a sandpit."""
    p, q = rect.place(town.rng)
    bare_soil(town, Rect(p - 3.5, p + 3.5, q - 2.5, q + 2.5))
    wood = Material('planks', ((0.45, 0.3, 0.15), (0.4, 0.1, 0.08)), (0.3,))
    legs = [box((0.15, 0.15, 2.2), (x, y, 1.1), wood) for x in (-1, 1) for y in (-1, 1)]
    town.put(CLUTTER, (box((2.2, 2.2, 0.15), (0, 0, 1.4), wood), *legs), (p + 1, q))


def heaps(town: Builder, rect: Rect) -> None:
    """Add heaps of soil and stacks of boards."""
    rng = town.rng
    for _ in range(int(rng.integers(3, 7))):
        spot, size = rect.place(rng), rng.uniform(1.2, 3)
        if rng.random() < 0.6:
            soil = town.material('soil', 'asphalt')
            parts = (blob((size, size * 0.8, size * 0.6), (0, 0, 0), soil, rng, 2),)
        else:
            boards = Material('planks', ((0.4, 0.3, 0.2), (0.3, 0.22, 0.15)), (0.2,))
            parts = (box((3.0, 1.2, size / 2), (0, 0, size / 4), boards),)
        town.put(CLUTTER, parts, spot, rng.uniform(0, 3))


def garden_oddity(town: Builder, rect: Rect) -> None:
    """Add a pool or a trampoline."""
    rng = town.rng
    if min(rect.size) < 4:
        return
    spot = rect.grown(-2).place(rng)
    if rng.random() < 0.5:
        rim = box((6.4, 3.4, 0.3), (0, 0, 0.05), town.material('paving', 'plain'))
        pool = box((5.8, 2.8, 0.3), (0, 0, 0.06), Material('plain', ((0.02, 0.2, 0.3),), gloss=0.05))
        town.put(CLUTTER, (rim, pool), spot)
    else:
        mat = tube([1.5, 1.5], [0.7, 0.75], Material('plain', ((0.03, 0.03, 0.03),)), 16)
        ring = tube([1.8, 1.8], [0.68, 0.72], Material('plain', ((0.1, 0.2, 0.5),)), 16)
        town.put(CLUTTER, (ring, mat), spot)
