"""Procedural textures: functions of the position on the surface, so that they move with it.

Each takes the positions (N, 3) in meters, the size (N,) of a pixel on the surface in meters, and the material, and
returns colors (N, 3). Detail finer than a pixel fades into its mean to avoid flicker between frames.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from mtlbench.world.render.noise import fractal, value_noise
from mtlbench.world.scene.model import Material

Texture = Callable[[NDArray, NDArray, Material], NDArray]
TEXTURES: dict[str, Texture] = {}


def texture(function: Texture) -> Texture:
    """Register a texture under its function's name."""
    TEXTURES[function.__name__] = function
    return function


def grain(places: NDArray, pixel: NDArray, wave: float, strength: float) -> NDArray:
    """Return a factor (N, 1) around 1 from noise of one wavelength (m)."""
    fade = np.clip(1.5 - 2 * pixel / wave, 0, 1)
    return 1 + (strength * fade * (2 * value_noise(places / (wave / 2)) - 1))[:, None]


def stripes(x: NDArray, pixel: NDArray, period: float, width: float) -> NDArray:
    """Return the share (N,) of a pixel covered by stripes of ``width`` that start at multiples of ``period``."""
    reach = np.maximum(pixel, 1e-3)
    return np.clip((_covered(x + reach / 2, period, width) - _covered(x - reach / 2, period, width)) / reach, 0, 1)


def _covered(x: NDArray, period: float, width: float) -> NDArray:
    """Return the length covered by stripes from 0 to x."""
    whole = np.floor(x / period)
    return whole * width + np.minimum(x - whole * period, width)


def _mix(first: NDArray, second: NDArray, share: NDArray) -> NDArray:
    return first + (second - first) * share[:, None]


@texture
def plain(places: NDArray, pixel: NDArray, material: Material) -> NDArray:
    """One nearly uniform color."""
    return np.array(material.colors[0]) * grain(places, pixel, 0.3, 0.08)


@texture
def paint(places: NDArray, pixel: NDArray, material: Material) -> NDArray:
    """Painted metal with dirt at the bottom and seams."""
    dirt = np.clip(0.7 - places[:, 2], 0, 0.5)[:, None]
    seams = 1 - 0.45 * stripes(places[:, 0] - 0.25, pixel, 1.1, 0.03) * (places[:, 2] < 1.0)
    base = np.array(material.colors[0]) * grain(places, pixel, 0.8, 0.12) * seams[:, None]
    return base * (1 - dirt) + 0.12 * dirt


@texture
def glow(places: NDArray, pixel: NDArray, material: Material) -> NDArray:
    """Lit lamp."""
    return np.broadcast_to(2.2 * np.array(material.colors[0]), places.shape)


@texture
def asphalt(places: NDArray, pixel: NDArray, material: Material) -> NDArray:
    """Gray asphalt with patches and grain."""
    return (
        np.array(material.colors[0])
        * grain(places, pixel, 5.0, 0.16)
        * grain(places, pixel, 0.7, 0.14)
        * grain(places, pixel, 0.12, 0.3)
    )


@texture
def road(places: NDArray, pixel: NDArray, material: Material) -> NDArray:
    """Asphalt with edge lines, a center line and dashed lane lines; position = (lateral, way)."""
    half, lane, lanes = material.params
    lateral, way = places[:, 0], places[:, 1]
    across = np.minimum(pixel, 0.4)  # foreshortening widens pixels along the road, not across it
    tracks = 1 - 0.12 * np.cos(2 * np.pi * (lateral / lane - 0.5) * 2)
    base = asphalt(places, pixel, material) * tracks[:, None]
    dashes = stripes(way, pixel * 4, 6.0, 3.0)
    line = _line(lateral, across, half - 0.35) + _line(lateral, across, -half + 0.35)
    line += _line(lateral, across, 0.0) * (dashes if lanes < 2 else 1.0)
    for number in range(1, int(lanes)):
        line += (_line(lateral, across, number * lane) + _line(lateral, across, -number * lane)) * dashes
    worn = 0.75 + 0.25 * value_noise(places * 3)
    return _mix(base, np.array(material.colors[1]), np.clip(line, 0, 1) * worn)


def _line(x: NDArray, pixel: NDArray, middle: float, width: float = 0.16) -> NDArray:
    return np.clip((width / 2 + pixel / 2 - np.abs(x - middle)) / np.maximum(pixel, 1e-3), 0, 1)


@texture
def zebra(places: NDArray, pixel: NDArray, material: Material) -> NDArray:
    """White stripes along the road."""
    share = stripes(places[:, 0], np.minimum(pixel, 0.6), 2 * material.params[0], material.params[0])
    return _mix(asphalt(places, pixel, material), np.array(material.colors[1]), 0.85 * share)


@texture
def grass(places: NDArray, pixel: NDArray, material: Material) -> NDArray:
    """Grass with green and dry patches."""
    dry = np.clip(2.2 * fractal(places * (0.05, 0.05, 0.0), 3) - 0.75, 0, 1)
    base = _mix(np.array(material.colors[0]), np.array(material.colors[1]), dry)
    return base * grain(places, pixel, 1.6, 0.25) * grain(places, pixel, 0.25, 0.35) * grain(places, pixel, 9.0, 0.2)


@texture
def slabs(places: NDArray, pixel: NDArray, material: Material) -> NDArray:
    """Paving slabs; position = (lateral, way)."""
    size = material.params[0]
    joint = np.maximum(stripes(places[:, 0], pixel, size, 0.03), stripes(places[:, 1], pixel * 3, size, 0.03))
    cells = np.floor(places[:, :2] / size)
    tone = value_noise(np.column_stack([cells * 5.37, np.zeros(len(cells))]))
    tone = 1 + 0.25 * (tone - 0.5) * np.clip(1.5 - pixel / size, 0, 1)
    return np.array(material.colors[0]) * (tone * (1 - 0.4 * joint))[:, None] * grain(places, pixel, 3.0, 0.15)


@texture
def bricks(places: NDArray, pixel: NDArray, material: Material) -> NDArray:
    """Bricks or hewn stones with joints in the second color; position = (along, across, height)."""
    length, height = material.params
    row = np.floor(places[:, 2] / height)
    along = places[:, 0] + 0.5 * length * (row % 2)
    joint = np.maximum(stripes(along, pixel, length, 0.02), stripes(places[:, 2], pixel, height, 0.02))
    tone = value_noise(np.column_stack([np.floor(along / length) * 5.37, row * 3.71, np.zeros(len(row))]))
    tone = 1 + 0.5 * (tone - 0.5) * np.clip(1.5 - pixel / height, 0, 1)
    base = np.array(material.colors[0]) * tone[:, None] * grain(places, pixel, 2.0, 0.2)
    return _mix(base, np.array(material.colors[1]), 0.7 * joint)


@texture
def cobbles(places: NDArray, pixel: NDArray, material: Material) -> NDArray:
    """Rows of cobblestones; position = (lateral, way)."""
    size = material.params[0]
    row = np.floor(places[:, 1] / size)
    across = places[:, 0] + 0.5 * size * (row % 2)
    joint = np.maximum(stripes(across, pixel, size, 0.025), stripes(places[:, 1], pixel * 3, size, 0.025))
    tone = value_noise(np.column_stack([np.floor(across / size) * 5.37, row * 3.71, np.zeros(len(row))]))
    tone = 1 + 0.5 * (tone - 0.5) * np.clip(1.5 - 2 * pixel / size, 0, 1)
    base = np.array(material.colors[0]) * grain(places, pixel, 4.0, 0.2) * grain(places, pixel, 0.9, 0.14)
    return base * (tone * (1 - 0.5 * joint))[:, None]


@texture
def facade(places: NDArray, pixel: NDArray, material: Material) -> NDArray:
    """Plaster with rows of framed windows; position = (way around the house, height)."""
    width, storey, wide, tall = material.params
    along, height = places[:, 0], places[:, 1]
    base = np.array(material.colors[0]) * grain(places, pixel, 6.0, 0.14) * grain(places, pixel, 0.5, 0.1)
    base = _mix(base, 0.6 * base, stripes(height - storey + 0.12, pixel, storey, 0.14))
    above = height > 0.6
    margins = ((0.0, material.colors[2]), (0.1, material.colors[1]))
    for margin, color in margins:
        columns = stripes(along - width * (1 - wide) / 2 - margin, pixel, width, width * wide - 2 * margin)
        rows = stripes(height - storey * 0.33 - margin, pixel, storey, storey * tall - 2 * margin)
        base = _mix(base, np.array(color), columns * rows * above)
    cells = np.column_stack([np.floor(along / width), np.floor(height / storey), np.zeros(len(along))])
    curtain = value_noise(cells * 7.31 + width * 100)
    inside = columns * rows * above * np.clip(1.4 - pixel, 0, 1)
    return _mix(base, np.array((0.4, 0.37, 0.32)), inside * np.clip(curtain * 3 - 1.9, 0, 0.7))


@texture
def tiles(places: NDArray, pixel: NDArray, material: Material) -> NDArray:
    """Rows of roof tiles."""
    rows = stripes(places[:, 2] * 1.7 + places[:, 1] * 0.2, pixel, material.params[0], 0.08)
    return np.array(material.colors[0]) * grain(places, pixel, 1.5, 0.25) * (1 - 0.4 * rows)[:, None]


@texture
def planks(places: NDArray, pixel: NDArray, material: Material) -> NDArray:
    """Boards or panels with seams, and a band in the second color."""
    seams = stripes(places[:, 0], pixel, material.params[0], 0.04 + 0.03 * material.params[0])
    seams = np.maximum(seams, stripes(places[:, 2], pixel, material.params[0], 0.03))
    base = np.array(material.colors[0]) * grain(places, pixel, 1.0, 0.15)
    band = stripes(places[:, 2] - 0.4, pixel, 2.5, 0.6)
    return _mix(base, np.array(material.colors[1]), 0.8 * band) * (1 - 0.3 * seams)[:, None]


@texture
def bark(places: NDArray, pixel: NDArray, material: Material) -> NDArray:
    """Bark with long vertical grain."""
    stretched = places * (4.0, 4.0, 0.6)
    return np.array(material.colors[0]) * grain(stretched, pixel * 2, 0.5, 0.5) * grain(places, pixel, 2.0, 0.2)


@texture
def foliage(places: NDArray, pixel: NDArray, material: Material) -> NDArray:
    """Leaves with strong light and dark spots of several sizes."""
    spots = grain(places, pixel, 1.3, 0.35) * grain(places, pixel, 0.4, 0.55) * grain(places, pixel, 0.14, 0.5)
    warm = grain(places + 31.0, pixel, 2.5, 0.3)
    return np.array(material.colors[0]) * spots * np.concatenate([warm, np.ones((len(places), 2))], 1)
