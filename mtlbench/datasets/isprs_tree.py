"""Layout of the ISPRS 2D labeling sets as delivered."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class TileFiles:
    """Location of the files of one kind, one per tile.

    Args:
        folders: Possible names of the folder, the usual one first.
        pattern: Pattern of the file name, with ``{tile}`` in it.
        padded: Whether tile numbers usually have two digits in these names.
    """

    folders: tuple[str, ...]
    pattern: str
    padded: bool = False

    def path(self, root: Path, tile: str) -> Path:
        """Return the usual path of a tile's file."""
        return root / self.folders[0] / self.pattern.format(tile=_padded(tile) if self.padded else tile)

    def find(self, folder: Path, tile: str) -> Path | None:
        """Return the file of a tile in a folder, with or without padded numbers, or None."""
        names = (self.pattern.format(tile=spelling) for spelling in (tile, _padded(tile)))
        return next((folder / name for name in names if (folder / name).is_file()), None)


@dataclass(frozen=True)
class TileTree:
    """Delivered files of one dataset.

    Args:
        dataset: Name of the dataset.
        resolution: Width of a pixel on the ground, in meters.
        tiles: Names of the tiles by split.
        files: Files by kind: ``img`` (infrared, red, green), ``label`` (color code), ``label_noBoundary`` (color code
            without object borders), ``height`` (above ground, 8 bit, decimeters), ``dsm`` (above sea level, float32,
            meters).
    """

    dataset: str
    resolution: float
    tiles: Mapping[str, tuple[str, ...]]
    files: Mapping[str, TileFiles]

    def split(self, tile: str) -> str | None:
        """Return the split of a tile, or None."""
        return next((split for split, tiles in self.tiles.items() if tile in tiles), None)

    def __iter__(self) -> Iterator[str]:
        """Iterate over the names of all tiles."""
        return (tile for tiles in self.tiles.values() for tile in tiles)


def _padded(tile: str) -> str:
    return re.sub(r'\d+', lambda number: number[0].zfill(2), tile)
