"""Panels and sheets of captioned images."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

CAPTION_HEIGHT = 24
GAP = 4
BACKGROUND = 255
SHEET_WIDTH = 1200
WIDEST_TILE = 400


class Tile(NamedTuple):
    """An image (H, W, 3), uint8 RGB, and the caption above it."""

    caption: str
    image: NDArray[np.uint8]


def draw_panel(tiles: Sequence[Tile], columns: int = 2) -> NDArray[np.uint8]:
    """Draw tiles in rows, each under its caption.

    Args:
        tiles: At least one tile; all images are resized to the size of the first.
        columns: Number of tiles per row.

    Returns:
        The panel (H, W, 3), uint8 RGB.
    """
    height, width = tiles[0].image.shape[:2]
    columns = min(columns, len(tiles))
    rows = ceil(len(tiles) / columns)
    step_y, step_x = CAPTION_HEIGHT + height + GAP, width + GAP
    panel = np.full((rows * step_y - GAP, columns * step_x - GAP, 3), BACKGROUND, np.uint8)
    for position, tile in enumerate(tiles):
        row, column = divmod(position, columns)
        _draw_tile(panel[row * step_y :, column * step_x :][: CAPTION_HEIGHT + height, :width], tile)
    return panel


def draw_sheet(rows: Sequence[Sequence[Tile]]) -> NDArray[np.uint8]:
    """Draw many samples on one small image.

    Args:
        rows: Tiles of each sample, at least one row; they are scaled down to fit.

    Returns:
        The sheet (H, W, 3), uint8 RGB, no wider than ``SHEET_WIDTH``.
    """
    width = min(SHEET_WIDTH // max(len(row) for row in rows) - GAP, WIDEST_TILE)
    panels = [draw_panel([_smaller(tile, width) for tile in row], columns=len(row)) for row in rows]
    sheet = np.full((sum(len(panel) for panel in panels), max(panel.shape[1] for panel in panels), 3), BACKGROUND)
    top = 0
    for panel in panels:
        sheet[top : top + len(panel), : panel.shape[1]] = panel
        top += len(panel)
    return sheet.astype(np.uint8)


def _smaller(tile: Tile, width: int) -> Tile:
    height, old = tile.image.shape[:2]
    if old <= width:
        return tile
    size = (width, max(round(height * width / old), 1))
    return Tile(tile.caption, np.asarray(cv2.resize(tile.image, size, interpolation=cv2.INTER_AREA), np.uint8))


def _draw_tile(target: NDArray[np.uint8], tile: Tile) -> None:
    image = target[CAPTION_HEIGHT:]
    image[:] = cv2.resize(tile.image, image.shape[1::-1], interpolation=cv2.INTER_NEAREST)
    caption = np.full((CAPTION_HEIGHT, target.shape[1], 3), BACKGROUND, np.uint8)
    place = (GAP, CAPTION_HEIGHT - 7)
    target[:CAPTION_HEIGHT] = cv2.putText(
        caption, tile.caption, place, cv2.FONT_HERSHEY_SIMPLEX, 0.5, (0, 0, 0), 1, cv2.LINE_AA
    )
