"""Conversion of Potsdam and Vaihingen tiles into patches of one resolution (SemiMTL, section 4.1)."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from itertools import product
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from mtlbench.datasets.isprs import CONVERTED, RESOLUTION
from mtlbench.datasets.isprs_tree import TileTree
from mtlbench.datasets.potsdam import TREE as POTSDAM
from mtlbench.datasets.prepare.rasters import Shape, read_height, read_image, read_label, shape_of, window_starts
from mtlbench.datasets.text_files import RENDERED, RENDERING
from mtlbench.datasets.vaihingen import TREE as VAIHINGEN
from mtlbench.errors import ConfigError, DataError
from mtlbench.utils.choices import require_known
from mtlbench.utils.output import OutputFolder, write_image, write_whole
from mtlbench.utils.parallel import run_all

TREES: Mapping[str, TileTree] = {tree.dataset: tree for tree in (POTSDAM, VAIHINGEN)}
READERS: Mapping[str, Callable[[Path, Shape], NDArray]] = {
    'img': read_image,
    'label': read_label,
    'label_noBoundary': read_label,
    'height': read_height,
}
FINER, COARSER = 8, 64
"""Largest factors by which patches may be finer or coarser than the tiles.

Beyond them, patches fill the memory or shrink to specks.
"""
LOOSE = 2
"""Rows or columns by which a height file may differ from its image; one file of Potsdam lacks a row."""

Files = dict[str, dict[str, Path]]
"""File by tile and kind."""


@dataclass(frozen=True)
class Cut:
    """Settings for cutting tiles.

    Args:
        gsd: Width of a pixel of the patches on the ground, in meters.
        size: Side length of a patch, in pixels.
        stride: Distance between patches, in pixels.
        drop_last_window: Whether to drop a remainder at the border shorter than ``stride``; otherwise a last patch ends
            at the border.
    """

    gsd: float = RESOLUTION
    size: int = 512
    stride: int = 256
    drop_last_window: bool = False

    def __post_init__(self) -> None:
        for key in ('gsd', 'size', 'stride'):
            if not 0 < getattr(self, key) < math.inf:
                raise ConfigError(f'{key}: expected a finite number above 0, got {getattr(self, key)}')

    def resampled(self, shape: Shape, resolution: float) -> Shape:
        """Return the shape (height, width) of a tile at the resolution of the patches."""
        height, width = (max(1, round(length * resolution / self.gsd)) for length in shape)
        return height, width

    def windows(self, shape: Shape) -> list[tuple[int, int, int, int]]:
        """Return (left, top, right, bottom) of all patches of a tile; a smaller tile is one patch of its own size."""
        tops, lefts = (window_starts(length, self.size, self.stride, self.drop_last_window) for length in shape)
        height, width = (min(self.size, length) for length in shape)
        return [(left, top, left + width, top + height) for top, left in product(tops, lefts)]


@dataclass(frozen=True)
class Tile:
    """Work on one tile, done by one process."""

    name: str
    files: Mapping[str, Path]
    shape: Shape
    cut: Cut
    out: Path

    def __call__(self) -> int:
        """Write the missing patches, one kind after the other, and return the number of patches per kind."""
        windows = self.cut.windows(self.shape)
        for kind, path in self.files.items():
            names = [self.out / kind / f'{self.name}_{"_".join(map(str, window))}.png' for window in windows]
            if all(name.is_file() for name in names):
                continue
            raster = READERS[kind](path, self.shape)
            for name, (left, top, right, bottom) in zip(names, windows, strict=True):
                write_image(name, raster[top:bottom, left:right])
        return len(windows)


def convert(
    tree: TileTree, src: Path, out: Path, cut: Cut, folders: Mapping[str, str] | None = None, jobs: int = 1
) -> dict[str, Any]:
    """Cut all available tiles into ``<out>/patches_<size>/<kind>``. An interrupted conversion is resumed.

    Args:
        tree: Layout of the dataset.
        src: Folder of the delivered files. If it is rendered, the patches are marked as rendered too.
        out: Folder that the dataset reader uses; may be ``src``.
        cut: Settings for cutting.
        folders: Paths relative to ``src`` of the kinds of files that are not in their usual folders.
        jobs: Number of processes.

    Returns:
        The content of the note ``CONVERTED.json`` that is written beside the patches.

    Raises:
        ConfigError: If the resolution is out of range.
        DataError: If files are missing, damaged or of different sizes, or the folder of the patches holds other files.
    """
    if not src.is_dir():
        raise DataError(f'{src}: no such folder; expected the folder of the delivered files of {tree.dataset}')
    finest, coarsest = tree.resolution / FINER, tree.resolution * COARSER
    if not finest <= cut.gsd <= coarsest:
        raise ConfigError(f'gsd: expected {finest:g} .. {coarsest:g} m for {tree.dataset}, got {cut.gsd:g}')
    files = find_files(tree, src, folders or {})
    patches = out / f'patches_{cut.size}'
    tiles = [
        Tile(tile, kinds, cut.resampled(_common_shape(kinds), tree.resolution), cut, patches)
        for tile, kinds in files.items()
    ]
    total = sum(len(cut.windows(tile.shape)) for tile in tiles)
    kinds = {kind: sum(kind in found for found in files.values()) for kind in READERS}
    note = {'dataset': tree.dataset, **asdict(cut), 'tiles_with': kinds, 'tiles': list(files), 'patches': total}
    output = OutputFolder(patches, note, CONVERTED, 'conversion')
    try:
        if output.start():
            _carry_mark(src, out)
            run_all(tiles, jobs, total, 'cutting', 'patch')
            output.finish()
    except OSError as error:
        reason = error.strerror or error
        raise DataError(
            f'{patches}: cannot write into it ({reason}); free some space or choose another folder'
        ) from error
    return note


def find_files(tree: TileTree, src: Path, folders: Mapping[str, str]) -> Files:
    """Return the files of all tiles that have an image. A kind may lack its folder, or all tiles of a split.

    Raises:
        ConfigError: If ``folders`` names an unknown kind.
        DataError: If there is no image, or a tile lacks a file that other tiles of its split have.
    """
    for kind in folders:
        require_known('folders: key', kind, READERS)
    places = {kind: _folder(tree, src, kind, folders.get(kind)) for kind in READERS}
    found = {tile: _files(tree, places, tile) for tile in tree}
    found = {tile: files for tile, files in found.items() if 'img' in files}
    if not found:
        usual = ' or '.join(tree.files['img'].folders)
        raise DataError(f'{src}: no tile of {tree.dataset}; expected {tree.files["img"].pattern} in the folder {usual}')
    for tiles in tree.tiles.values():
        _require_all_or_none(tree, places, {tile: found[tile] for tile in tiles if tile in found})
    return found


def _files(tree: TileTree, places: Mapping[str, Path | None], tile: str) -> dict[str, Path]:
    """Return the existing files of a tile by kind."""
    paths = {kind: tree.files[kind].find(place, tile) for kind, place in places.items() if place}
    return {kind: path for kind, path in paths.items() if path}


def _require_all_or_none(tree: TileTree, places: Mapping[str, Path | None], files: Files) -> None:
    """Reject a kind that only some tiles of a split have; a delivery contains all of a split's tiles or none."""
    for kind, place in places.items():
        lacking = [tile for tile, kinds in files.items() if kind not in kinds]
        if place and lacking and len(lacking) < len(files):
            expected = place / tree.files[kind].pattern.format(tile=lacking[0])
            raise DataError(
                f'{expected} is missing, but tile {lacking[0]} has an image, and other tiles of its split have such a '
                'file; unpack the archive that holds it, or remove the image'
            )


def _folder(tree: TileTree, src: Path, kind: str, given: str | None) -> Path | None:
    names = (given,) if given else tree.files[kind].folders
    found = next((src / name for name in names if (src / name).is_dir()), None)
    if given and not found:
        raise DataError(f"{src / given}: no such folder; correct the folder of the kind '{kind}'")
    return found


def _common_shape(kinds: Mapping[str, Path]) -> Shape:
    """Return the shape of a tile's image, after comparing it with those of its labels and heights."""
    shape = shape_of(kinds['img'])
    for kind, path in kinds.items():
        other, allowed = shape_of(path), LOOSE if kind == 'height' else 0
        if any(abs(a - b) > allowed for a, b in zip(shape, other, strict=True)):
            raise DataError(
                f'{path} is {other[1]} x {other[0]} pixels, but the image {kinds["img"].name} is '
                f'{shape[1]} x {shape[0]}; fetch both again'
            )
    return shape


def _carry_mark(src: Path, out: Path) -> None:
    for name in (RENDERED, RENDERING):
        if (src / name).is_file() and not (out / name).exists():
            write_whole(out / name, (src / name).read_bytes())
