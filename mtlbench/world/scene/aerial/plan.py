"""The ground, and the slightly bent grid of the town on it."""

from __future__ import annotations

import zlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mtlbench.world.scene.model import placement


@dataclass(frozen=True)
class Ground:
    """Gently sloping plane, so that heights above it are exact.

    Args:
        level: Height above sea level at the origin, in meters.
        slope: Rise per meter towards x and y.
    """

    level: float
    slope: tuple[float, float]

    def height(self, x: ArrayLike, y: ArrayLike) -> NDArray[np.float64]:
        """Return the height of the ground above sea level at positions (x, y), in meters."""
        return self.level + self.slope[0] * np.asarray(x, np.float64) + self.slope[1] * np.asarray(y, np.float64)


def draw_ground(name: str, level: float, seed: int) -> Ground:
    """Return the ground of a scene: its level within 5 m of ``level``, and slopes up to 3 %."""
    rng = np.random.default_rng([seed, zlib.crc32(f'ground of {name}'.encode())])
    east, north = rng.uniform(-0.03, 0.03, 2)
    return Ground(level + rng.uniform(-5, 5), (float(east), float(north)))


@dataclass(frozen=True)
class Plan:
    """Map from positions (p, q) of a straight town to the world: turned, slightly bent, and laid on the ground.

    Args:
        ground: Ground of the town.
        turn: Angle of the p axis from world x, in radians.
        bend: Amplitude of the streets' bends, in meters.
        phases: Phases of the bends at the origin, in radians.
    """

    ground: Ground
    turn: float
    bend: float
    phases: tuple[float, float]

    WAVE = 38.0

    def point(self, p: ArrayLike, q: ArrayLike, lift: ArrayLike = 0.0) -> NDArray[np.float64]:
        """Return the world positions (..., 3), ``lift`` meters above the ground."""
        p, q = np.broadcast_arrays(np.asarray(p, np.float64), np.asarray(q, np.float64))
        across = p + self.bend * np.sin(q / self.WAVE + self.phases[0])
        along = q + self.bend * np.sin(p / self.WAVE + self.phases[1])
        cos, sin = np.cos(self.turn), np.sin(self.turn)
        x, y = cos * across - sin * along, sin * across + cos * along
        return np.stack([x, y, self.ground.height(x, y) + np.asarray(lift, np.float64)], -1)

    def stand(self, p: float, q: float, turn: float = 0.0, lift: float = 0.0) -> NDArray[np.float64]:
        """Return the pose (4, 4) of an object whose x axis is ``turn`` radians from the local p axis."""
        ahead, behind = self.point(p + 0.5, q), self.point(p - 0.5, q)
        heading = np.arctan2(ahead[1] - behind[1], ahead[0] - behind[0])
        return placement(self.point(p, q, lift), float(heading) + turn)
