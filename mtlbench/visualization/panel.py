"""One picture out of several, each with its caption."""

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


class Tile(NamedTuple):
    """A picture (H, W, 3) uint8 RGB and the words above it."""

    caption: str
    picture: NDArray[np.uint8]


def draw_panel(tiles: Sequence[Tile], columns: int = 2) -> NDArray[np.uint8]:
    """Tiles in rows, each under its caption.

    Args:
        tiles: At least one; pictures of other sizes than the first are resized to it.
        columns: Tiles in a row.

    Returns:
        (H, W, 3) uint8 RGB.
    """
    height, width = tiles[0].picture.shape[:2]
    columns = min(columns, len(tiles))
    rows = ceil(len(tiles) / columns)
    step_y, step_x = CAPTION_HEIGHT + height + GAP, width + GAP
    panel = np.full((rows * step_y - GAP, columns * step_x - GAP, 3), BACKGROUND, np.uint8)
    for position, tile in enumerate(tiles):
        row, column = divmod(position, columns)
        _draw_tile(panel[row * step_y :, column * step_x :][: CAPTION_HEIGHT + height, :width], tile)
    return panel


def _draw_tile(target: NDArray[np.uint8], tile: Tile) -> None:
    picture = target[CAPTION_HEIGHT:]
    picture[:] = cv2.resize(tile.picture, picture.shape[1::-1], interpolation=cv2.INTER_NEAREST)
    caption = np.full((CAPTION_HEIGHT, target.shape[1], 3), BACKGROUND, np.uint8)
    place = (GAP, CAPTION_HEIGHT - 7)
    target[:CAPTION_HEIGHT] = cv2.putText(
        caption, tile.caption, place, cv2.FONT_HERSHEY_SIMPLEX, 0.5, (0, 0, 0), 1, cv2.LINE_AA
    )
