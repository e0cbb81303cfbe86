"""Sun, sky and haze."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mtlbench.world.render.noise import fractal
from mtlbench.world.scene.model import Color


@dataclass(frozen=True)
class Light:
    """Weather and time of day; colors are linear RGB.

    Args:
        sun_azimuth: Direction of the sun in degrees from world x, towards y.
        sun_elevation: Height of the sun in degrees above the horizon.
        sun: Color and strength of the direct light; all zero = no shadows.
        ambient: Color and strength of the light from the sky.
        bounce: Color and strength of the light from below, such as from the floor of a room.
        zenith: Color of the sky overhead.
        horizon: Color of the sky at the horizon, and of haze and fog.
        clouds: Cloud cover, 0..1.
        visibility: Distance in meters at which haze removes 63 % of the contrast.
        rain: Strength of rain streaks, 0..1.
    """

    sun_azimuth: float = 40.0
    sun_elevation: float = 48.0
    sun: Color = (1.9, 1.8, 1.6)
    ambient: Color = (0.42, 0.48, 0.58)
    bounce: Color = (0.0, 0.0, 0.0)
    zenith: Color = (0.16, 0.34, 0.72)
    horizon: Color = (0.62, 0.72, 0.84)
    clouds: float = 0.4
    visibility: float = 1600.0
    rain: float = 0.0

    @property
    def to_sun(self) -> NDArray[np.float64]:
        """Unit vector (3,) towards the sun."""
        azimuth, elevation = np.deg2rad([self.sun_azimuth, self.sun_elevation])
        flat = np.cos(elevation)
        return np.array([flat * np.cos(azimuth), flat * np.sin(azimuth), np.sin(elevation)])

    def sky(self, directions: NDArray) -> NDArray[np.float64]:
        """Return the color of the sky (N, 3) in unit directions (N, 3)."""
        up = np.clip(directions[:, 2], 0, 1)
        color = _mix(np.array(self.horizon), np.array(self.zenith), (up**0.55)[:, None])
        plane = directions[:, :2] / (up[:, None] + 0.12)
        cover = fractal(np.column_stack([plane * 1.3, np.full(len(up), 7.3)]), 4)
        amount = np.clip((cover - 0.68 + 0.4 * self.clouds) * 5, 0, 1) * np.clip(up * 9, 0, 1)
        shade = np.array(self.horizon) * 0.55 + np.array(self.sun) * 0.28
        color = _mix(color, shade, (0.85 * amount * (self.clouds > 0))[:, None])
        glow = np.clip(directions @ self.to_sun, 0, 1)
        return color + np.array(self.sun) * (0.25 * glow**24 + 2 * glow**900)[:, None] * (1 - amount * 0.7)[:, None]

    def through_air(self, colors: NDArray, distance: NDArray) -> NDArray[np.float64]:
        """Return colors (N, 3) as seen through (N,) meters of haze."""
        return _mix(np.array(self.horizon), colors, np.exp(-distance / self.visibility)[:, None])


def _mix(first: NDArray, second: NDArray, share: NDArray) -> NDArray[np.float64]:
    return first + (second - first) * share
