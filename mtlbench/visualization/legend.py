"""Legends: names beside their colors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

LINE = 20
"""Height of a line, in pixels."""
SWATCH = 12
MARGIN = 4
FONT, FONT_SIZE = cv2.FONT_HERSHEY_SIMPLEX, 0.42
BACKGROUND, INK, FRAME = 255, (0, 0, 0), (128, 128, 128)


class Entry(NamedTuple):
    """A name and its RGB color."""

    name: str
    color: tuple[int, int, int]


def draw_legend(title: str, entries: Sequence[Entry], width: int) -> NDArray[np.uint8]:
    """Draw a title and entries in lines of a strip (H, ``width``, 3) uint8 RGB; names that are too long are cut."""
    places = _places([text_width(title), *(SWATCH + MARGIN + text_width(entry.name) for entry in entries)], width)
    strip = blank((places[-1][0] + 1) * LINE, width)
    write(strip, title, *places[0])
    for entry, (line, left) in zip(entries, places[1:], strict=True):
        top = line * LINE + (LINE - SWATCH) // 2
        strip[top - 1 : top + SWATCH + 1, left - 1 : left + SWATCH + 1] = FRAME  # for colors like the background
        strip[top : top + SWATCH, left : left + SWATCH] = entry.color
        write(strip, entry.name, line, left + SWATCH + MARGIN)
    return strip


def blank(height: int, width: int) -> NDArray[np.uint8]:
    """Return an empty strip."""
    return np.full((height, width, 3), BACKGROUND, np.uint8)


def write(strip: NDArray[np.uint8], text: str, line: int, left: int) -> None:
    """Write a text on a line of a strip."""
    cv2.putText(strip, text, (left, line * LINE + LINE - 6), FONT, FONT_SIZE, INK, 1, cv2.LINE_AA)


def text_width(text: str) -> int:
    """Return the width of a written text in pixels."""
    return cv2.getTextSize(text, FONT, FONT_SIZE, 1)[0][0]


def _places(widths: Sequence[int], width: int) -> list[tuple[int, int]]:
    """Return the line and the left side of each item of a text that is broken into lines."""
    places, line, left = [], 0, MARGIN
    for item in widths:
        if left > MARGIN and left + item > width:
            line, left = line + 1, MARGIN
        places.append((line, left))
        left += item + 3 * MARGIN
    return places
