"""Contents of each kind of room."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from mtlbench.world.scene.indoor import bath, hung, materials, seating, small, storage, tables
from mtlbench.world.scene.indoor.piece import Maker
from mtlbench.world.scene.indoor.room import Room
from mtlbench.world.scene.model import Material

Covering = Callable[[np.random.Generator], Material]


@dataclass(frozen=True)
class Plan:
    """A kind of room. Each listed object is placed if there is space; earlier ones are placed first.

    Args:
        smallest: Smallest width and length, in meters.
        largest: Largest width and length, in meters.
        standing: Objects at the walls, each with its probability.
        hanging: Objects on the walls, each with its probability and its height above the floor.
        middle: Objects on the free floor, each with the objects around it and its probability.
        mat: Carpet or mat on the floor.
        floor: Material of the floor.
        wall: Material of the walls.
    """

    smallest: tuple[float, float]
    largest: tuple[float, float]
    standing: tuple[tuple[Maker, float], ...]
    hanging: tuple[tuple[Maker, float, float], ...]
    middle: tuple[tuple[Maker, Maker | None, float], ...] = ()
    mat: Maker | None = None
    floor: Covering = materials.floor_covering
    wall: Covering = materials.wall_paint


PLANS = {
    'living room': Plan(
        (3.6, 4.0), (5.2, 6.0),
        ((seating.sofa, 1), (seating.sofa, 0.6), (storage.bookshelf, 0.9), (storage.cabinet, 0.6),
         (small.floor_lamp, 0.7), (small.plant, 0.6), (seating.sofa, 0.3)),
        ((hung.television, 0.7, 0.95), (hung.picture, 0.9, 1.5), (hung.picture, 0.6, 1.45),
         (storage.wall_shelf, 0.4, 1.5),
         (hung.radiator, 0.4, 0.1), (hung.mirror, 0.2, 1.2)),
        ((tables.coffee_table, seating.stool, 0.9), (small.person, None, 0.15), (small.bag, None, 0.3),
         (small.pillow, None, 0.15)),
        bath.carpet,
    ),
    'bedroom': Plan(
        (3.4, 3.8), (4.8, 5.4),
        ((seating.bed, 1), (storage.dresser, 1), (tables.night_stand, 1), (storage.cabinet, 0.8),
         (tables.night_stand, 0.6),
         (seating.chair, 0.5), (storage.bookshelf, 0.3)),
        ((hung.picture, 0.9, 1.5), (hung.mirror, 0.7, 1.2), (hung.coat_hooks, 0.6, 0.7), (hung.television, 0.3, 1.3),
         (hung.radiator, 0.3, 0.1)),
        ((small.heap_of_clothes, None, 0.7), (small.bag, None, 0.5), (small.cardboard_box, None, 0.4),
         (small.person, None, 0.1)),
        bath.carpet,
    ),
    'kitchen': Plan(
        (3.0, 3.6), (4.4, 5.2),
        ((storage.counter, 1), (storage.refrigerator, 1), (storage.counter, 0.5), (storage.shelves, 0.5),
         (storage.cabinet, 0.4), (small.bin_, 0.6), (seating.chair, 0.3)),
        ((storage.wall_cabinet, 0.9, 1.45), (hung.picture, 0.5, 1.5), (bath.towel_rail, 0.6, 0.8),
         (hung.notes, 0.5, 1.3),
         (hung.radiator, 0.3, 0.1)),
        ((tables.table, seating.chair, 0.9), (small.person, None, 0.2), (small.bag, None, 0.2)),
        None, materials.ceramic_tiles,
    ),
    'bathroom': Plan(
        (2.7, 3.1), (3.5, 4.2),
        ((bath.bathtub, 1), (bath.toilet, 1), (bath.wash_basin, 1), (storage.shelves, 0.4), (small.bin_, 0.6),
         (storage.cabinet, 0.3)),
        ((hung.mirror, 1, 1.15), (bath.towel_rail, 1, 0.8), (bath.towel_rail, 0.5, 0.8), (hung.coat_hooks, 0.4, 0.7),
         (hung.radiator, 0.3, 0.1)),
        ((small.heap_of_clothes, None, 0.4),),
        bath.bath_mat, materials.ceramic_tiles, materials.ceramic_tiles,
    ),
    'office': Plan(
        (3.2, 3.6), (5.0, 5.6),
        ((tables.desk, 1), (tables.desk, 0.7), (storage.bookshelf, 0.9), (storage.cabinet, 0.7),
         (storage.shelves, 0.6),
         (small.bin_, 0.6), (small.plant, 0.4), (small.cardboard_box, 0.6)),
        ((hung.whiteboard, 0.7, 0.95), (hung.notes, 0.7, 1.3), (hung.picture, 0.4, 1.5), (hung.coat_hooks, 0.4, 0.7),
         (hung.radiator, 0.3, 0.1)),
        ((seating.office_chair, None, 1), (seating.office_chair, None, 0.6), (small.bag, None, 0.5),
         (small.cardboard_box, None, 0.5), (small.person, None, 0.3)),
    ),
    'classroom': Plan(
        (5.0, 5.5), (7.0, 8.0),
        ((storage.shelves, 0.7), (storage.cabinet, 0.8), (tables.desk, 0.8), (storage.bookshelf, 0.5),
         (small.bin_, 0.7)),
        ((hung.whiteboard, 1, 0.95), (hung.whiteboard, 0.4, 0.95), (hung.notes, 0.8, 1.3), (hung.picture, 0.6, 1.5),
         (hung.radiator, 0.5, 0.1)),
        (*((tables.table, seating.chair, 0.9),) * 4, (small.person, None, 0.4), (small.bag, None, 0.6)),
    ),
}  # fmt: skip


def furnish(kind: str, rng: np.random.Generator) -> Room:
    """Build a room of a kind of :data:`PLANS`, with door, windows, lamps and furniture."""
    plan = PLANS[kind]
    width, length = rng.uniform(plan.smallest, plan.largest).tolist()
    room = Room((width, length, float(rng.uniform(2.45, 2.8))), rng)
    room.enclose(plan.floor(rng), plan.wall(rng), Material('plaster', ((0.78, 0.77, 0.74),)))
    room.against_wall(hung.door, height=0.0, free=0.7)
    for _ in range(rng.integers(1, 3)):
        room.against_wall(hung.window, height=rng.uniform(0.85, 1.0), free=0.12)
    room.below_the_ceiling(hung.ceiling_lamp, (width / 2, length / 2))
    if plan.mat is not None and rng.random() < 0.8:
        room.on_the_floor(plan.mat, (width / 2 - 0.1, length / 2 + 0.1))
    _fill(room, plan)
    return room


def _fill(room: Room, plan: Plan) -> None:
    rng = room.rng
    for maker, chance in plan.standing:
        if rng.random() < chance:
            room.against_wall(maker, free=0.3)
    for maker, chance, height in plan.hanging:
        if rng.random() < chance:
            room.against_wall(maker, height)
    for maker, beside, chance in plan.middle:
        if rng.random() < chance:
            room.in_the_middle(maker, beside)
