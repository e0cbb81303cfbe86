"""What Potsdam and Vaihingen have in common: aerial images with classes and heights, read as patches."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from mtlbench.class_sets.isprs import CLASS_SETS, CLASSES
from mtlbench.datasets.base import MultiTaskDataset
from mtlbench.datasets.consistency import Doubt
from mtlbench.datasets.files import existing, read_ids, read_json, read_rgb
from mtlbench.datasets.isprs_tree import TileTree
from mtlbench.datasets.listing import without_image
from mtlbench.errors import ConfigError, DataError
from mtlbench.structures import IGNORE_INDEX

PATCHES = 'patches_512'
PATCH = r'(\w+_\d+_\d+_\d+_\d+)'
CONVERTED = 'CONVERTED.json'
KINDS = {'semseg': 'label', 'height': 'height'}
DECIMETER = 0.1
RESOLUTION = 0.09
"""Width of a pixel of the patches on the ground, in meters."""


class ISPRSDataset(MultiTaskDataset):
    """Patches ``patches_512/img/<tile>_<left>_<top>_<right>_<bottom>.png``, cut by ``tools/convert_isprs.py``.

    Images are infrared, red, green. There is no camera: the intrinsics are those of an orthographic one, meters on
    the ground to pixels. Labels without the borders of things are read with
    ``folders=dict(label='patches_512/label_noBoundary')``.

    Args:
        height_scale: Meters of a gray value of the height files.
        kwargs: See :class:`MultiTaskDataset`.
    """

    tree: ClassVar[TileTree]
    label_fields = {'semseg': 'semseg', 'height': 'height'}
    class_sets = tuple(CLASS_SETS)
    default_folders = {kind: f'{PATCHES}/{kind}' for kind in ('img', 'label', 'height')}
    image_folder = 'img'
    one_size = False
    may_be_blank = True

    def __init__(self, *args: Any, height_scale: float = DECIMETER, **kwargs: Any) -> None:
        self.height_scale = height_scale
        super().__init__(*args, **kwargs)

    @property
    def frame_pattern(self) -> str:
        """Where the patches are looked for."""
        folder = self.folder('img').resolve()
        return f'{folder}/<tile>_*.png of the {self.split} tiles; cut the tiles into patches: {self._convert}'

    def list_frames(self) -> list[str]:
        """Paths of the split's patches, sorted."""
        if self.split not in self.tree.tiles:
            known = ', '.join(self.tree.tiles)
            raise ConfigError(f"{type(self).__name__}: split: unknown '{self.split}'; known are {known}")
        images = self.find_images(self.folder('img'), PATCH)
        self.patches = {path.stem for path in images}
        found = (str(path.relative_to(self.root)) for path in images)
        return sorted(frame for frame in found if self.official_split(frame) == self.split)

    def official_split(self, frame: str) -> str | None:
        """The split of the patch's tile; the official test tiles are called ``val``."""
        return self.tree.split(_tile(Path(frame).stem))

    def read_image(self, frame: str) -> NDArray[np.uint8]:
        """The image (H, W, 3): infrared, red, green."""
        path = self.root / frame
        image = read_rgb(path)
        left, top, right, bottom = (int(number) for number in path.stem.split('_')[-4:])
        if image.shape[:2] != (bottom - top, right - left):
            raise DataError(
                f'{path} has {image.shape[1]} x {image.shape[0]} pixels, but its name says {right - left} x '
                f'{bottom - top}; cut the tiles anew: {self._convert}'
            )
        return image

    def read_semseg(self, frame: str) -> NDArray[np.uint8]:
        """Training ids (H, W). The files hold those of ``isprs_6``, of which the smaller class set is the beginning."""
        path = self._file(frame, 'semseg')
        ids = read_ids(path)
        strange = set(np.unique(ids).tolist()) - {*range(len(CLASSES)), IGNORE_INDEX}
        if strange:
            raise DataError(f'{path} holds the id {min(strange)}; expected 0 .. {len(CLASSES) - 1} and {IGNORE_INDEX}')
        return np.where(ids < len(self.metainfo['classes']), ids, np.uint8(IGNORE_INDEX))

    def read_height(self, frame: str) -> NDArray[np.float32]:
        """Meters above the ground (H, W); every pixel is valid."""
        return read_ids(self._file(frame, 'height')).astype(np.float32) * np.float32(self.height_scale)

    def read_intrinsics(self, frame: str) -> NDArray[np.float64]:
        """Meters on the ground to pixels (3, 3)."""
        return np.diag((1 / RESOLUTION, 1 / RESOLUTION, 1.0))

    def path_of(self, frame: str, field: str) -> Path:
        """The file of a field."""
        return self.folder(KINDS.get(field, 'img')) / f'{Path(frame).stem}.png'

    def doubts(self, frame: str, field: str) -> Iterator[Doubt]:
        """No class at all; without clutter, a patch of the lake may have none that counts."""
        if field == 'semseg' and (read_ids(self._file(frame, field)) == IGNORE_INDEX).all():
            yield Doubt('no pixel has a class; cut the tiles anew')

    def missing_parts(self) -> Iterator[str]:
        """Tiles that are not cut, or not wholly."""
        folder = self.folder('img').parent
        if (folder / 'CONVERTED.started.json').is_file():
            yield f'{folder}: the tiles are not all cut; go on: {self._convert}'
        tiles, cut = self.tree.tiles[self.split], {_tile(patch) for patch in self.patches}
        missing = [tile for tile in tiles if tile not in cut]
        if missing and not self.rendered:
            there = f"{len(tiles) - len(missing)} of {len(tiles)} tiles of '{self.split}' are there"
            yield f'{folder}: {there}; {missing[0]} is missing: {self._convert}'
        note = folder / CONVERTED
        expected = _patches(note) if note.is_file() else None
        if expected is not None and len(self.patches) != expected:
            yield f'{folder}: {len(self.patches)} of {expected} patches are there; cut the tiles anew: {self._convert}'
        alone = (without_image(self.folder(kind), self.patches) for kind in KINDS.values())
        yield from (message for message in alone if message)

    @property
    def _convert(self) -> str:
        return f'python tools/convert_isprs.py {self.name} --src <the delivered tiles> --out {self.root}'

    def _file(self, frame: str, field: str) -> Path:
        expected = self.path_of(frame, field)
        path = existing(expected.with_suffix(''), ('.png',))
        if path is None:
            raise DataError(f'{expected} is missing; cut the tiles of this kind into patches, too: {self._convert}')
        return path


def _tile(patch: str) -> str:
    """The tile of a patch, by its name."""
    return patch.rsplit('_', 4)[0]


def _patches(note: Path) -> int:
    try:
        return int(read_json(note)['patches'])
    except (ValueError, TypeError, KeyError) as error:
        raise DataError(f'{note}: expected json with the number of patches; cut the tiles anew') from error
