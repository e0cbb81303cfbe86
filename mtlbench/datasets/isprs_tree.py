"""How the tiles of the ISPRS 2D labeling sets lie on disk, as they are delivered."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class TileFiles:
    """Where the files of one kind lie, one a tile.

    Args:
        folders: Names that the folder goes by; the first is the usual one.
        pattern: Name of a file, with ``{tile}`` in it.
        padded: Whether the numbers of tiles are usually written with two digits here.
    """

    folders: tuple[str, ...]
    pattern: str
    padded: bool = False

    def path(self, root: Path, tile: str) -> Path:
        """The usual path of a tile's file."""
        return root / self.folders[0] / self.pattern.format(tile=_padded(tile) if self.padded else tile)

    def find(self, folder: Path, tile: str) -> Path | None:
        """The file of a tile in a folder, however its numbers are written; None: there is none."""
        names = (self.pattern.format(tile=spelling) for spelling in (tile, _padded(tile)))
        return next((folder / name for name in names if (folder / name).is_file()), None)


@dataclass(frozen=True)
class TileTree:
    """The delivered files of a set.

    Args:
        dataset: Its name.
        resolution: Width of a pixel on the ground, in meters.
        tiles: Names of the tiles by split.
        files: By kind: ``img`` (infrared, red, green), ``label`` (color code), ``label_noBoundary`` (the same with
            the borders of things left out), ``height`` (above ground, 8 bit, decimeters), ``dsm`` (above the sea,
            float32, meters).
    """

    dataset: str
    resolution: float
    tiles: Mapping[str, tuple[str, ...]]
    files: Mapping[str, TileFiles]

    def split(self, tile: str) -> str | None:
        """The split of a tile; None for a tile that belongs to none."""
        return next((split for split, tiles in self.tiles.items() if tile in tiles), None)

    def __iter__(self) -> Iterator[str]:
        """All tiles."""
        return (tile for tiles in self.tiles.values() for tile in tiles)


def _padded(tile: str) -> str:
    return re.sub(r'\d+', lambda number: number[0].zfill(2), tile)
