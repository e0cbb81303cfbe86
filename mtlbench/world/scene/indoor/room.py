"""An empty room, and the placement of objects in it without collisions."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from mtlbench.world.scene.indoor.piece import Maker, Piece, slab
from mtlbench.world.scene.model import Instance, Lamp, Material, placement

GAP = 0.02
TRIES = 30
THICK = 0.1


@dataclass
class Room:
    """A room: x in 0..width, y in 0..length, z in 0..height; meters.

    Args:
        size: Width, length and height.
        rng: Generator of the placement.
        things: Objects in the room.
        lamps: Lit lamps.
        taken: Lowest and highest corners (2, 3) of regions that are occupied or must stay free.
    """

    size: tuple[float, float, float]
    rng: np.random.Generator
    things: list[Instance] = field(default_factory=list)
    lamps: list[Lamp] = field(default_factory=list)
    taken: list[NDArray[np.float64]] = field(default_factory=list)

    def enclose(self, floor: Material, wall: Material, ceiling: Material) -> None:
        """Build floor, four walls and ceiling."""
        width, length, height = self.size
        self.things.append(Instance('floor', (slab((0, 0, -THICK), (width, length, 0), floor),)))
        self.things.append(Instance('ceiling', (slab((0, 0, height), (width, length, height + THICK), ceiling),)))
        for side in range(4):
            half = self.side_length(side) / 2 + THICK
            panel = slab((-half, -THICK, -THICK), (half, 0, height + THICK), wall)
            self.things.append(Instance('wall', (panel.moved(self.at_wall(side, 0.0, 0.0)),)))

    def side_length(self, side: int) -> float:
        """Return the length of a wall."""
        return self.size[side % 2]

    def at_wall(self, side: int, way: float, height: float) -> NDArray[np.float64]:
        """Return the pose (4, 4) of a piece at a wall, ``way`` meters from its middle."""
        width, length, _ = self.size
        middle = np.array(((width / 2, 0), (width, length / 2), (width / 2, length), (0, length / 2))[side])
        heading = side * np.pi / 2
        along = np.array((np.cos(heading), np.sin(heading)))
        return placement(np.array((*(middle + along * way), height)), heading)

    def against_wall(self, maker: Maker, height: float = 0.0, free: float = 0.0, side: int | None = None) -> bool:
        """Place a piece at a wall. Return False if there is no space.

        Args:
            maker: Function that makes the piece.
            height: Height of the piece's z = 0 above the floor.
            free: Depth in meters of the space in front of it that stays free.
            side: Index of the wall; random if not given.
        """
        piece = maker(self.rng)
        low, high = piece.bounds
        for _ in range(TRIES):
            which = int(self.rng.integers(4)) if side is None else side
            reach = self.side_length(which) / 2 - GAP
            if high[0] - low[0] > 2 * reach:
                continue
            way = self.rng.uniform(-reach - low[0], reach - high[0])
            pose = self.at_wall(which, way, height)
            pose[:3, 3] -= pose[:3, 1] * low[1]
            if self.put(piece.moved(pose), 0.05):
                self._keep_free(pose, low, high, free)
                return True
        return False

    def in_the_middle(self, maker: Maker, beside: Maker | None = None) -> bool:
        """Place a piece on the floor in a random direction, with others that face it on two sides."""
        for _ in range(TRIES):
            piece = maker(self.rng)
            low, high = piece.bounds
            piece = Piece().join(piece, (*-(low + high)[:2] / 2, -low[2]))
            if beside is not None:
                self._surround(piece, beside)
            heading = self.rng.integers(4) * np.pi / 2 + self.rng.normal(0, 0.12)
            spot = self.rng.uniform((0.3, 0.3), np.array(self.size[:2]) - 0.3)
            if self.put(piece.moved(placement(np.array((*spot, 0.0)), heading)), 0.1):
                return True
        return False

    def below_the_ceiling(self, maker: Maker, spot: tuple[float, float]) -> None:
        """Hang a piece below the ceiling."""
        self.put(maker(self.rng).moved(placement(np.array((*spot, self.size[2])), 0.0)), 0.0)

    def on_the_floor(self, maker: Maker, spot: tuple[float, float]) -> None:
        """Lay a flat piece on the floor, before other pieces are placed on it."""
        piece = maker(self.rng).moved(placement(np.array((*spot, 0.0)), self.rng.integers(4) * np.pi / 2))
        self._accept(piece)

    def put(self, piece: Piece, margin: float) -> bool:
        """Add a positioned piece, unless it leaves the room or comes closer than a margin (m) to another one."""
        low, high = piece.bounds
        if (low < -1e-6).any() or (high > np.array(self.size) + 1e-6).any():
            return False
        if any((low < other[1] + margin).all() and (high > other[0] - margin).all() for other in self.taken):
            return False
        self._accept(piece)
        self.taken.append(np.stack([low, high]))
        return True

    def _accept(self, piece: Piece) -> None:
        self.things += piece.things
        self.lamps += piece.lamps

    def _keep_free(self, pose: NDArray, low: NDArray, high: NDArray, depth: float) -> None:
        """Reserve the space in front of a piece."""
        if depth:
            corners = np.stack([(low[0], 0, low[2]), (high[0], high[1] + depth, high[2])])
            world = corners @ pose[:3, :3].T + pose[:3, 3]
            self.taken.append(np.stack([world.min(0), world.max(0)]))

    def _surround(self, piece: Piece, maker: Maker) -> None:
        """Place objects at the two long sides of a table, facing it."""
        low, high = piece.bounds
        for sign in (-1, 1):
            for x in (-0.28, 0.28) if high[0] - low[0] > 1.3 else (0.0,):
                if self.rng.random() < 0.75:
                    other = maker(self.rng)
                    away = high[1] + other.bounds[1, 1] + self.rng.uniform(-0.15, 0.1)
                    heading = (np.pi if sign > 0 else 0.0) + self.rng.normal(0, 0.1)
                    pose = placement(np.array((x * (high[0] - low[0]), sign * away, 0.0)), heading)
                    piece.join(other.moved(pose), (0, 0, 0))
