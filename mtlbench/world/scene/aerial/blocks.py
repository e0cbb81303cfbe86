"""Contents of the blocks between streets. Each function fills a rectangle."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from mtlbench.world.scene.aerial import oddities, roofs
from mtlbench.world.scene.aerial.builder import BUILDING, IMPERVIOUS, LOW, Builder, Rect

UPRIGHT = np.pi / 2
Block = Callable[[Builder, Rect], None]
BLOCKS: dict[str, Block] = {}


def block(function: Block) -> Block:
    """Register a kind of block under its function's name."""
    BLOCKS[function.__name__] = function
    return function


@block
def houses(town: Builder, rect: Rect) -> None:
    """Add two rows of houses in gardens, back to back."""
    rng, middle = town.rng, rect.middle[1]
    p = rect.p0
    while p + 12 < rect.p1:
        width = rng.uniform(15, 21)
        if rect.p1 - (p + width) < 12:
            width = rect.p1 - p
        _parcel(town, Rect(p, p + width, rect.q0, middle), -1)
        _parcel(town, Rect(p, p + width, middle, rect.q1), 1)
        p += width


def _parcel(town: Builder, rect: Rect, street: int) -> None:
    """Add a house with garage, driveway and garden; the street is at high q (1) or low q (-1)."""
    rng = town.rng
    wide, deep = rect.size
    front = rect.q1 if street > 0 else rect.q0
    length, depth = min(rng.uniform(9, 12.5), wide - 5.5), rng.uniform(8, 10)
    spot = (rect.p1 - 1.5 - length / 2, front - street * (rng.uniform(3.5, 6) + depth / 2))
    roof = town.material('tiles', 'tiles', (0.4,))
    turned = rng.random() < 0.3 and length < depth + 2
    town.put(BUILDING, roofs.house(length, depth, rng.uniform(3, 6.2), roof, rng), spot, UPRIGHT * turned)
    _drive(town, rect, front, street, wide - length - 2.5)
    back = spot[1] - street * depth / 2
    garden = Rect(rect.p0 + 1, rect.p1 - 1, *sorted((back - street * 3, front - street * deep + street)))
    terrace = Rect(spot[0] - 2.5, spot[0] + 2.5, *sorted((back, back - street * 3)))
    town.lay(IMPERVIOUS, terrace, 0.05, town.material('paving', 'slabs', (0.5,)))
    town.trees(garden, 1.3, 0.8)
    town.shrubs(garden, 3)
    town.shrubs(Rect(rect.p0 + 4, rect.p1 - 1, *sorted((front - street, front - street * 3))), 2)
    _fence(town, rect, front, street)
    if rng.random() < 0.3:
        oddities.garden_oddity(town, garden)


def _drive(town: Builder, rect: Rect, front: float, street: int, room: float) -> None:
    """Add a driveway at the low end of the parcel, with a garage and perhaps a car."""
    rng = town.rng
    wide, length = min(3.2, room), rng.uniform(6, 9)
    p = rect.p0 + 0.6 + wide / 2
    drive = Rect(p - wide / 2, p + wide / 2, *sorted((front, front - street * length)))
    town.lay(IMPERVIOUS, drive, 0.05, town.material('paving', 'slabs', (0.4,)))
    if rng.random() < 0.75:
        garage = roofs.flat_house(6.0, wide, 2.6, town.material('flat roof', 'asphalt'), rng)
        town.put(BUILDING, garage, (p, front - street * (length + 3)), UPRIGHT)
    if rng.random() < 0.55:
        town.car((p, front - street * rng.uniform(2.6, length - 2.6)), UPRIGHT)


def _fence(town: Builder, rect: Rect, front: float, street: int) -> None:
    """Add hedges along some of the parcel's borders."""
    rng = town.rng
    wide, deep = rect.size
    if rng.random() < 0.6:
        town.hedge((rect.p0 + 4.5, front - street * 0.5), wide - 5, 0.0)
    if rng.random() < 0.6:
        town.hedge((rect.p1, min(front - street * 7, front - street * (deep - 1))), deep - 8, UPRIGHT)
    if rng.random() < 0.5:
        town.hedge((rect.p0 + 0.5, front - street * (deep - 0.4)), wide - 1, 0.0)


@block
def perimeter(town: Builder, rect: Rect) -> None:
    """Add apartments along all four streets around a courtyard."""
    rng = town.rng
    wide, deep = rect.size
    depth, eave = rng.uniform(9.5, 12), rng.integers(*town.domain.floors) * 3.2 + 1
    yard = rect.grown(-depth)
    if min(yard.size) < 9:
        houses(town, rect)
        return
    town.lay(IMPERVIOUS, yard, 0.04, town.material('paving', 'slabs', (0.6,)))
    town.lay(LOW, yard.grown(-rng.uniform(2, 3.5)), 0.1, town.lawn)
    for q in (rect.q0 + depth / 2, rect.q1 - depth / 2):
        _wing(town, (rect.p0, rect.p1), q, depth, eave, 0.0)
    for p in (rect.p0 + depth / 2, rect.p1 - depth / 2):
        _wing(town, (yard.q0, yard.q1), p, depth, eave, UPRIGHT)
    if min(yard.size) > 16:
        oddities.playground(town, yard.grown(-6.5))
    town.trees(yard.grown(-3), 3 * wide * deep / 2000)
    town.shrubs(yard.grown(-3), 4)
    for _ in range(int(rng.integers(2, 6))):
        town.car((rng.uniform(yard.p0 + 2.5, yard.p1 - 2.5), yard.q0 + rng.choice([2.0, 3.0])), 0.0)
    if rng.random() < 0.7:
        roof = town.material('flat roof', 'asphalt')
        shed = roofs.flat_house(rng.uniform(6, 9), 4, rng.uniform(2.6, 3.4), roof, rng)
        town.put(BUILDING, shed, (yard.middle[0], yard.q1 - 2.2))
    oddities.bins(town, (yard.p0 + 2.5, yard.q1 - 1.5))


def _wing(town: Builder, span: tuple[float, float], across: float, depth: float, eave: float, turn: float) -> None:
    """Add a row of attached houses with slightly different roofs."""
    rng, start = town.rng, span[0]
    while start < span[1] - 1:
        length = rng.uniform(13, 22)
        if span[1] - (start + length) < 9:
            length = span[1] - start
        middle = start + length / 2
        spot = (middle, across) if turn == 0 else (across, middle)
        top = eave + rng.choice([0, 0, 3.2, -1.5])
        if rng.random() < 0.25:
            parts = roofs.flat_house(length, depth, top + 2, town.material('flat roof', 'asphalt'), rng)
        else:
            parts = roofs.terrace(length, depth, top, town.material('tiles', 'tiles', (0.4,)))
        town.put(BUILDING, parts, spot, turn)
        start += length


@block
def rows(town: Builder, rect: Rect) -> None:
    """Add long apartment blocks on lawns, with a car park in front."""
    rng = town.rng
    wide, deep = rect.size
    park = Rect(rect.p0 + 2, rect.p1 - 2, rect.q0 + 1, rect.q0 + 8.5)
    town.car_park(park, rng.uniform(0.4, 0.9))
    depth, top = rng.uniform(10, 12.5), rng.integers(*town.domain.floors) * 2.9 + 1.2
    count = max(1, int((deep - 10) / 24))
    for number in range(count):
        q = rect.q0 + 10 + (number + 0.5) * (deep - 10) / count
        length = wide - rng.uniform(8, 16)
        roof = town.material('flat roof', 'asphalt')
        town.put(BUILDING, roofs.flat_house(length, depth, top, roof, rng), (rect.middle[0], q))
        walk = Rect(rect.p0, rect.p1, q - depth / 2 - 4, q - depth / 2 - 2.4)
        town.lay(IMPERVIOUS, walk, 0.05, town.material('paving', 'slabs', (0.5,)))
        for side in (-1, 1):
            strip = Rect(rect.p0 + 2, rect.p1 - 2, *sorted((q + side * (depth / 2 + 5), q + side * (depth / 2 + 8))))
            town.trees(strip, 3.5)
            town.shrubs(strip, 4)
        oddities.bins(town, (rect.p0 + 2, q - depth / 2 - 3))
        oddities.playground(town, Rect(rect.p0 + 6, rect.p1 - 6, q + depth / 2 + 5, q + depth / 2 + 6))


@block
def hall(town: Builder, rect: Rect) -> None:
    """Add a large flat building and a large car park."""
    rng = town.rng
    wide, deep = rect.size
    split = rect.q0 + deep * rng.uniform(0.4, 0.55)
    town.lay(IMPERVIOUS, rect, 0.02, town.material('asphalt', 'asphalt'))
    top = rng.uniform(5, 9)
    building = roofs.flat_house(wide - 8, split - rect.q0 - 4, top, town.material('flat roof', 'asphalt'), rng)
    town.put(BUILDING, building, (rect.middle[0], (rect.q0 + split) / 2))
    park = Rect(rect.p0 + 2, rect.p1 - 2, split + 2, rect.q1 - 2)
    town.car_park(park, rng.uniform(0.35, 0.85))
    for p in np.arange(park.p0 + 6, park.p1, 12.0):
        bed = Rect(p - 1.3, p + 1.3, park.q1 - 1.2, park.q1 + 1.4)
        town.lay(LOW, bed, 0.12, town.lawn)
        town.trees(bed, 0.7, 0.7)
    oddities.containers(town, Rect(rect.p0 + 4, rect.p0 + 14, split - 1.5, split + 2))


@block
def park(town: Builder, rect: Rect) -> None:
    """Add lawn, paths and trees around a pond or a tennis court."""
    rng = town.rng
    p, q = rect.middle
    path = town.material('paving', 'asphalt')
    town.lay(IMPERVIOUS, Rect(rect.p0, rect.p1, q - 1, q + 1), 0.03, path)
    town.lay(IMPERVIOUS, Rect(p - 1, p + 1, rect.q0, rect.q1), 0.035, path)
    feature = (oddities.pond, oddities.court)[rng.integers(2)]
    feature(town, Rect(rect.p0 + 3, p - 2, q + 2, rect.q1 - 2))
    for quarter in (Rect(p + 2, rect.p1 - 2, q + 2, rect.q1 - 2), Rect(rect.p0 + 2, rect.p1 - 2, rect.q0 + 2, q - 3)):
        town.trees(quarter, quarter.size[0] * quarter.size[1] / 110, 1.15)
        town.shrubs(quarter, 5)


@block
def site(town: Builder, rect: Rect) -> None:
    """Add a building site: bare soil, a shell, containers, heaps."""
    rng = town.rng
    oddities.bare_soil(town, rect.grown(-1.5))
    p, q = rect.middle
    concrete = town.material('flat roof', 'asphalt')
    length, depth = rect.size[0] * 0.5, rect.size[1] * 0.35
    town.put(BUILDING, roofs.flat_house(length, depth, rng.uniform(3, 7), concrete, rng), (p + 4, q + 2))
    oddities.containers(town, Rect(rect.p0 + 4, rect.p0 + 18, rect.q0 + 3, rect.q0 + 8))
    oddities.heaps(town, Rect(rect.p0 + 4, rect.p1 - 6, rect.q1 - 8, rect.q1 - 4))
    town.car((rect.p1 - 4, rect.q0 + 5), UPRIGHT)
    town.trees(Rect(rect.p0, rect.p1, rect.q1 - 2, rect.q1), 2)
