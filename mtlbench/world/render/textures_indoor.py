"""Indoor textures: wood, tiles, carpet, wallpaper, cloth, paper. See :mod:`mtlbench.world.render.textures`."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mtlbench.world.render.noise import fractal, value_noise
from mtlbench.world.render.textures import grain, stripes, texture
from mtlbench.world.scene.model import Material


def _blend(first: NDArray, second: NDArray, share: NDArray) -> NDArray:
    return first + (second - first) * share[:, None]


def _tone(cells: NDArray, pixel: NDArray, size: float, strength: float) -> NDArray:
    """Return a factor (N, 1) per cell that fades where a pixel is as large as a cell."""
    spread = value_noise(cells * 5.37) - 0.5
    return 1 + (strength * spread * np.clip(1.5 - pixel / size, 0, 1))[:, None]


@texture
def wood(places: NDArray, pixel: NDArray, material: Material) -> NDArray:
    """Wood with grain along one of the axes 0..2."""
    stretch = np.ones(3)
    stretch[int(material.params[0])] = 0.08
    fibres = grain(places * stretch, pixel, 0.035, 0.22) * grain(places * stretch, pixel, 0.14, 0.12)
    return np.array(material.colors[0]) * fibres * grain(places, pixel, 0.6, 0.1)


@texture
def parquet(places: NDArray, pixel: NDArray, material: Material) -> NDArray:
    """Boards along y, ten times as long as wide, each with its own tone."""
    width = material.params[0]
    row = np.floor(places[:, 0] / width)
    along = places[:, 1] + row * 3.7 * width
    board = np.column_stack([row, np.floor(along / (10 * width)), np.zeros(len(row))])
    joint = np.maximum(stripes(places[:, 0], pixel, width, 0.004), stripes(along, pixel, 10 * width, 0.004))
    fibres = grain(places * (1.0, 0.12, 1.0), pixel, 0.04, 0.25)
    tone = _tone(board, pixel, width, 0.5) * fibres
    return np.array(material.colors[0]) * tone * (1 - 0.6 * joint)[:, None]


@texture
def ceramic(places: NDArray, pixel: NDArray, material: Material) -> NDArray:
    """Square tiles with joints, for floors and walls."""
    size = material.params[0]
    centered = places + size / 2
    joint = np.max([stripes(axis, pixel, size, 0.012) for axis in centered.T], axis=0)
    tone = _tone(np.floor(centered / size), pixel, size, 0.2)
    return _blend(np.array(material.colors[0]) * tone, np.array(material.colors[1]), joint)


@texture
def carpet(places: NDArray, pixel: NDArray, material: Material) -> NDArray:
    """Slightly worn pile."""
    pile = grain(places, pixel, 0.03, 0.35) * grain(places, pixel, 0.12, 0.15)
    return np.array(material.colors[0]) * pile * grain(places, pixel, 1.7, 0.1)


@texture
def rug(places: NDArray, pixel: NDArray, material: Material) -> NDArray:
    """Pile with a pattern in two more colors."""
    size = material.params[0]
    base = _blend(
        np.array(material.colors[0]), np.array(material.colors[1]), stripes(places[:, 0], pixel, size, 0.4 * size)
    )
    base = _blend(base, np.array(material.colors[2]), 0.8 * stripes(places[:, 1], pixel, 1.7 * size, 0.3 * size))
    return base * grain(places, pixel, 0.03, 0.3)


@texture
def plaster(places: NDArray, pixel: NDArray, material: Material) -> NDArray:
    """Painted wall."""
    return np.array(material.colors[0]) * grain(places, pixel, 1.5, 0.05) * grain(places, pixel, 0.1, 0.05)


@texture
def wallpaper(places: NDArray, pixel: NDArray, material: Material) -> NDArray:
    """Vertical stripes in a second color, with a fine print."""
    period = material.params[0]
    share = stripes(places[:, 0], pixel, period, 0.45 * period)
    spots = stripes(places[:, 0] + 0.3 * period, pixel, period, 0.15 * period)
    share = np.maximum(share, 0.9 * spots * stripes(places[:, 2], pixel, 1.2 * period, 0.4 * period))
    return _blend(np.array(material.colors[0]), np.array(material.colors[1]), share) * grain(places, pixel, 1.5, 0.05)


@texture
def fabric(places: NDArray, pixel: NDArray, material: Material) -> NDArray:
    """Cloth with bands in a second color."""
    period = material.params[0]
    share = 0.7 * stripes(places[:, 0], pixel, period, 0.3 * period)
    base = _blend(np.array(material.colors[0]), np.array(material.colors[1]), share)
    return base * grain(places, pixel, 0.03, 0.2) * grain(places, pixel, 0.25, 0.15)


@texture
def folds(places: NDArray, pixel: NDArray, material: Material) -> NDArray:
    """Cloth hanging in folds."""
    period = material.params[0]
    fade = np.clip(1.5 - 2 * pixel / period, 0, 1)
    wave = 1 + 0.3 * fade * np.sin(2 * np.pi * (places[:, 0] + 0.02 * np.sin(3 * places[:, 2])) / period)
    return np.array(material.colors[0]) * wave[:, None] * grain(places, pixel, 0.04, 0.12)


@texture
def artwork(places: NDArray, pixel: NDArray, material: Material) -> NDArray:
    """Painting made of patches in the material's colors."""
    size = material.params[0]
    moved = places / size + material.params[1]
    height = fractal(moved, 3)
    colors = np.array(material.colors)
    base = np.broadcast_to(colors[0], places.shape)
    for level, color in zip((0.42, 0.52, 0.6), colors[1:], strict=False):
        soft = np.clip((height - level) / (0.01 + pixel * 0.5 / size), 0, 1)
        base = _blend(base, color, soft)
    return base


@texture
def printed(places: NDArray, pixel: NDArray, material: Material) -> NDArray:
    """Lines of text on a flat surface, along x."""
    flat = np.column_stack([places[:, 0], places[:, 1] + places[:, 2], np.zeros(len(places))])
    ink = stripes(flat[:, 1], pixel, material.params[0], 0.35 * material.params[0])
    words = np.clip(2.5 * value_noise(flat * (2 / material.params[0], 1 / material.params[0], 0.0)) - 0.6, 0, 1)
    words += (0.5 - words) * np.clip(2 * pixel / material.params[0] - 0.5, 0, 1)
    return _blend(np.array(material.colors[0]), np.array(material.colors[1]), 0.7 * ink * words)


@texture
def outdoors(places: NDArray, pixel: NDArray, material: Material) -> NDArray:
    """View through a window pane: trees below a bright sky, which starts ``params[0]`` meters above the floor."""
    way = places * (1.0, 0.0, 0.0)
    tops = material.params[0] + 0.45 * fractal(3 * way + material.params[1], 3)
    sky = np.clip((places[:, 2] - tops) / (0.02 + pixel) + 0.5, 0, 1)
    leaves = np.array(material.colors[1]) * grain(places, pixel, 0.12, 0.5)
    return _blend(leaves, np.array(material.colors[0]), sky)
