"""Color bars: the values behind the colors of a drawn map."""

from __future__ import annotations

from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from mtlbench.visualization.legend import LINE, MARGIN, blank, text_width, write

COLORS = 256
TICKS = 5
"""Largest number of values below a color bar."""


class ColorScale(NamedTuple):
    """Values (K,) in ascending order, the RGB color (K, 3) of each, and their unit."""

    values: NDArray[np.float64]
    colors: NDArray[np.uint8]
    unit: str


def color_scale(values: NDArray, drawn: NDArray[np.uint8], known: NDArray[np.bool_], unit: str) -> ColorScale | None:
    """Find the colors of the values of a map, from the smallest to the largest that the colors distinguish.

    They are read from the drawn map, so they are right however it was drawn. Values are spaced such that the color
    changes evenly.

    Args:
        values: Map (H, W).
        drawn: The same map, drawn (H, W, 3) uint8 RGB.
        known: Mask (H, W) of the pixels with a value.
        unit: Unit of the values.

    Returns:
        The scale; None if no pixel has a finite value.
    """
    known = known & np.isfinite(values)
    if not known.any():
        return None
    found, first = np.unique(values[known].astype(np.float64), return_index=True)
    colors = drawn[known][first].astype(np.float64)
    inside = _distinguished(colors)
    found, colors = found[inside], colors[inside]
    places = _places(colors)
    asked = np.linspace(0, places[-1], COLORS)
    shades = np.stack([np.interp(asked, places, channel) for channel in colors.T], axis=-1)
    return ColorScale(np.interp(asked, places, found), shades.round().astype(np.uint8), unit)


def _distinguished(colors: NDArray[np.float64]) -> slice:
    """Return the colors (K, 3) without repetitions of the first at the start and of the last at the end."""
    changes = np.flatnonzero((colors[1:] != colors[:-1]).any(1))
    return slice(changes[0], changes[-1] + 2) if len(changes) else slice(None)


def _places(colors: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the places (K,) of colors (K, 3) on the bar: the accumulated change of the color."""
    places = np.append(0, np.abs(np.diff(colors, axis=0)).sum(1).cumsum())
    return places if places[-1] else np.arange(len(colors), dtype=np.float64)


def draw_color_bar(title: str, scale: ColorScale, width: int) -> NDArray[np.uint8]:
    """Draw a title, a bar from smallest to largest value, and numbers below: two lines (H, ``width``, 3) uint8 RGB."""
    strip = blank(2 * LINE, width)
    write(strip, title, 0, MARGIN)
    left = min(2 * MARGIN + text_width(title), width // 2)
    bar = strip[3 : LINE - 3, left : width - MARGIN]
    bar[:] = cv2.resize(scale.colors[None], bar.shape[1::-1], interpolation=cv2.INTER_LINEAR)
    for index in np.linspace(0, len(scale.values) - 1, _ticks(scale, bar.shape[1])).round().astype(int):
        text = _text(scale, index)
        center = left + index * bar.shape[1] // (len(scale.values) - 1)
        write(strip, text, 1, int(np.clip(center - text_width(text) // 2, 0, max(width - text_width(text), 0))))
    return strip


def _ticks(scale: ColorScale, width: int) -> int:
    """Return how many values fit below a bar, at least the first and the last."""
    widest = max(text_width(_text(scale, index)) for index in range(len(scale.values)))
    return min(max(width // (widest + 2 * MARGIN), 2), TICKS)


def _text(scale: ColorScale, index: int) -> str:
    return f'{scale.values[index]:.3g} {scale.unit}'.strip()
