"""Center line of a road, and the surrounding ground."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mtlbench.world.scene.model import Material, Part
from mtlbench.world.scene.shapes import ribbon

_STEP = 2.0
_CHUNK = 4096


@dataclass(frozen=True)
class Relief:
    """Shape of the road and the ground.

    Args:
        bends: Amplitude of the road's heading, in radians.
        slope: Amplitude of the road's height, in meters.
        hills: Height of the hills, in meters.
        flat: Distance from the road's center at which the hills begin, in meters.
    """

    bends: float = 0.3
    slope: float = 0.5
    hills: float = 30.0
    flat: float = 60.0


class Path:
    """Center line of a road, parametrized by the way ``s`` along it, in meters.

    Lateral offsets are positive to the right.

    Args:
        start: First ``s``.
        stop: Last ``s``.
        relief: Bends, slopes and hills.
        rng: Generator of the phases of the bends.
    """

    def __init__(self, start: float, stop: float, relief: Relief, rng: np.random.Generator) -> None:
        self.start, self.stop, self.relief = start, stop, relief
        self._phases = rng.uniform(0, 2 * np.pi, 8)
        self._s = np.arange(start, stop + _STEP, _STEP)
        heading = self.heading(self._s + _STEP / 2)
        steps = np.stack([np.cos(heading), np.sin(heading)], 1)[:-1] * _STEP
        self._xy = np.concatenate([np.zeros((1, 2)), np.cumsum(steps, 0)])

    def heading(self, s: ArrayLike) -> NDArray[np.float64]:
        """Return the direction of travel at ``s``, in radians from world x."""
        s = np.asarray(s, np.float64)
        first, second = self._phases[:2]
        return self.relief.bends * (0.7 * np.sin(s / 47 + first) + 0.3 * np.sin(s / 19 + second))

    def height(self, s: ArrayLike) -> NDArray[np.float64]:
        """Return the height of the road at ``s``, in meters."""
        s = np.asarray(s, np.float64)
        return self.relief.slope * (np.sin(s / 31 + self._phases[2]) + 0.4 * np.sin(s / 13 + self._phases[3]))

    def point(self, s: ArrayLike, lateral: ArrayLike, up: ArrayLike = 0.0) -> NDArray[np.float64]:
        """Return world points (..., 3) at ``s``, ``lateral`` meters to the right and ``up`` meters above the road."""
        s, lateral, up = np.broadcast_arrays(*(np.asarray(x, np.float64) for x in (s, lateral, up)))
        heading = self.heading(s)
        x = np.interp(s, self._s, self._xy[:, 0]) + lateral * np.sin(heading)
        y = np.interp(s, self._s, self._xy[:, 1]) - lateral * np.cos(heading)
        return np.stack([x, y, self.height(s) + up], -1)

    def strip(self, span: tuple[float, float], laterals: ArrayLike, ups: ArrayLike, material: Material) -> Part:
        """Return a surface along the road with a cross-section of laterals and heights; texture (lateral, s, 0)."""
        s = np.linspace(*span, max(2, int((span[1] - span[0]) / _STEP) + 1))[:, None]
        lateral, up = np.asarray(laterals, np.float64)[None], np.asarray(ups, np.float64)[None]
        points = self.point(s, lateral, up)
        coords = np.stack([np.broadcast_to(c, points.shape[:2]) for c in (lateral, s, up)], -1)
        return ribbon(points, coords, material)

    def ground(self, xy: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the height (N,) of the ground at world positions (N, 2); below the road it lies slightly lower."""
        nearest = np.concatenate([self._nearest(xy[i : i + _CHUNK]) for i in range(0, len(xy), _CHUNK)])
        way, distance = nearest[:, 0], nearest[:, 1]
        rise = np.clip((distance - self.relief.flat) / 120, 0, 1)
        return self.height(way) - 0.08 + self.relief.hills * rise**2 * (3 - 2 * rise) * self._hills(xy)

    def on_ground(self, s: float, lateral: float) -> NDArray[np.float64]:
        """Return the world point (3,) on the ground at ``s`` and ``lateral``."""
        point = self.point(s, lateral)
        point[2] = self.ground(point[None, :2])[0]
        return point

    def terrain(self, margin: float, spacing: float, material: Material) -> Part:
        """Return the ground as a grid that extends ``margin`` meters beyond the road in all directions."""
        low, high = self._xy.min(0) - margin, self._xy.max(0) + margin
        axes = [np.arange(a, b + spacing, spacing) for a, b in zip(low, high, strict=True)]
        xy = np.stack(np.meshgrid(*axes, indexing='ij'), -1)
        points = np.concatenate([xy, self.ground(xy.reshape(-1, 2)).reshape(*xy.shape[:2], 1)], -1)
        return ribbon(points, points, material)

    def _nearest(self, xy: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the way and the distance (N, 2) of the nearest point of the road."""
        squares = (xy**2).sum(1)[:, None] - 2 * xy @ self._xy.T + (self._xy**2).sum(1)
        index = squares.argmin(1)
        offset = xy - self._xy[index]
        heading = self.heading(self._s[index])
        along = offset[:, 0] * np.cos(heading) + offset[:, 1] * np.sin(heading)
        way = np.clip(self._s[index] + np.clip(along, -_STEP, _STEP), self.start, self.stop)
        return np.column_stack([way, np.sqrt((offset**2).sum(1))])

    def _hills(self, xy: NDArray[np.float64]) -> NDArray[np.float64]:
        x, y = xy[:, 0], xy[:, 1]
        a, b, c, d = self._phases[4:]
        waves = (
            np.sin(x / 90 + a) + np.sin(y / 70 + b) + 0.5 * np.sin((x + y) / 37 + c) + 0.4 * np.sin((x - y) / 29 + d)
        )
        return np.clip(0.5 + waves / 4, 0.02, None)
